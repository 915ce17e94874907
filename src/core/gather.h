#pragma once

#include <coroutine>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "tikv/task.h"

namespace tikv::core {

/// `co_await Gather<T>(tasks, limit)`: runs tasks side by side, at most `limit` at a time, and gives
/// all their results in the order of the tasks. Ends when all have ended.
template <class T>
class Gather {
 public:
  Gather(std::vector<Task<T>> tasks, std::size_t limit) : limit_(limit) {
    children_.reserve(tasks.size());
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
    std::vector<Result<T>> results;
    results.reserve(children_.size());
    for (auto& child : children_) {
      if (child->exception) std::rethrow_exception(child->exception);
      results.push_back(std::move(*child->result));
    }
    return results;
  }

 private:
  struct Child final : detail::Consumer<T> {
    Child(Gather& owner, Task<T> task) : gather(owner), running(detail::release_frame(std::move(task))) {}
    void complete() override {
      running.ended();
      gather.child_ended();
    }
    Gather& gather;
    detail::RunningTask<T> running;
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
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  bool starting_ = false;
  std::coroutine_handle<> waiting_;
};

}  // namespace tikv::core
