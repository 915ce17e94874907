#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tikv::test {

/// What a program reads from its standard input.
enum class ChildInput { inherited, lines };

/// A program that runs while a test does. Its output goes to a pipe that the test reads line by line.
class ChildProcess {
 public:
  /// Starts it; aborts the test's expectations by an empty `pid()` if it cannot.
  explicit ChildProcess(std::vector<std::string> command, ChildInput input = ChildInput::inherited);
  /// Ends it (SIGTERM, then SIGKILL) and waits.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// With `ChildInput::lines`: gives it a line to read. False if it has ended.
  bool write_line(const std::string& line) const;
  /// The next line it writes to its standard output; empty at the end, or after ten seconds of silence.
  [[nodiscard]] std::string read_line();
  /// Everything until its end.
  [[nodiscard]] std::string read_all();
  /// Sends a signal.
  void signal(int number) const;
  /// Stops it where it is; returns when it does nothing any more. `signal(SIGCONT)` lets it go on.
  void freeze() const;
  /// Waits for its end; its exit code, or 128 + the signal that ended it.
  int wait();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
};

}  // namespace tikv::test
