#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "sandbox/control_messages.h"
#include "testing/model.h"

namespace tikv::sandbox {

class Sandbox;

/// One command for a sandbox: what it means and what came of it. On the control thread.
class Commands {
 public:
  explicit Commands(Sandbox& sandbox) : sandbox_(sandbox) {}

  void run(const std::vector<std::string>& words, control::Outcome& outcome);
  /// What is still to be done, once the answer has left: null, or it answers what went wrong.
  [[nodiscard]] const std::function<std::string()>& after_answer() const { return later_; }

 private:
  using Arguments = CommandArguments;
  using Method = std::string (Commands::*)(const Arguments&, control::Outcome&);
  struct Known {
    std::string_view name;
    std::size_t fewest;  // words after the name
    std::size_t most;
    Method method;
  };
  static const std::vector<Known>& known();

  // Each answers why it was not done, or an empty text. Wrong usage is thrown.
  std::string status(const Arguments& arguments, control::Outcome& outcome);
  std::string stores(const Arguments& arguments, control::Outcome& outcome);
  std::string regions(const Arguments& arguments, control::Outcome& outcome);
  std::string members(const Arguments& arguments, control::Outcome& outcome);
  std::string report(const Arguments& arguments, control::Outcome& outcome);
  std::string split(const Arguments& arguments, control::Outcome& outcome);
  std::string merge(const Arguments& arguments, control::Outcome& outcome);
  std::string move_leader(const Arguments& arguments, control::Outcome& outcome);
  std::string stop_store(const Arguments& arguments, control::Outcome& outcome);
  std::string start_store(const Arguments& arguments, control::Outcome& outcome);
  std::string slow_store(const Arguments& arguments, control::Outcome& outcome);
  std::string busy_store(const Arguments& arguments, control::Outcome& outcome);
  std::string restart_pd(const Arguments& arguments, control::Outcome& outcome);
  std::string stop_pd(const Arguments& arguments, control::Outcome& outcome);
  std::string start_pd(const Arguments& arguments, control::Outcome& outcome);
  std::string move_pd_leader(const Arguments& arguments, control::Outcome& outcome);
  std::string pd_lag(const Arguments& arguments, control::Outcome& outcome);
  std::string fail(const Arguments& arguments, control::Outcome& outcome);

  std::string start(testing::Node node, const Arguments& arguments, control::Outcome& outcome);
  [[nodiscard]] std::uint64_t pd_member(std::string_view word);

  Sandbox& sandbox_;
  std::function<std::string()> later_;
};

}  // namespace tikv::sandbox
