#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tikv::testing {

/// What one seed of work on few keys brought.
struct FewKeysResult {
  std::string history;  ///< lines of JSON, as the README.md of tests/linearizability describes them
  std::size_t operations = 0;
  std::size_t swaps = 0;    ///< that succeeded
  std::size_t unknown = 0;  ///< operations whose outcome nobody was told
  std::size_t copies = 0;   ///< writes that were sent again, and may be applied twice
};

/// Several clients get, put, delete, and compare and swap four keys on a cluster that changes, in a
/// network that fails. Without `atomic` there are no swaps, and writes are sent again after lost answers.
[[nodiscard]] FewKeysResult work_on_few_keys(std::uint64_t seed, bool atomic);

}  // namespace tikv::testing
