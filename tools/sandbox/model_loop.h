#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "core/loop.h"
#include "core/timer_queue.h"

namespace tikv::sandbox {

/// Sees the answers of every turn of the loop before they leave.
class TurnEnd {
 public:
  /// True: it has taken them, and sends them itself, later and in order.
  virtual bool keep(std::vector<std::function<void()>>& answers) = 0;

 protected:
  ~TurnEnd() = default;
};

/// The loop of the cluster model. One thread at a time runs it: whichever thread has a message for
/// the model comes in, does its work there and leaves, so a call needs no hop between threads; the
/// thread in `serve` fires the timers.
class ModelLoop final : public core::Loop {
 public:
  ModelLoop();

  /// Runs `work` on the loop, then what that posted. What the model sends meanwhile is put off with
  /// `after` and done when the loop is free again, on this same thread.
  void enter(const std::function<void()>& work);
  /// On the loop: `work` is done once the loop is free. It may block or call foreign code.
  void after(std::function<void()> work) { after_.push_back(std::move(work)); }

  /// Before anybody runs the loop. Null: answers leave at once.
  void set_turn_end(TurnEnd* end) { turn_end_ = end; }

  /// Fires timers until `stop` is called from another thread.
  void serve();
  void stop();

  [[nodiscard]] core::Time now() const override;
  [[nodiscard]] core::WallTime wall_now() const override;
  [[nodiscard]] std::uint64_t random() override { return random_(); }
  [[nodiscard]] bool is_current() const override { return owner_ == std::this_thread::get_id(); }
  void post(std::function<void()> work) override;
  bool run_until(const std::function<bool()>& done) override;

 protected:
  [[nodiscard]] core::TimerQueue& timers() override { return timers_; }

 private:
  /// Runs posted work and due timers; the loop is ours.
  void run_ready();

  std::mutex loop_;  // held by whoever runs the loop
  std::atomic<std::thread::id> owner_;
  core::TimerQueue timers_;
  std::vector<std::function<void()>> after_;
  TurnEnd* turn_end_ = nullptr;
  std::mt19937_64 random_;

  std::mutex posts_mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> posts_;
  core::Time next_timer_ = core::never;
  bool stopped_ = false;
};

}  // namespace tikv::sandbox
