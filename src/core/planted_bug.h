#pragma once

#include <atomic>
#include <cstdint>

namespace tikv::core {

/// Mistakes that clients of TiKV are known to make, as switches in builds with tests: each must turn
/// the fault sweep or the seeds red, or these prove nothing.
enum class Bug : std::uint8_t {
  none,
  lost_answer_reported_failed,        ///< a write whose answer was lost is called certainly not applied
  not_idempotent_resent,              ///< a write that must not be repeated is sent again
  stale_region_kept,                  ///< EpochNotMatch teaches nothing
  empty_answer_is_success,            ///< an entry of a batch that was answered with nothing counts as done
  pending_forgotten_on_stream_death,  ///< nobody tells the entries of a stream that broke
  scan_skips_a_region_after_a_split,  ///< a scan goes on where the region ended that it meant to ask
  backoff_without_budget,             ///< pauses never come to an end
  region_error_swallowed,             ///< a refused request counts as answered
  deadline_ignored_while_waiting_for_pd,
  late_answer_given_to_another,  ///< an answer that nobody waits for goes to somebody else
};

#ifdef TIKV_PLANTED_BUGS
inline std::atomic<Bug> planted_bug = Bug::none;
inline bool planted(Bug bug) noexcept { return planted_bug.load(std::memory_order_relaxed) == bug; }
#else
constexpr bool planted(Bug /*bug*/) noexcept { return false; }
#endif

}  // namespace tikv::core
