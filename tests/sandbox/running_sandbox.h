#pragma once

#include <string>
#include <vector>

#include "support/child_process.h"

namespace tikv::test {

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

 private:
  static std::vector<std::string> command(const std::vector<std::string>& more) {
    std::vector<std::string> words{TIKV_SANDBOX_PROGRAM, "--stores", "3", "--regions", "8", "--pd-port", "0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  ChildProcess process_;
  std::string pd_;
};

}  // namespace tikv::test
