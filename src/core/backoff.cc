#include "core/backoff.h"

#include <algorithm>

namespace tikv::core {

using std::chrono::milliseconds;

const BackoffRule& backoff_rule(BackoffKind kind) noexcept {
  static constexpr std::array<BackoffRule, backoff_kinds> rules{{
      {"pd_rpc", milliseconds(100), milliseconds(3000), true},
      {"tikv_rpc", milliseconds(100), milliseconds(2000), true},
      {"region_miss", milliseconds(2), milliseconds(500), false},
      {"region_scheduling", milliseconds(2), milliseconds(500), false},
      {"server_busy", milliseconds(2000), milliseconds(10000), true},
      {"disk_full", milliseconds(500), milliseconds(5000), false},
      {"recovery_in_progress", milliseconds(100), milliseconds(10000), true},
      {"region_not_initialized", milliseconds(2), milliseconds(1000), false},
      {"is_witness", milliseconds(1000), milliseconds(10000), true},
      {"stale_command", milliseconds(2), milliseconds(1000), false},
  }};
  return rules[static_cast<std::size_t>(kind)];
}

Duration backoff_delay(BackoffKind kind, std::uint32_t earlier, std::uint64_t random) noexcept {
  const BackoffRule& rule = backoff_rule(kind);
  const std::uint32_t doublings = std::min<std::uint32_t>(earlier, 20);
  const Duration full = std::min(rule.limit, rule.base * (std::int64_t{1} << doublings));
  if (!rule.jitter) return full;
  const Duration half = full / 2;
  return half + Duration{static_cast<Duration::rep>(random % (static_cast<std::uint64_t>(half.count()) + 1))};
}

}  // namespace tikv::core
