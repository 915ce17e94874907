#include "tikv/cancel.h"

#include <iterator>
#include <new>
#include <utility>

#include "core/cancel_state.h"
#include "tikv/error.h"

namespace tikv {
inline namespace v0 {

detail::CancelListener::CancelListener(std::function<void()> told) : told_(std::move(told)) {}

void detail::CancelListener::tell() {
  const std::lock_guard lock(mutex_);
  if (told_) told_();
}

void detail::CancelListener::end() {
  for (const Place& joined : std::exchange(places_, {})) joined.scope->leave(joined.place);
  const std::lock_guard lock(mutex_);
  told_ = nullptr;
}

void detail::CancelState::cancel() try {
  CancelListeners listeners;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    listeners.swap(listeners_);
  }
  for (const auto& weak : listeners) {
    if (const auto listener = weak.lock()) listener->tell();
  }
} catch (const std::bad_alloc&) {  // those that were not told would never end
  end_out_of_memory();
}

bool detail::CancelState::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

bool detail::CancelState::listen(const std::shared_ptr<CancelListener>& listener) {
  const std::lock_guard lock(mutex_);
  if (cancelled_) return false;
  listener->places_.reserve(listener->places_.size() + 1);
  listeners_.push_back(listener);
  listener->places_.push_back({shared_from_this(), std::prev(listeners_.end())});
  return true;
}

void detail::CancelState::leave(CancelListeners::iterator place) {
  const std::lock_guard lock(mutex_);
  if (!cancelled_) listeners_.erase(place);  // `cancel` has taken them all
}

std::size_t detail::CancelState::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

CancelScope::CancelScope() : state_(std::make_shared<detail::CancelState>()) {}
CancelScope::~CancelScope() = default;
void CancelScope::cancel() { state_->cancel(); }
bool CancelScope::cancelled() const noexcept { return state_->cancelled(); }

}  // namespace v0
}  // namespace tikv
