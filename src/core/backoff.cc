#include "core/backoff.h"

#include <algorithm>

namespace tikv::core {

using std::chrono::milliseconds;
using std::chrono::seconds;

const BackoffRule& backoff_rule(BackoffKind kind) noexcept {
  static constexpr std::array<BackoffRule, backoff_kinds> rules{{
      {"pd_rpc", milliseconds(100), milliseconds(1000), true, seconds(60)},
      {"tikv_rpc", milliseconds(100), milliseconds(1000), true, seconds(60)},
      {"region_miss", milliseconds(2), milliseconds(500), false, seconds(60)},
      {"region_scheduling", milliseconds(2), milliseconds(500), false, seconds(60)},
      {"server_busy", milliseconds(2000), milliseconds(10000), true, seconds(600)},
      {"disk_full", milliseconds(500), milliseconds(5000), false, seconds(60)},
      {"recovery_in_progress", milliseconds(100), milliseconds(10000), true, seconds(600)},
      {"region_not_initialized", milliseconds(2), milliseconds(1000), false, seconds(60)},
      {"is_witness", milliseconds(1000), milliseconds(10000), true, seconds(60)},
      {"stale_command", milliseconds(2), milliseconds(1000), false, seconds(60)},
      {"max_ts_not_synced", milliseconds(2), milliseconds(500), false, seconds(60)},
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

std::optional<Duration> Backoff::next(BackoffKind kind, Loop& loop) {
  Used& used = used_[static_cast<std::size_t>(kind)];
  // The largest budget is 600 s, and 32 bits count 4,294.
  if (std::chrono::microseconds(used.microseconds) >= backoff_rule(kind).budget) return std::nullopt;
  const Duration pause = backoff_delay(kind, used.count, loop.random());
  ++used.count;
  used.microseconds += static_cast<std::uint32_t>(to_microseconds(pause).count());
  return pause;
}

std::uint32_t Backoff::count() const noexcept {
  std::uint32_t count = 0;
  for (const Used& used : used_) count += used.count;
  return count;
}

void PauseTotals::add(BackoffKind kind, Duration duration) noexcept {
  total_[static_cast<std::size_t>(kind)] += duration;
  ++count_[static_cast<std::size_t>(kind)];
}

Duration PauseTotals::total() const noexcept {
  Duration sum{0};
  for (const Duration each : total_) sum += each;
  return sum;
}

PauseTotals::Longest PauseTotals::longest() const noexcept {
  Longest longest;
  for (std::size_t i = 0; i < backoff_kinds; ++i) {
    if (count_[i] == 0 || (longest.count > 0 && total_[i] <= longest.total)) continue;
    longest = Longest{static_cast<BackoffKind>(i), count_[i], total_[i]};
  }
  return longest;
}

}  // namespace tikv::core
