#pragma once

/// @file
/// `gather`: runs tasks side by side.

#include <coroutine>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "tikv/task.h"

namespace tikv {
inline namespace v0 {

namespace detail {

/// The awaiter behind `gather`.
template <class T>
class Gather {
 public:
  Gather(std::vector<Task<T>> tasks, std::size_t limit) : limit_(limit) {
    children_.reserve(tasks.size());
    results_.reserve(tasks.size());  // now: what the tasks have done is not lost for want of memory
    for (Task<T>& task : tasks) children_.push_back(std::make_unique<Child>(*this, std::move(task)));
  }
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;

  bool await_ready() {
    start_more();
    return ended_ == children_.size();
  }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  std::vector<Result<T>> await_resume() {
    for (auto& child : children_) {
      if (child->exception) std::rethrow_exception(child->exception);
      results_.push_back(std::move(*child->result));
    }
    return std::move(results_);
  }

 private:
  struct Child final : Consumer<T> {
    Child(Gather& owner, Task<T> task) : gather(owner), running(release_frame(std::move(task))) {}
    void complete() override {
      running.ended();
      gather.child_ended();
    }
    Gather& gather;
    RunningTask<T> running;
  };

  void child_ended() {
    ++ended_;
    if (!starting_) start_more();
    // Only the last to end finds this true; nothing may be touched after it.
    if (ended_ == children_.size() && waiting_ && !starting_) std::exchange(waiting_, nullptr).resume();
  }
  /// Not recursive: children that end at once only count, and the loop here goes on.
  void start_more() {
    starting_ = true;
    while (started_ < children_.size() && started_ - ended_ < limit_) {
      Child& child = *children_[started_++];
      child.running.start(child);
    }
    starting_ = false;
  }

  std::size_t limit_;
  std::vector<std::unique_ptr<Child>> children_;
  std::vector<Result<T>> results_;
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  bool starting_ = false;
  std::coroutine_handle<> waiting_;
};

}  // namespace detail

/// Runs tasks side by side and gives all their results, in the order of the tasks.
///
/// @code
/// std::vector<tikv::Task<void>> puts;
/// for (const auto& [key, value] : pairs) puts.push_back(client.put(key, value));
/// auto results = co_await ok(tikv::gather(std::move(puts)));
/// @endcode
///
/// @param tasks not started; may be empty.
/// @param limit how many run at a time, at least 1. The next one starts when one ends.
/// @par Thread safety
/// Runs on the loop of whoever awaits it, as every task does: "side by side" means that all wait at
/// the same time, not that several threads run.
/// @par Cost
/// One allocation per task besides the task itself.
/// @par Errors
/// None of its own: it ends when all tasks have ended, and one that failed does not end the others.
/// An exception that left a task is rethrown when all have ended.
template <class T>
Task<std::vector<Result<T>>> gather(std::vector<Task<T>> tasks, std::size_t limit = 16) {
  detail::Gather<T> all(std::move(tasks), limit == 0 ? 1 : limit);
  co_return co_await all;
}

}  // namespace v0
}  // namespace tikv
