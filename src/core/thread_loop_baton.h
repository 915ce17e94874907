#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/poller.h"
#include "core/time.h"
#include "core/timer_queue.h"

namespace tikv::core {

/// What the threads of a `ThreadLoop` share: the loop's state and the baton, the right to run it.
/// Exactly one thread holds the baton, or nobody; nobody only for moments between two blocking
/// calls. Kept alive by every thread that is inside it.
class LoopBaton {
 public:
  explicit LoopBaton(std::unique_ptr<Poller> poller);
  LoopBaton(const LoopBaton&) = delete;
  LoopBaton& operator=(const LoopBaton&) = delete;

  /// The life of the loop's own thread.
  void run_thread() noexcept;
  /// The thread was not to be had: nothing will run.
  void stop();
  void post(std::function<void()> work);
  /// Posts `work` unless it is empty, then runs the loop or waits until `done()`. Throws only if there is no
  /// memory to post it.
  bool run_until(std::function<void()> work, const std::function<bool()>& done);

  [[nodiscard]] bool is_current() const noexcept {
    return owner_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  [[nodiscard]] Time now() const noexcept;
  [[nodiscard]] std::uint64_t random() noexcept;
  [[nodiscard]] TimerQueue& timers() noexcept { return timers_; }
  void hold() noexcept { ++holds_; }
  void unhold() noexcept { --holds_; }

 private:
  enum class Owner : unsigned char { nobody, loop_thread, caller };
  enum class Outcome : unsigned char { waiting, finished, stopped, owns_the_baton };
  /// A thread blocked in `run_until` while another one runs the loop.
  struct Waiter {
    explicit Waiter(const std::function<bool()>& done_now) : done(done_now) {}
    const std::function<bool()>& done;
    std::condition_variable told;
    Outcome outcome = Outcome::waiting;
    Waiter* next = nullptr;
  };
  /// Joining and leaving allocate nothing: who waits has handed its work over already.
  class Waiters {
   public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    void push_back(Waiter& waiter) noexcept;
    /// Takes over everything that `other` holds.
    void append(Waiters& other) noexcept;
    Waiter& pop_front() noexcept;
    /// Takes out, in their order, those that `found` is true for.
    template <class Found>
    [[nodiscard]] Waiters take_if(const Found& found);

   private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
  };
  using Lock = std::unique_lock<std::mutex>;

  // For the owner.
  [[nodiscard]] bool turn() noexcept;
  [[nodiscard]] bool run_turn();
  [[nodiscard]] bool run_as_owner_or_wait(Lock& lock, const std::function<bool()>& done) noexcept;
  [[nodiscard]] Duration begin_turn();
  void run_posted();
  void fire_timers();
  void settle_waiters();
  void own(Lock& lock, Owner owner);
  void leave(Lock& lock);
  void leave_for_good(Lock& lock);

  [[nodiscard]] bool park(Lock& lock);
  void tell(Waiter& waiter, Outcome outcome);
  void wake_owner();
  void wake_loop_thread();

  const std::unique_ptr<Poller> poller_;
  std::atomic<std::uint64_t> random_;
  std::atomic<std::thread::id> owner_thread_{};
  std::atomic<bool> stopping_ = false;  // set under the lock

  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  Waiters arrived_;
  Owner owner_ = Owner::loop_thread;  // from the begin: work is not left lying while the thread starts
  bool sleeping_ = false;             // the owner waits in the poller, or is about to, and nobody woke it yet
  bool thread_exited_ = false;
  Time last_release_{};
  Time parked_until_ = Time::min();  // when the loop's thread looks by itself; min: it is awake
  std::condition_variable loop_thread_told_;
  std::condition_variable ended_;

  // The owner's.
  TimerQueue timers_;
  std::vector<std::function<void()>> batch_;
  Waiters watched_;
  std::size_t holds_ = 0;
  unsigned turns_without_poll_ = 0;
  mutable Time turn_now_{};
  mutable bool turn_now_known_ = false;
};

}  // namespace tikv::core
