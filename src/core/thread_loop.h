#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "core/loop.h"
#include "core/poller.h"

namespace tikv::core {

class LoopBaton;

/// The loop of production: a thread of its own, with all signals blocked, over the operating
/// system's readiness events. While somebody blocks in `run_until`, that thread runs the loop
/// instead (see docs/adr, threads and the baton). A turn: what is ready, what was posted, which
/// timers are due; each bounded, so that none starves the others.
///
/// `post`, `post_and_run_until`, `run_until`, `stop`, `is_current`, `now`, `wall_now` and `random`
/// may be called from any thread. After a fork, in the child, nothing of it does anything.
class ThreadLoop final : public Loop {
 public:
  /// Throws `std::system_error` if no thread can be started.
  explicit ThreadLoop(std::unique_ptr<Poller> poller);
  /// Like `stop`, then destroys what was posted and not run. On the loop itself, what remains is
  /// destroyed when the present turn ends.
  ~ThreadLoop() override;

  /// Ends the loop after the piece of work that runs now; whoever blocks in `run_until` gets false.
  /// When it returns nothing runs any more, except on the loop itself: there it only asks for it.
  void stop();

  [[nodiscard]] Time now() const override;
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] std::uint64_t random() override;
  [[nodiscard]] bool is_current() const override;
  void post(std::function<void()> work) override;
  bool run_until(const std::function<bool()>& done) override;
  bool post_and_run_until(std::function<void()> work, const std::function<bool()>& done) override;
  void hold() override;
  void unhold() override;

 private:
  [[nodiscard]] TimerQueue& timers() override;
  [[nodiscard]] bool in_forked_child() const noexcept;

  std::shared_ptr<LoopBaton> baton_;
  std::thread thread_;
  const std::uint64_t fork_generation_;
};

}  // namespace tikv::core
