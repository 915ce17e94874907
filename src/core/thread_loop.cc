#include "core/thread_loop.h"

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "core/fork.h"
#include "core/thread_loop_baton.h"

namespace tikv::core {
namespace {

// A thread inherits the mask of the one that starts it: no signal of the program ends up in ours.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

ThreadLoop::ThreadLoop(std::unique_ptr<Poller> poller)
    : baton_(std::make_shared<LoopBaton>(std::move(poller))), fork_generation_(fork_generation()) {
  const AllSignalsBlocked blocked;
  thread_ = std::thread([baton = baton_]() mutable {
    baton->run_thread();
    baton.reset();
  });
}

ThreadLoop::~ThreadLoop() {
  if (in_forked_child()) {
    // The thread is the parent's, and so are the locks and the epoll set behind the poller.
    leave_to_parent(std::move(baton_));
    leave_to_parent(std::move(thread_));
    return;
  }
  baton_->stop();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

bool ThreadLoop::in_forked_child() const noexcept { return fork_generation_ != fork_generation(); }

void ThreadLoop::stop() {
  if (!in_forked_child()) baton_->stop();
}

Time ThreadLoop::now() const { return baton_->now(); }

WallTime ThreadLoop::wall_now() const {
  return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
}

std::uint64_t ThreadLoop::random() { return baton_->random(); }

bool ThreadLoop::is_current() const { return baton_->is_current(); }

void ThreadLoop::post(std::function<void()> work) {
  if (!in_forked_child()) baton_->post(std::move(work));
}

bool ThreadLoop::run_until(const std::function<bool()>& done) { return post_and_run_until(nullptr, done); }

bool ThreadLoop::post_and_run_until(std::function<void()> work, const std::function<bool()>& done) {
  if (in_forked_child()) return false;
  const std::shared_ptr<LoopBaton> baton = baton_;  // the loop may be destroyed by what it runs
  return baton->run_until(std::move(work), done);
}

void ThreadLoop::hold() { baton_->hold(); }

void ThreadLoop::unhold() { baton_->unhold(); }

TimerQueue& ThreadLoop::timers() { return baton_->timers(); }

}  // namespace tikv::core
