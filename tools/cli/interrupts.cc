#include "interrupts.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "exit_code.h"

namespace tikv::cli {

namespace {

std::atomic<int> told = -1;

/// Only what a handler may do; the rest is for a thread, since a scope takes locks.
void on_signal(int) {
  const int saved = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(told.load(), &one, sizeof one);
  errno = saved;
}

/// `sa_handler` and SIG_DFL are macros with casts of the old kind.
void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);  // no SA_RESTART: who waits for input wakes
}

}  // namespace

Interrupts::Interrupts(Of of) : of_(of), signals_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  told = signals_;
  handle(SIGINT, on_signal);
  if (of_ == Of::program) handle(SIGTERM, on_signal);
}

Interrupts::~Interrupts() {
  struct sigaction usual {};
  sigaction(SIGINT, &usual, nullptr);
  if (of_ == Of::program) sigaction(SIGTERM, &usual, nullptr);
  close(signals_);
}

bool Interrupts::take() const {
  std::uint64_t count = 0;
  return read(signals_, &count, sizeof count) == static_cast<ssize_t>(sizeof count);
}

Interrupts::Watch::Watch(const Interrupts& interrupts, CancelScope& scope) : stop_(eventfd(0, EFD_CLOEXEC)) {
  // Without descriptors nothing could tell the thread to end: Ctrl-C then waits for the end of the call.
  if (stop_ < 0 || interrupts.descriptor() < 0) return;
  thread_ = std::thread([this, &interrupts, &scope] { run(interrupts, scope); });
}

Interrupts::Watch::~Watch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
  if (stop_ >= 0) close(stop_);
}

void Interrupts::Watch::run(const Interrupts& interrupts, CancelScope& scope) const {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are for the thread that waits for input
  for (;;) {
    pollfd waiting[] = {{interrupts.descriptor(), POLLIN, 0}, {stop_, POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0) continue;
    if (waiting[1].revents != 0) return;
    if (!interrupts.take()) continue;
    if (scope.cancelled() && interrupts.of_ == Of::program) _exit(static_cast<int>(ExitCode::interrupted));
    scope.cancel();
  }
}

}  // namespace tikv::cli
