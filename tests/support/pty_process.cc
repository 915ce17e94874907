#include "support/pty_process.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tikv::test {

namespace {

constexpr int patience_ms = 10'000;

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

PtyProcess::PtyProcess(std::vector<std::string> command) {
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const winsize size{40, 100, 0, 0};
  pid_ = forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nothing behind
  execv(words[0], words.data());
  _exit(127);
}

PtyProcess::~PtyProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (terminal_ >= 0) close(terminal_);
}

void PtyProcess::type(const std::string& keys) const {
  [[maybe_unused]] const ssize_t written = write(terminal_, keys.data(), keys.size());
}

bool PtyProcess::read_more(int patience) {
  pollfd waiting{terminal_, POLLIN, 0};
  if (poll(&waiting, 1, patience) <= 0) return false;
  char bytes[4096];
  const ssize_t count = read(terminal_, bytes, sizeof bytes);
  if (count <= 0) return false;  // the end of a terminal is an error
  seen_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

bool PtyProcess::wait_for(const std::string& text) {
  for (;;) {
    if (const std::size_t found = seen_.find(text, matched_); found != std::string::npos) {
      matched_ = found + text.size();
      return true;
    }
    if (!read_more(patience_ms)) return false;
  }
}

int PtyProcess::type_until_end(const std::string& keys) {
  constexpr int tries = 100;
  for (int i = 0; i < tries; ++i) {
    type(keys);
    while (read_more(100)) {
    }
    int status = 0;
    if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) != pid_) continue;
    pid_ = -1;
    return code_of(status);
  }
  return wait();
}

int PtyProcess::wait() {
  while (read_more(patience_ms)) {
  }
  int status = 0;
  if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) == 0) {
    if (pid_ <= 0) return -1;
    kill(pid_, SIGKILL);  // it neither printed nor ended
    waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  return code_of(status);
}

}  // namespace tikv::test
