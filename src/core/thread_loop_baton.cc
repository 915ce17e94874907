#include "core/thread_loop_baton.h"

#include <algorithm>
#include <new>
#include <random>
#include <utility>

#include "tikv/error.h"

namespace tikv::core {
namespace {

// After the last blocking caller has left, so long the loop's thread waits for the next one before
// it takes the loop. Longer delays what is not held (pings, background work); shorter wakes the
// thread more often while a lone caller works.
constexpr Duration linger = std::chrono::milliseconds(1);

// Work that waits is run before the system is asked again, which costs more than most of it, but no
// more often than this, so that sockets get their turn.
constexpr unsigned most_turns_without_poll = 4;

Time clock_now() noexcept { return Time(std::chrono::steady_clock::now().time_since_epoch()); }

std::chrono::steady_clock::time_point for_waiting(Time time) {
  return std::chrono::steady_clock::time_point(time.time_since_epoch());
}

std::uint64_t seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device();
}

}  // namespace

LoopBaton::LoopBaton(std::unique_ptr<Poller> poller) : poller_(std::move(poller)), random_(seed()) {}

Time LoopBaton::now() const noexcept {
  if (!is_current()) return clock_now();
  // Asked at the first need after the wait, so that the handlers run by the poller see it too.
  if (!std::exchange(turn_now_known_, true)) turn_now_ = clock_now();
  return turn_now_;
}

// SplitMix64: any thread may draw.
std::uint64_t LoopBaton::random() noexcept {
  constexpr std::uint64_t step = 0x9e3779b97f4a7c15;
  std::uint64_t z = random_.fetch_add(step, std::memory_order_relaxed) + step;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void LoopBaton::Waiters::push_back(Waiter& waiter) noexcept {
  waiter.next = nullptr;
  (last_ == nullptr ? first_ : last_->next) = &waiter;
  last_ = &waiter;
}

void LoopBaton::Waiters::append(Waiters& other) noexcept {
  while (!other.empty()) push_back(other.pop_front());
}

LoopBaton::Waiter& LoopBaton::Waiters::pop_front() noexcept {
  Waiter& first = *first_;
  first_ = first.next;
  if (first_ == nullptr) last_ = nullptr;
  return first;
}

template <class Found>
LoopBaton::Waiters LoopBaton::Waiters::take_if(const Found& found) {
  Waiters taken;
  Waiters left;
  while (!empty()) {
    Waiter& each = pop_front();
    (found(each) ? taken : left).push_back(each);
  }
  *this = left;
  return taken;
}

// Nothing may throw once the work is on the list: whoever hears of an exception takes it for not done.
void LoopBaton::post(std::function<void()> work) {
  const Lock lock(mutex_);
  if (stopping_) return;  // `work` is destroyed by the caller, after the lock
  posted_.push_back(std::move(work));
  if (is_current()) return;
  if (owner_ == Owner::nobody) {
    wake_loop_thread();
  } else {
    wake_owner();
  }
}

bool LoopBaton::run_until(std::function<void()> work, const std::function<bool()>& done) {
  if (is_current()) return false;
  Lock lock(mutex_);
  if (stopping_) return false;
  if (work) posted_.push_back(std::move(work));
  return run_as_owner_or_wait(lock, done);
}

bool LoopBaton::run_as_owner_or_wait(Lock& lock, const std::function<bool()>& done) noexcept {
  if (owner_ != Owner::nobody) {
    Waiter self(done);
    arrived_.push_back(self);
    wake_owner();
    self.told.wait(lock, [&] { return self.outcome != Outcome::waiting; });
    if (self.outcome != Outcome::owns_the_baton) return self.outcome == Outcome::finished;
  }
  own(lock, Owner::caller);
  lock.unlock();
  bool finished = done();
  while (!finished && turn()) {
    finished = done();
    settle_waiters();
  }
  finished = finished || done();  // perhaps by the very turn that has stopped the loop
  lock.lock();
  leave(lock);
  return finished;
}

void LoopBaton::run_thread() noexcept {
  Lock lock(mutex_);
  do {
    own(lock, Owner::loop_thread);
    lock.unlock();
    while (turn()) {
      settle_waiters();
      if (!watched_.empty()) break;  // a blocked caller runs the loop at no price: it has nothing else to do
    }
    lock.lock();
    leave(lock);
  } while (park(lock));
  thread_exited_ = true;
  ended_.notify_all();
}

// True when the loop is ours to take, false when it has stopped.
bool LoopBaton::park(Lock& lock) {
  for (;;) {
    if (stopping_) return false;
    const Time now = clock_now();
    const Time idle_at = saturating_add(last_release_, linger);
    const bool free = owner_ == Owner::nobody;
    if (free && (holds_ > 0 || !posted_.empty() || now >= idle_at)) return true;
    // While callers come and go the thread looks by itself now and then, so that none of them has to
    // wake it. Behind a caller who stays it sleeps until told.
    parked_until_ = free ? idle_at : now < idle_at ? saturating_add(now, linger) : never;
    if (parked_until_ == never) {
      loop_thread_told_.wait(lock);
    } else {
      loop_thread_told_.wait_until(lock, for_waiting(parked_until_));
    }
    parked_until_ = Time::min();
  }
}

void LoopBaton::own(Lock& lock, Owner owner) {
  (void)lock;  // is held
  owner_ = owner;
  owner_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  turn_now_known_ = false;
}

void LoopBaton::leave(Lock& lock) {
  watched_.append(arrived_);
  if (stopping_) {
    leave_for_good(lock);
    return;
  }
  owner_thread_.store({}, std::memory_order_relaxed);
  if (!watched_.empty()) {
    Waiter& next = watched_.pop_front();
    owner_ = Owner::caller;  // from now on, so that nobody takes it before the waiter is awake
    tell(next, Outcome::owns_the_baton);
    return;
  }
  owner_ = Owner::nobody;
  last_release_ = clock_now();
  const bool urgent = holds_ > 0 || !posted_.empty();
  if (urgent || parked_until_ > saturating_add(last_release_, linger)) wake_loop_thread();
}

void LoopBaton::leave_for_good(Lock& lock) {
  // What was posted is destroyed before anybody returns from `run_until`: it may refer to what is theirs.
  std::vector<std::function<void()>> dropped;
  dropped.swap(posted_);
  lock.unlock();
  dropped.clear();
  lock.lock();
  owner_thread_.store({}, std::memory_order_relaxed);
  owner_ = Owner::nobody;
  watched_.append(arrived_);
  while (!watched_.empty()) {
    Waiter& waiter = watched_.pop_front();
    // What ended before, or by being dropped just now, has its result all the same.
    tell(waiter, waiter.done() ? Outcome::finished : Outcome::stopped);
  }
  wake_loop_thread();
  ended_.notify_all();
}

void LoopBaton::stop() {
  Lock lock(mutex_);
  stopping_ = true;
  wake_owner();
  loop_thread_told_.notify_one();
  if (is_current()) return;
  ended_.wait(lock, [&] { return owner_ == Owner::nobody && thread_exited_; });
  // Posted while nobody owned the loop.
  std::vector<std::function<void()>> dropped;
  dropped.swap(posted_);
  lock.unlock();
}

// Whatever throws in a piece of work, a timer or a handler has nobody to tell. Of no memory one line says
// so; other exceptions are of callbacks that must not throw, and `std::terminate` shows them best.
bool LoopBaton::turn() noexcept {
  try {
    return run_turn();
  } catch (const std::bad_alloc&) {
    detail::end_out_of_memory();
  }
}

bool LoopBaton::run_turn() {
  const Duration most = begin_turn();
  if (most > Duration{0} || ++turns_without_poll_ > most_turns_without_poll) {
    turns_without_poll_ = 0;
    poller_->poll(most);
  }
  {
    const Lock lock(mutex_);
    sleeping_ = false;
    if (stopping_) return false;
    batch_.swap(posted_);
    watched_.append(arrived_);
  }
  run_posted();
  fire_timers();
  return !stopping_;
}

// How long the poller may wait for something to be ready.
Duration LoopBaton::begin_turn() {
  const Time next_timer = timers_.next();
  Duration most = Duration::max();
  if (next_timer != never) {
    turn_now_known_ = false;
    most = std::max(next_timer - now(), Duration{0});
  }
  turn_now_known_ = false;
  const Lock lock(mutex_);
  if (stopping_ || !posted_.empty() || !arrived_.empty()) return Duration{0};
  sleeping_ = most > Duration{0};
  return most;
}

// Only what was posted before this turn: work that posts itself lets the others through.
void LoopBaton::run_posted() {
  for (std::function<void()>& work : batch_) {
    if (stopping_) break;
    std::exchange(work, nullptr)();
  }
  batch_.clear();
}

void LoopBaton::fire_timers() {
  for (std::size_t left = timers_.size(); left > 0 && !stopping_; --left) {
    if (!timers_.fire_one(now())) return;
  }
}

void LoopBaton::settle_waiters() {
  if (watched_.empty()) return;
  Waiters done = watched_.take_if([](const Waiter& waiter) { return waiter.done(); });
  if (done.empty()) return;
  const Lock lock(mutex_);
  while (!done.empty()) tell(done.pop_front(), Outcome::finished);
}

// Under the lock: once it is given back the waiter may be gone.
void LoopBaton::tell(Waiter& waiter, Outcome outcome) {
  waiter.outcome = outcome;
  waiter.told.notify_one();
}

void LoopBaton::wake_owner() {
  if (std::exchange(sleeping_, false)) poller_->wake();
}

void LoopBaton::wake_loop_thread() {
  if (std::exchange(parked_until_, Time::min()) != Time::min()) loop_thread_told_.notify_one();
}

}  // namespace tikv::core
