#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tikv::testing {

struct MixedWorkOptions {
  std::uint64_t seed = 1;
  std::size_t clients = 3;
  std::size_t operations = 25;  ///< of each client
  std::size_t lines_kept = 0;
};

/// What one seed brought.
struct MixedWorkResult {
  std::vector<std::string> findings;
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::map<std::string, std::uint64_t> outcomes;       ///< by their names
  std::map<std::string, std::uint64_t> region_errors;  ///< that reached clients
  std::map<std::string, std::uint64_t> deeds;          ///< of the nemesis
  std::string timeline;
};

/// Several clients do mixed raw work on a cluster that changes, in a network that fails; then all
/// is well again, everything ends, and the history is judged.
[[nodiscard]] MixedWorkResult run_mixed_work(const MixedWorkOptions& options);

}  // namespace tikv::testing
