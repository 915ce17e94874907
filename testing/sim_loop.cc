#include "testing/sim_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "testing/random.h"

namespace tikv::testing {

SimLoop::SimLoop(std::uint64_t seed)
    : wall_start_(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)), random_state_(seed) {}

// Destroyed work may post or set timers in its turn: it finds the members still there.
SimLoop::~SimLoop() {
  while (!posted_.empty()) {
    const std::function<void()> dropped = std::move(posted_.front());
    posted_.pop_front();
  }
}

std::uint64_t SimLoop::random() { return split_mix(random_state_); }

void SimLoop::post(std::function<void()> work) { posted_.push_back(std::move(work)); }

bool SimLoop::step(core::Time latest) {
  const bool outermost = !std::exchange(running_, true);
  bool stepped = true;
  if (!posted_.empty()) {
    const std::function<void()> work = std::move(posted_.front());
    posted_.pop_front();
    work();
  } else if (timers_.next() <= latest && timers_.next() != core::never) {
    now_ = std::max(now_, timers_.next());
    stepped = timers_.fire_one(now_);
  } else {
    stepped = false;
  }
  if (outermost) running_ = false;
  return stepped;
}

bool SimLoop::run_until(const std::function<bool()>& done) {
  while (!done()) {
    if (!step(core::never)) return false;
  }
  return true;
}

void SimLoop::run() {
  while (step(core::never)) {
  }
}

void SimLoop::run_for(core::Duration span) {
  const core::Time end = core::saturating_add(now_, span);
  while (step(end)) {
  }
  now_ = end;
}

void SimLoop::run_ready() {
  while (step(now_)) {
  }
}

}  // namespace tikv::testing
