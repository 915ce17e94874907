#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "core/loop.h"
#include "core/timer_queue.h"

namespace tikv::testing {

/// A loop in virtual time, for tests: it runs posted work in order and jumps to the next timer when
/// there is none. What happens depends on the seed and the program alone. One thread.
class SimLoop final : public core::Loop {
 public:
  explicit SimLoop(std::uint64_t seed = 1);
  ~SimLoop() override;

  [[nodiscard]] core::Time now() const override { return now_; }
  [[nodiscard]] core::WallTime wall_now() const override { return wall_start_ + now_.time_since_epoch() + wall_skew_; }
  [[nodiscard]] std::uint64_t random() override;
  [[nodiscard]] bool is_current() const override { return running_; }
  void post(std::function<void()> work) override;

  /// Runs until `done()`; false when nothing is left that could make it true.
  bool run_until(const std::function<bool()>& done) override;
  /// Runs until nothing is left to do, timers included.
  void run();
  /// Runs everything that happens in the next `span`, and ends at that time exactly.
  void run_for(core::Duration span);
  /// Runs what can happen without time passing.
  void run_ready();

  /// Moves the wall clock alone.
  void skew_wall_clock(core::Duration by) { wall_skew_ += by; }
  /// Work and timers that wait: zero at the end of a test that leaves nothing behind.
  [[nodiscard]] std::size_t pending() const { return posted_.size() + timers_.size(); }

 protected:
  friend class NodeLoop;
  [[nodiscard]] core::TimerQueue& timers() override { return timers_; }

 private:
  /// Runs one piece of work, or fires one timer that is due by `latest`. False: there is none.
  bool step(core::Time latest);

  core::Time now_{};
  core::WallTime wall_start_;
  core::Duration wall_skew_{};
  std::uint64_t random_state_;
  std::deque<std::function<void()>> posted_;
  core::TimerQueue timers_;
  bool running_ = false;
};

}  // namespace tikv::testing
