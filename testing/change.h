#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "core/time.h"
#include "testing/raw_store.h"

namespace tikv::testing {

/// One mutation of raw data that a store has applied, for who keeps a record of the truth.
struct Change {
  core::Time at{};
  RawStore::Family family = RawStore::Family::default_;
  std::string_view key;                   ///< valid during the call only, as the value
  std::optional<std::string_view> value;  ///< none: deleted
  core::WallTime expires = core::WallTime::max();
  std::uint64_t store = 0;
  std::uint64_t region = 0;
};

/// Told of each change when it has been applied, in the order in which they were. It changes nothing
/// in the cluster.
using ChangeListener = std::function<void(const Change&)>;

}  // namespace tikv::testing
