#include "model_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tikv::sandbox {

ModelLoop::ModelLoop() : random_(std::random_device{}()) {}

core::Time ModelLoop::now() const { return core::Time(std::chrono::steady_clock::now().time_since_epoch()); }

core::WallTime ModelLoop::wall_now() const { return std::chrono::system_clock::now(); }

void ModelLoop::post(std::function<void()> work) {
  const std::lock_guard lock(posts_mutex_);
  posts_.push_back(std::move(work));
  wake_.notify_one();
}

void ModelLoop::run_ready() {
  for (;;) {
    std::vector<std::function<void()>> posts;
    {
      const std::lock_guard lock(posts_mutex_);
      posts.swap(posts_);
    }
    for (const auto& work : posts) work();
    if (!timers_.fire_one(now()) && posts.empty()) break;
  }
  const core::Time next = timers_.next();
  const std::lock_guard lock(posts_mutex_);
  if (next < next_timer_) wake_.notify_one();
  next_timer_ = next;
}

void ModelLoop::enter(const std::function<void()>& work) {
  std::vector<std::function<void()>> later;
  {
    const std::lock_guard lock(loop_);
    owner_ = std::this_thread::get_id();
    work();
    run_ready();
    later.swap(after_);
    if (turn_end_ != nullptr && turn_end_->keep(later)) later.clear();
    owner_ = std::thread::id();
  }
  for (const auto& done : later) done();
}

void ModelLoop::serve() {
  std::unique_lock lock(posts_mutex_);
  while (!stopped_) {
    const auto due = [&] { return stopped_ || !posts_.empty() || next_timer_ <= now(); };
    if (!due()) {
      // Bounded: the condition variable is not asked to wait until the end of time.
      const core::Duration most = std::chrono::hours(1);
      wake_.wait_for(lock, next_timer_ == core::never ? most : std::min(most, next_timer_ - now()));
      continue;
    }
    lock.unlock();
    enter([] {});
    lock.lock();
  }
}

void ModelLoop::stop() {
  const std::lock_guard lock(posts_mutex_);
  stopped_ = true;
  wake_.notify_one();
}

bool ModelLoop::run_until(const std::function<bool()>& done) {
  for (;;) {
    bool reached = false;
    enter([&] { reached = done(); });
    if (reached) return true;
    std::unique_lock lock(posts_mutex_);
    if (stopped_) return false;
    wake_.wait_for(lock, std::chrono::milliseconds(1));
  }
}

}  // namespace tikv::sandbox
