#pragma once

#include <chrono>
#include <coroutine>
#include <memory>
#include <utility>

#include "core/loop.h"
#include "core/operation.h"

namespace tikv {
inline namespace v0 {
namespace detail {

/// `co_await Breath(loop, operations)` goes on a millisecond later. Comes before a failure that no wait came
/// before: a task that tries again without end leaves the loop to others, and its client can be closed, which
/// destroys it here.
class Breath {
 public:
  Breath(core::Loop& loop, core::OperationList& operations)
      : loop_(loop), operations_(operations), timer_(loop, [this] { go_on(); }) {}
  Breath(const Breath&) = delete;
  Breath& operator=(const Breath&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    scope_ = operations_.task_scope();
    timer_.set(core::saturating_add(loop_.now(), std::chrono::milliseconds(1)));
  }
  void await_resume() const noexcept {}

 private:
  void go_on() {
    const core::TaskScope running(operations_, std::move(scope_));
    waiting_.resume();
  }

  core::Loop& loop_;
  core::OperationList& operations_;
  std::coroutine_handle<> waiting_;
  std::shared_ptr<CancelState> scope_;
  core::Timer timer_;
};

}  // namespace detail
}  // namespace v0
}  // namespace tikv
