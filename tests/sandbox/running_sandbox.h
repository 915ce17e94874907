#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "support/child_process.h"

namespace tikv::test {

/// How a program ended, and what it wrote to its standard output.
struct Ended {
  int code;
  std::string output;
};

inline Ended run_to_end(const std::vector<std::string>& command) {
  ChildProcess process(command);
  const std::string output = process.read_all();
  return {process.wait(), output};
}

/// A tikv-sandbox that runs while the test does.
class RunningSandbox {
 public:
  explicit RunningSandbox(const std::vector<std::string>& more = {}) : process_(command(more)) {
    const std::string line = process_.read_line();  // ready: PD at 127.0.0.1:40123, 3 stores, 8 regions
    const std::string before = "ready: PD at ";
    if (line.starts_with(before)) pd_ = line.substr(before.size(), line.find(',') - before.size());
  }

  /// Address of its PD; empty if it did not get ready.
  [[nodiscard]] const std::string& pd() const noexcept { return pd_; }
  [[nodiscard]] ChildProcess& process() noexcept { return process_; }
  /// Tells it what to do, by a program of its own.
  [[nodiscard]] Ended control(const std::vector<std::string>& words) const {
    std::vector<std::string> command{TIKV_SANDBOX_PROGRAM, "control", "--pd", pd_};
    command.insert(command.end(), words.begin(), words.end());
    return run_to_end(command);
  }

 private:
  static std::vector<std::string> command(const std::vector<std::string>& more) {
    std::vector<std::string> words{TIKV_SANDBOX_PROGRAM, "--stores", "3", "--regions", "8"};
    if (std::find(more.begin(), more.end(), "--pd-port") == more.end()) words.insert(words.end(), {"--pd-port", "0"});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  ChildProcess process_;
  std::string pd_;
};

}  // namespace tikv::test
