#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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
  is_witness,         ///< the peer holds no data
  stale_command,      ///< the peer dropped the command
  max_ts_not_synced,  ///< the leader is new and does not know yet which timestamps were read
};
inline constexpr std::size_t backoff_kinds = 11;

struct BackoffRule {
  std::string_view name;
  Duration base;
  Duration limit;
  bool jitter;      ///< half fixed, half random
  Duration budget;  ///< all pauses of this kind together, for one request
};

[[nodiscard]] const BackoffRule& backoff_rule(BackoffKind kind) noexcept;

/// The wait before retry number `earlier` (from 0) of one kind. `random` is 64 random bits.
[[nodiscard]] Duration backoff_delay(BackoffKind kind, std::uint32_t earlier, std::uint64_t random) noexcept;

/// The pauses of one request: how long the next one is, and when there were enough. Requests that run
/// side by side have one each: a shared one would multiply their waits.
class Backoff {
 public:
  /// The next pause of this kind; none if the kind has used up its budget.
  [[nodiscard]] std::optional<Duration> next(BackoffKind kind, Loop& loop);
  /// How many there were, of all kinds.
  [[nodiscard]] std::uint32_t count() const noexcept;

 private:
  struct Used {
    std::uint32_t count = 0;
    std::uint32_t microseconds = 0;  ///< small: the frames of all calls under way hold one of these
  };
  std::array<Used, backoff_kinds> used_{};
};

/// How long an operation paused, by kind, for its story.
class PauseTotals {
 public:
  struct Longest {
    BackoffKind kind = BackoffKind::pd_rpc;
    std::uint32_t count = 0;  ///< 0: there was no pause at all
    Duration total{0};
  };
  void add(BackoffKind kind, Duration duration) noexcept;
  [[nodiscard]] Longest longest() const noexcept;
  [[nodiscard]] Duration total() const noexcept;

 private:
  std::array<Duration, backoff_kinds> total_{};
  std::array<std::uint32_t, backoff_kinds> count_{};
};

}  // namespace tikv::core
