#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/loop.h"

namespace tikv::core {

/// Why an operation waits before it tries again. Base, limit and jitter of each kind are those that
/// TiKV's own client uses, so that a fleet of mixed clients behaves alike.
enum class BackoffKind : std::uint8_t {
  pd_rpc,                ///< a call to PD failed
  tikv_rpc,              ///< a store could not be reached, or an answer was lost
  region_miss,           ///< the region moved, split or merged
  region_scheduling,     ///< the region has no leader just now
  server_busy,           ///< the store asked for a pause
  disk_full,             ///< the store has no room
  recovery_in_progress,  ///< the region is being recovered
  region_not_initialized,
  is_witness,     ///< the peer holds no data
  stale_command,  ///< the peer dropped the command
};
inline constexpr std::size_t backoff_kinds = 10;

struct BackoffRule {
  std::string_view name;
  Duration base;
  Duration limit;
  bool jitter;  ///< half fixed, half random
};

[[nodiscard]] const BackoffRule& backoff_rule(BackoffKind kind) noexcept;

/// The wait before retry number `earlier` (from 0) of one kind. `random` is 64 random bits.
[[nodiscard]] Duration backoff_delay(BackoffKind kind, std::uint32_t earlier, std::uint64_t random) noexcept;

/// How often each kind was waited for, within one operation.
class BackoffHistory {
 public:
  /// The next wait of this kind.
  Duration next(BackoffKind kind, Loop& loop) {
    return backoff_delay(kind, count_[static_cast<std::size_t>(kind)]++, loop.random());
  }

 private:
  std::array<std::uint32_t, backoff_kinds> count_{};
};

}  // namespace tikv::core
