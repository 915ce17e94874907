#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tikv::test {

/// A program on a terminal of its own, 100 columns wide, that a test types into and reads from.
class PtyProcess {
 public:
  explicit PtyProcess(std::vector<std::string> command);
  /// Ends it and waits.
  ~PtyProcess();
  PtyProcess(const PtyProcess&) = delete;
  PtyProcess& operator=(const PtyProcess&) = delete;

  /// Types keys, as they are: "\x03" is Ctrl-C, "\t" Tab, "\x1b[A" the arrow up.
  void type(const std::string& keys) const;
  /// Reads until `text` was printed. True if it was within ten seconds; what is behind it stays.
  [[nodiscard]] bool wait_for(const std::string& text);
  /// Types keys until the program ends, and gives its exit code: between two lines the terminal may take
  /// a Ctrl-D for itself.
  [[nodiscard]] int type_until_end(const std::string& keys);
  /// Everything that was printed so far.
  [[nodiscard]] const std::string& seen() const noexcept { return seen_; }
  /// Reads to the end; the exit code, or 128 + the signal that ended it.
  [[nodiscard]] int wait();

 private:
  [[nodiscard]] bool read_more(int patience_ms);

  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string seen_;
  std::size_t matched_ = 0;  ///< what `wait_for` has looked at
};

}  // namespace tikv::test
