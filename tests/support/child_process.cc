#include "support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace tikv::test {

ChildProcess::ChildProcess(std::vector<std::string> command, ChildInput input) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  // A socket, because writing to it when nobody reads any more is an error and no signal.
  int inputs[2] = {-1, -1};
  if (input == ChildInput::lines && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, inputs) != 0) return;
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {                     // only what a fork of several threads may do, until exec
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nothing behind
    if (getppid() != parent) _exit(127);
    if (inputs[0] >= 0) dup2(inputs[0], STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    execv(words[0], words.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
  if (inputs[0] >= 0) close(inputs[0]);
  input_ = inputs[1];
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    kill(pid_, SIGCONT);
    for (int i = 0; i < 100 && pid_ > 0; ++i) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) pid_ = -1;
      if (pid_ > 0) poll(nullptr, 0, 50);
    }
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  if (output_ >= 0) close(output_);
  if (input_ >= 0) close(input_);
}

bool ChildProcess::write_line(const std::string& line) const {
  const std::string bytes = line + "\n";
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = send(input_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

std::string ChildProcess::read_line() {
  for (;;) {
    if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    pollfd waiting{output_, POLLIN, 0};
    if (output_ < 0 || poll(&waiting, 1, 10'000) <= 0) return {};
    char bytes[4096];
    const ssize_t count = read(output_, bytes, sizeof bytes);
    if (count <= 0) return std::exchange(buffer_, {});
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
}

std::string ChildProcess::read_all() {
  std::string text = std::exchange(buffer_, {});
  char bytes[4096];
  for (ssize_t count = 0; (count = read(output_, bytes, sizeof bytes)) > 0;) {
    text.append(bytes, static_cast<std::size_t>(count));
  }
  return text;
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

void ChildProcess::freeze() const {
  signal(SIGSTOP);
  // The signal takes effect a moment later, and until then the process answers.
  if (pid_ > 0) waitpid(pid_, nullptr, WUNTRACED);
}

int ChildProcess::wait() {
  if (pid_ <= 0) return -1;
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tikv::test
