#pragma once

#include <chrono>
#include <cstdint>

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

/// `start + after`, or `never` where that would overflow.
constexpr Time saturating_add(Time start, Duration after) { return after >= never - start ? never : start + after; }

inline std::chrono::microseconds to_microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

}  // namespace tikv::core
