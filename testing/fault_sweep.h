#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "testing/raw_history.h"
#include "testing/simulation.h"

namespace tikv::testing {

/// One raw operation, to be run once for each message of it and each way in which that can fail.
struct SweepCase {
  std::string name;
  RawOperation operation;   ///< gets values of its own, and a swap expects what the key holds
  bool fails = false;       ///< a swap that expects something else
  bool warm = true;         ///< the client knows the regions already
  bool one_by_one = false;  ///< one region after the other, so that some are not asked yet when others fail
  ClusterOptions cluster{};
  std::uint64_t seed = 1;
  bool region_errors = true;           ///< also with each region error answered
  std::size_t enough_failures = 1000;  ///< the sweep ends early when it has found so many
};

/// What came of all runs of one case.
struct SweepResult {
  std::uint64_t messages = 0;  ///< of the run without faults
  std::uint64_t runs = 0;
  std::map<RawOperation::Outcome, std::uint64_t> outcomes;
  std::uint64_t splits_met = 0;   ///< EpochNotMatch that reached the client
  std::uint64_t leaders_met = 0;  ///< NotLeader that reached the client
  /// Of each run that is not as it must be: which fault, what is wrong, and the timeline.
  std::vector<std::string> failures;
};

[[nodiscard]] SweepResult sweep(const SweepCase& one);

/// How many pairs of faults: `firsts` first ones, and after each of them `seconds` second ones at later
/// messages, drawn by the seed. 0: all there are.
struct PairChoice {
  std::uint64_t seed = 1;
  std::size_t firsts = 0;
  std::size_t seconds = 0;
};

/// The operation with two faults in it: what one fault left (a doubt, a stale region, a queue) meets another.
[[nodiscard]] SweepResult sweep_pairs(const SweepCase& one, const PairChoice& choice);

}  // namespace tikv::testing
