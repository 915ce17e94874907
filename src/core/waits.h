#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "core/operation.h"

namespace tikv::core {

/// A wait of an operation that a coroutine is suspended on: resumes it exactly once, by whichever
/// comes first, the event or the interruption; takes itself off everything when it is destroyed.
class SuspendedWait : public Wait {
 public:
  explicit SuspendedWait(Operation& operation) noexcept : operation_(operation) {}
  ~SuspendedWait() override {
    if (waiting_) operation_.remove(*this);
  }

  void interrupt() override {
    go_on();  // already off the operation's list
  }

 protected:
  void suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    operation_.add(*this);
  }
  void resume() {
    operation_.remove(*this);
    go_on();
  }
  [[nodiscard]] bool suspended() const noexcept { return static_cast<bool>(waiting_); }
  [[nodiscard]] Operation& operation() const noexcept { return operation_; }

 private:
  /// The task may begin its next operation in here. This wait may be gone afterwards, and its operation.
  void go_on() {
    const TaskScope running(operation_.list(), operation_.task_scope());
    std::exchange(waiting_, nullptr).resume();
  }

  Operation& operation_;
  std::coroutine_handle<> waiting_;
};

/// One value that is coming: `co_await reply` gives it, or nothing if the operation is interrupted
/// first. The value may come before, and while, it is awaited.
template <class T>
class Reply final : public SuspendedWait {
 public:
  using SuspendedWait::SuspendedWait;

  /// On the loop, once. Resumes who waits, who may destroy this.
  void set(T value) {
    value_.emplace(std::move(value));
    if (suspended()) resume();
  }
  [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }

  [[nodiscard]] bool await_ready() const noexcept { return value_.has_value() || operation().interrupted(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { suspend(waiting); }
  std::optional<T> await_resume() { return std::move(value_); }

 private:
  std::optional<T> value_;
};

/// `co_await Sleep(operation, duration)`: true when the time is over, false if interrupted first.
class Sleep final : public SuspendedWait {
 public:
  Sleep(Operation& operation, Duration duration)
      : SuspendedWait(operation), duration_(duration), timer_(operation.loop(), [this] { expire(); }) {}

  [[nodiscard]] bool await_ready() const noexcept { return duration_.count() <= 0 || operation().interrupted(); }
  void await_suspend(std::coroutine_handle<> waiting) {
    timer_.set(saturating_add(operation().loop().now(), duration_));
    suspend(waiting);
  }
  [[nodiscard]] bool await_resume() const noexcept { return !operation().interrupted(); }

 private:
  void expire() { resume(); }

  Duration duration_;
  Timer timer_;
};

}  // namespace tikv::core
