#include "rpc/channel.h"

#include <algorithm>
#include <new>
#include <utility>

#include "rpc/connection.h"
#include "tikv/error.h"

namespace tikv::rpc {
namespace {

// A connection that served for less than this counts as a failed attempt: whoever accepts and
// closes must not be asked again and again without a pause.
constexpr core::Duration least_service = std::chrono::seconds(1);

}  // namespace

Channel::Channel(TransportCore& core, const std::string& address)
    : core_(core), address_(address), retry_(core.loop, [this] { on_retry(); }) {}

Channel::~Channel() = default;

void Channel::enqueue(PendingCall& call) {
  call.joined(*this);
  waiting_.push_back(call);
  if (current_ != nullptr && current_->ready()) {
    current_->request_flush();
  } else {
    connect_if_needed();
  }
}

bool Channel::takes_calls() const { return current_ != nullptr && current_->ready() && current_->trusted(); }

bool Channel::needs_connection() const noexcept {
  if (core_.closed || company_ != nullptr) return false;
  return current_ == nullptr ? !waiting_.empty() : in_doubt_;
}

void Channel::connect_if_needed() {
  if (!needs_connection()) return;
  if (core_.loop.now() < not_before_) {
    retry_.set(not_before_);
    return;
  }
  retry_.cancel();
  std::shared_ptr<Connection>& place = current_ == nullptr ? current_ : company_;
  place = std::make_shared<Connection>(core_, *this, address_);
  try {
    place->start();
  } catch (const std::bad_alloc&) {  // one that was never started would be waited for without end
    place = nullptr;
    throw;
  }
}

void Channel::set_silent(bool silent) {
  if (std::exchange(silent_, silent) == silent) return;
  silent ? ++core_.silent_channels : --core_.silent_channels;
}

void Channel::on_company_wanted(const Connection& connection) {
  if (current_.get() != &connection) return;
  in_doubt_ = true;
  connect_if_needed();
}

void Channel::on_silent(const Connection& connection) {
  if (current_.get() != &connection) return;
  set_silent(true);
  for (WaitNode& node : waiting_) static_cast<PendingCall&>(node).tell_silence();
  if (Destination* destination = core_.find(address_)) destination->tell_silence();
  connect_if_needed();
}

void Channel::on_alive(const Connection& connection) {
  if (current_.get() != &connection) return;
  in_doubt_ = false;
  set_silent(false);
  if (company_ == nullptr) return;
  const std::shared_ptr<Connection> needless = std::exchange(company_, nullptr);
  needless->close({StatusCode::unavailable, "another connection answered", Failure::connect});
}

void Channel::on_retry() {
  Turn turn(core_);
  connect_if_needed();
}

void Channel::back_off() {
  const core::Duration base = core_.options.reconnect_backoff_base;
  const core::Duration limit = std::max(core_.options.reconnect_backoff_limit, base);
  backoff_ = backoff_.count() == 0 ? base : std::min(backoff_ + backoff_ * 3 / 5, limit);
  const core::Duration fifth = backoff_ / 5;
  not_before_ = core::saturating_add(core_.loop.now(), backoff_ - fifth + random_up_to(core_.loop, fifth * 2));
}

void Channel::note_end_of_service(const Connection& connection) {
  if (core_.loop.now() - connection.ready_since() < least_service) {
    back_off();
  } else {
    backoff_ = core::Duration{0};
  }
}

void Channel::renew_if_stale() {
  if (current_ == nullptr || !current_->stale()) return;
  const std::shared_ptr<Connection> old = current_;
  on_draining(*old, true);
  old->retire();
}

void Channel::on_ready(Connection& connection) {
  last_failure_.clear();
  set_silent(false);
  if (company_.get() == &connection) {
    in_doubt_ = false;
    const std::shared_ptr<Connection> old = std::exchange(current_, std::exchange(company_, nullptr));
    draining_.push_back(old);
    old->supersede();
    core_.renew_stale();
  }
  connection.request_flush();
}

void Channel::on_draining(Connection& connection, bool by_us) {
  if (current_.get() != &connection) return;
  if (!by_us) note_end_of_service(connection);
  draining_.push_back(std::move(current_));
  current_ = std::exchange(company_, nullptr);
  in_doubt_ = false;
  connect_if_needed();
}

void Channel::on_ended(Connection& connection, const Status& status) {
  if (company_.get() == &connection) {
    company_ = nullptr;
    if (core_.closed) return;
    last_failure_ = status.message;
    back_off();
    fail_waiting(status);
    connect_if_needed();
    return;
  }
  if (current_.get() != &connection) {
    std::erase_if(draining_, [&](const auto& each) { return each.get() == &connection; });
    return;
  }
  current_ = std::exchange(company_, nullptr);
  in_doubt_ = false;
  if (core_.closed) return;
  last_failure_ = status.message;
  if (connection.ready()) {
    note_end_of_service(connection);
  } else {
    back_off();
    // Whoever refuses is not silent.
    if (core_.loop.now() - connection.started() < core_.options.silence.connecting_after) set_silent(false);
    fail_waiting(status);
  }
  connect_if_needed();
}

void Channel::fail_waiting(const Status& status) {
  List<WaitNode> failed;
  failed.splice_back(waiting_);
  while (WaitNode* node = failed.pop_front()) static_cast<PendingCall*>(node)->end_now(status);
}

PendingCall* Channel::take_waiting() {
  while (WaitNode* node = waiting_.pop_front()) {
    auto* call = static_cast<PendingCall*>(node);
    if (call->deadline() > core_.loop.now()) return call;
    call->expire();
  }
  return nullptr;
}

void Channel::put_back(PendingCall& call) { waiting_.push_front(call); }

void Channel::forget() {
  backoff_ = core::Duration{0};
  not_before_ = {};
  set_silent(false);
  if (const auto company = std::exchange(company_, nullptr)) {
    company->close({StatusCode::unavailable, "the address was forgotten", Failure::connect});
  }
  if (current_ != nullptr) {
    const std::shared_ptr<Connection> old = current_;
    if (old->ready()) {
      on_draining(*old, true);
      old->drain();
    } else {
      current_ = nullptr;
      old->close({StatusCode::unavailable, "the address was forgotten", Failure::connect});
    }
  }
  connect_if_needed();
}

void Channel::close(const Status& status) {
  retry_.cancel();
  fail_waiting(status);
  if (const auto connection = company_) connection->close(status);
  if (const auto connection = current_) connection->close(status);
  while (!draining_.empty()) {
    const auto connection = draining_.back();
    connection->close(status);
  }
}

std::string Channel::describe_wait() const {
  if (current_ != nullptr && current_->ready()) return "a free stream on the connection to " + address_;
  std::string text = "a connection to " + address_;
  if (!last_failure_.empty()) text += " (the last one: " + last_failure_ + ")";
  return text;
}

void Channel::add_to(Holdings& held) {
  held.waiting += count(waiting_);
  held.connections += draining_.size();
  for (const auto& connection : {current_, company_}) {
    if (connection == nullptr) continue;
    ++held.connections;
    connection->add_to(held);
  }
  for (const auto& connection : draining_) connection->add_to(held);
}

Destination::Destination(TransportCore& core, std::string address)
    : core_(core), address_(std::move(address)), main_(core, address_), bulk_(core, address_) {}

bool Destination::has_room(std::size_t bytes) const noexcept {
  // A single request larger than the limit goes alone.
  return bytes == 0 || bytes_in_flight_ == 0 || bytes_in_flight_ + bytes <= core_.options.max_bytes_in_flight;
}

Channel& Destination::channel_for(const PendingCall& call) { return call.bulk() ? bulk_ : main_; }

void Destination::admit(PendingCall& call) {
  if (call.bytes_in_flight() == 0 || (blocked_.empty() && has_room(call.bytes_in_flight()))) {
    let_in(call);
  } else {
    blocked_.push_back(call);
  }
}

void Destination::let_in(PendingCall& call) {
  bytes_in_flight_ += call.bytes_in_flight();
  channel_for(call).enqueue(call);
}

// Also from destructors, and about others than the one who leaves.
void Destination::release(const PendingCall& call) try {
  if (call.was_let_in()) bytes_in_flight_ -= call.bytes_in_flight();
  if (core_.closed) return;
  while (WaitNode* node = blocked_.front()) {
    auto* next = static_cast<PendingCall*>(node);
    if (!has_room(next->bytes_in_flight())) break;
    blocked_.pop_front();
    let_in(*next);
  }
} catch (const std::bad_alloc&) {
  detail::end_out_of_memory();
}

void Destination::forget() {
  main_.forget();
  bulk_.forget();
}

void Destination::renew_if_stale() {
  main_.renew_if_stale();
  bulk_.renew_if_stale();
}

void Destination::tell_silence() {
  for (WaitNode& node : blocked_) static_cast<PendingCall&>(node).tell_silence();
}

void Destination::add_to(Holdings& held) {
  held.blocked += count(blocked_);
  held.bytes_in_flight += bytes_in_flight_;
  main_.add_to(held);
  bulk_.add_to(held);
}

void Destination::close(const Status& status) {
  while (WaitNode* node = blocked_.pop_front()) static_cast<PendingCall*>(node)->end_now(status);
  main_.close(status);
  bulk_.close(status);
}

}  // namespace tikv::rpc
