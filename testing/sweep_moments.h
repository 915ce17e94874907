#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "testing/raw_history.h"
#include "testing/simulation.h"

namespace tikv::testing {

/// Something that happens to the cluster at the moment at which a message of an operation is sent.
struct SweepMoment {
  using Happen = std::function<void(Simulation&, const RawOperation&, const std::optional<Node>& target)>;

  std::string name;
  /// Does it make sense only at a request to a store?
  bool at_requests_to_stores = false;
  /// Does whoever may send again get through?
  bool can_be_survived = true;
  Happen happen;
};

/// What stores, regions, PD and clocks do.
[[nodiscard]] const std::vector<SweepMoment>& sweep_moments();
/// Each region error that a store can answer, instead of serving the next request and, where such an
/// error does not prove that nothing was done, after having served it.
[[nodiscard]] const std::vector<SweepMoment>& injected_region_errors();

}  // namespace tikv::testing
