#include "tikv/cancel.h"

#include <utility>

#include "core/cancel_state.h"

namespace tikv {
inline namespace v0 {

detail::CancelListener::CancelListener(std::function<void()> told) : told_(std::move(told)) {}

void detail::CancelListener::tell() {
  const std::lock_guard lock(mutex_);
  if (told_) told_();
}

void detail::CancelListener::end() {
  const std::lock_guard lock(mutex_);
  told_ = nullptr;
}

void detail::CancelState::cancel() {
  std::list<std::weak_ptr<CancelListener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    listeners.swap(listeners_);
  }
  for (const auto& weak : listeners) {
    if (const auto listener = weak.lock()) listener->tell();
  }
}

bool detail::CancelState::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

bool detail::CancelState::listen(const std::shared_ptr<CancelListener>& listener) {
  const std::lock_guard lock(mutex_);
  if (cancelled_) return false;
  // Operations that ended leave a dead entry behind; a scope that serves many sheds them here.
  while (!listeners_.empty() && listeners_.front().expired()) listeners_.pop_front();
  listeners_.push_back(listener);
  return true;
}

CancelScope::CancelScope() : state_(std::make_shared<detail::CancelState>()) {}
CancelScope::~CancelScope() = default;
void CancelScope::cancel() { state_->cancel(); }
bool CancelScope::cancelled() const noexcept { return state_->cancelled(); }

}  // namespace v0
}  // namespace tikv
