#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include "core/loop.h"
#include "core/timer_queue.h"

namespace tikv::rpc::sim {

/// A loop in virtual time: it runs what was posted, then what is due, and when nothing is left it
/// jumps to the next timer.
class SimLoop final : public core::Loop {
 public:
  explicit SimLoop(std::uint64_t seed = 1) : state_(seed * 2 + 1) {}

  [[nodiscard]] core::Time now() const override { return now_; }
  [[nodiscard]] core::WallTime wall_now() const override { return core::WallTime(now_.time_since_epoch()); }
  [[nodiscard]] std::uint64_t random() override {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  [[nodiscard]] bool is_current() const override { return running_; }
  void post(std::function<void()> work) override { posted_.push_back(std::move(work)); }

  bool run_until(const std::function<bool()>& done) override {
    while (!done()) {
      if (!run_turn()) return false;
    }
    return true;
  }

  /// Runs `work` once `delay` has passed.
  void run_after(core::Duration delay, std::function<void()> work) {
    if (delay.count() <= 0) {
      post(std::move(work));
    } else {
      delayed_.emplace(now_ + delay, std::move(work));
    }
  }

  /// Runs one turn; in an idle moment time jumps. False if nothing will ever happen again.
  bool run_turn() { return run_turn_until(core::never); }

  /// Runs everything up to `time`, which it is then.
  void run_to(core::Time time) {
    while (run_turn_until(time)) {
    }
    if (now_ < time) now_ = time;
  }
  void run_for(core::Duration duration) { run_to(now_ + duration); }
  /// Runs what can happen without time passing.
  void run_ready() { run_to(now_); }

  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

 protected:
  core::TimerQueue& timers() override { return timers_; }

 private:
  bool run_turn_until(core::Time limit) {
    const core::Time next_time = std::min(timers_.next(), delayed_.empty() ? core::never : delayed_.begin()->first);
    if (posted_.empty() && next_time > now_) {
      if (next_time > limit || next_time == core::never) return false;
      now_ = next_time;
    }
    ++turns_;
    const bool outer = std::exchange(running_, true);
    while (!delayed_.empty() && delayed_.begin()->first <= now_) {
      post(std::move(delayed_.begin()->second));
      delayed_.erase(delayed_.begin());
    }
    std::deque<std::function<void()>> work;
    work.swap(posted_);
    while (!work.empty()) {
      const std::function<void()> next = std::move(work.front());
      work.pop_front();
      next();
    }
    while (timers_.fire_one(now_)) {
    }
    running_ = outer;
    return true;
  }

  core::TimerQueue timers_;
  std::deque<std::function<void()>> posted_;
  std::multimap<core::Time, std::function<void()>> delayed_;
  core::Time now_{std::chrono::seconds(1000)};
  std::uint64_t state_;
  std::uint64_t turns_ = 0;
  bool running_ = false;
};

}  // namespace tikv::rpc::sim
