#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>
#include <type_traits>

namespace tikv::core {

/// The monotonic clock of a loop. It has no `now()` of its own: only a `Loop` knows the time, so
/// that a simulated loop can decide what it is.
struct LoopClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LoopClock>;
  static constexpr bool is_steady = true;
};

using Duration = LoopClock::duration;
using Time = LoopClock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// A deadline that never comes.
inline constexpr Time never = Time::max();

/// Longer than any process runs: what begins now and takes so long ends `never`.
inline constexpr Duration for_ever = Duration::max();

/// `start + after`; `never` if `after` is `for_ever`, or where the sum would overflow.
constexpr Time saturating_add(Time start, Duration after) {
  if (after == for_ever) return never;
  const Duration since_epoch = start.time_since_epoch();
  if (after > Duration{0}) return since_epoch > Duration::max() - after ? never : start + after;
  return since_epoch < Duration::min() - after ? Time::min() : start + after;
}

/// A duration that a user gave, in the unit of the loop: `for_ever` for what does not fit. The implicit
/// conversion multiplies and overflows: every duration from outside comes in through here.
template <class Rep, class Period>
constexpr Duration saturating_duration(std::chrono::duration<Rep, Period> given) {
  using Given = std::chrono::duration<Rep, Period>;
  static_assert(std::ratio_greater_equal_v<Period, Duration::period>, "a finer unit than ours never overflows");
  static_assert(std::is_integral_v<Rep> && std::is_signed_v<Rep>);
  if (given > std::chrono::duration_cast<Given>(Duration::max())) return for_ever;
  if (given < std::chrono::duration_cast<Given>(Duration::min())) return Duration::min();
  return std::chrono::duration_cast<Duration>(given);
}

/// So many of a unit, as a flag or a server says it; as many as there can be where they do not fit.
template <class Unit>
constexpr Unit saturating_count(std::uint64_t count) {
  constexpr auto most = static_cast<std::uint64_t>(Unit::max().count());
  return count >= most ? Unit::max() : Unit(static_cast<typename Unit::rep>(count));
}

inline std::chrono::microseconds to_microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

}  // namespace tikv::core
