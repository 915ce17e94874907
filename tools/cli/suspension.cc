#include "suspension.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace tikv::cli {

namespace {

constexpr std::uint64_t one_continued = 1;
constexpr std::uint64_t one_stop = std::uint64_t{1} << 32;

std::atomic<int> told = -1;

void on_signal(int number) {
  const int saved = errno;
  const std::uint64_t what = number == SIGTSTP ? one_stop : one_continued;
  [[maybe_unused]] const ssize_t written = write(told.load(), &what, sizeof what);
  errno = saved;
}

void handle(int number) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

/// What happens without us.
void let_go(int number) {
  struct sigaction usual {};
  sigaction(number, &usual, nullptr);
}

}  // namespace

Suspension::Suspension() : signals_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  told = signals_;
  handle(SIGTSTP);
  handle(SIGCONT);
}

Suspension::~Suspension() {
  let_go(SIGTSTP);
  let_go(SIGCONT);
  if (take().stop) raise(SIGTSTP);
  close(signals_);
}

Suspension::Seen Suspension::take() const {
  std::uint64_t count = 0;
  if (read(signals_, &count, sizeof count) != static_cast<ssize_t>(sizeof count)) return {};
  return {count >= one_stop, count % one_stop != 0};
}

void Suspension::stop() const {
  let_go(SIGTSTP);
  raise(SIGTSTP);
  handle(SIGTSTP);
  static_cast<void>(take());  // the caller knows that it goes on
}

}  // namespace tikv::cli
