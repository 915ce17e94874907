#include "core/timer_queue.h"

#include <utility>

namespace tikv::core {

Timer::Timer(Loop& loop, std::function<void()> on_expired) : loop_(loop), on_expired_(std::move(on_expired)) {}

Timer::~Timer() { cancel(); }

void Timer::set(Time when) {
  cancel();
  if (when != never) loop_.timers().insert(*this, when);
}

void Timer::cancel() {
  if (armed()) loop_.timers().remove(*this);
}

bool TimerQueue::earlier(const Timer& left, const Timer& right) noexcept {
  return left.when_ != right.when_ ? left.when_ < right.when_ : left.order_ < right.order_;
}

void TimerQueue::place(Timer& timer, std::size_t position) noexcept {
  heap_[position] = &timer;
  timer.position_ = position;
}

void TimerQueue::insert(Timer& timer, Time when) {
  timer.when_ = when;
  timer.order_ = next_order_++;
  heap_.push_back(&timer);
  timer.position_ = heap_.size() - 1;
  sift_up(timer.position_);
}

void TimerQueue::remove(Timer& timer) {
  const std::size_t position = std::exchange(timer.position_, Timer::not_queued);
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(*last, position);
  sift_up(position);
  sift_down(last->position_);
}

bool TimerQueue::fire_one(Time now) {
  if (heap_.empty() || heap_.front()->when_ > now) return false;
  Timer& timer = *heap_.front();
  remove(timer);
  // The callback may destroy the timer, and with it the function that is running.
  std::function<void()> on_expired = timer.on_expired_;
  on_expired();
  return true;
}

void TimerQueue::sift_up(std::size_t position) noexcept {
  Timer& timer = *heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!earlier(timer, *heap_[parent])) break;
    place(*heap_[parent], position);
    position = parent;
  }
  place(timer, position);
}

void TimerQueue::sift_down(std::size_t position) noexcept {
  Timer& timer = *heap_[position];
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && earlier(*heap_[child + 1], *heap_[child])) ++child;
    if (!earlier(*heap_[child], timer)) break;
    place(*heap_[child], position);
    position = child;
  }
  place(timer, position);
}

}  // namespace tikv::core
