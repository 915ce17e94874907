#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "core/time.h"

namespace tikv::core {

class TimerQueue;
class Loop;

/// Calls a function once at a given time, on the loop. Intrusive: setting and cancelling allocate
/// nothing. Cancelled by its destructor. Used on its loop only.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_expired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Arms the timer, or moves it when it was armed. `never` disarms it.
  void set(Time when);
  void cancel();
  [[nodiscard]] bool armed() const noexcept { return position_ != not_queued; }
  [[nodiscard]] Time when() const noexcept { return when_; }

 private:
  friend class TimerQueue;
  static constexpr std::size_t not_queued = static_cast<std::size_t>(-1);

  Loop& loop_;
  std::function<void()> on_expired_;
  Time when_ = never;
  std::uint64_t order_ = 0;  // equal times fire in the order in which they were set
  std::size_t position_ = not_queued;
};

/// Everything the client's logic knows of the world besides the network: time, chance, and what
/// comes next. One thread at a time runs a loop; all protocol logic of a client runs on its loop.
class Loop {
 public:
  Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop() = default;

  /// Monotonic time. Constant within one turn of the loop.
  [[nodiscard]] virtual Time now() const = 0;
  /// Wall time: for timestamps, TTLs and certificates, never for waiting.
  [[nodiscard]] virtual WallTime wall_now() const = 0;
  /// 64 random bits. From a seed in a simulation.
  [[nodiscard]] virtual std::uint64_t random() = 0;
  /// True on the thread that runs the loop at this moment.
  [[nodiscard]] virtual bool is_current() const = 0;

  /// Runs `work` on the loop in a later turn, in the order of the posts. From any thread. Work that
  /// is posted to a loop that has stopped is dropped: destroyed, not run.
  virtual void post(std::function<void()> work) = 0;

  /// Runs the loop, or waits while another thread runs it, until `done()` is true. `done` is
  /// evaluated by whoever runs the loop, after each turn; who makes it true must do so on the loop.
  /// False if that can never happen: a simulated loop that has nothing left to do, a stopped loop.
  /// Not on the loop itself.
  virtual bool run_until(const std::function<bool()>& done) = 0;
  /// `post(work)` and `run_until(done)` in one: a lone caller then wakes no other thread.
  virtual bool post_and_run_until(std::function<void()> work, const std::function<bool()>& done) {
    post(std::move(work));
    return run_until(done);
  }

  /// Between `hold` and `unhold` there is work on this loop that nobody waits for in `run_until`: a
  /// spawned task. Who leaves `run_until` meanwhile passes the loop on at once. On the loop.
  virtual void hold() {}
  virtual void unhold() {}

 protected:
  friend class Timer;
  [[nodiscard]] virtual TimerQueue& timers() = 0;
};

/// A random duration in [0, bound].
inline Duration random_up_to(Loop& loop, Duration bound) {
  if (bound.count() <= 0) return Duration{0};
  return Duration{static_cast<Duration::rep>(loop.random() % (static_cast<std::uint64_t>(bound.count()) + 1))};
}

}  // namespace tikv::core
