#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tikv::testing {

/// A situation that no single fault makes, and what must come of it.
struct Scenario {
  std::string name;
  /// What is wrong; empty: nothing.
  std::function<std::string()> run;
};

[[nodiscard]] const std::vector<Scenario>& scenarios();

}  // namespace tikv::testing
