#pragma once

#include <vector>

#include "testing/fault_sweep.h"

namespace tikv::testing {

/// Every raw operation, with and without known regions, and the writes also without resending.
[[nodiscard]] std::vector<SweepCase> sweep_cases();

}  // namespace tikv::testing
