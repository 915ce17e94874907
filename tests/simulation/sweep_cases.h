#pragma once

#include <vector>

#include "testing/fault_sweep.h"

namespace tikv::testing {

/// Every raw operation, with and without known regions, and the writes also without resending.
[[nodiscard]] std::vector<SweepCase> sweep_cases();
/// Those, and calls that ask one region after the other: what one fault leaves is met by a second one.
[[nodiscard]] std::vector<SweepCase> pair_cases();

}  // namespace tikv::testing
