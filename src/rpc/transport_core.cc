#include "rpc/transport_core.h"

#include <utility>

#include "rpc/channel.h"
#include "rpc/pending_call.h"

#ifndef TIKV_VERSION
#define TIKV_VERSION "unknown"
#endif

namespace tikv::rpc {
namespace {

constexpr std::size_t read_buffer_size = std::size_t{64} << 10;
// Whoever answers each failure with another doomed call must not hold up the loop.
constexpr unsigned most_told_at_once = 10'000;

}  // namespace

TransportCore::TransportCore(core::Loop& its_loop, Connector& its_connector, const TransportOptions& its_options)
    : loop(its_loop),
      connector(its_connector),
      options(its_options),
      user_agent("tikv-cpp/" TIKV_VERSION),
      read_buffer(read_buffer_size) {}

TransportCore::~TransportCore() = default;

Destination& TransportCore::destination(std::string_view address) {
  if (Destination* known = find(address)) return *known;
  std::string name(address);
  auto made = std::make_unique<Destination>(*this, name);
  return *destinations_.emplace(std::move(name), std::move(made)).first->second;
}

Destination* TransportCore::find(std::string_view address) noexcept {
  const auto found = destinations_.find(address);
  return found == destinations_.end() ? nullptr : found->second.get();
}

void TransportCore::close() {
  if (closed) return;
  closed = true;
  for (auto& [address, destination] : destinations_) {
    destination->close({StatusCode::unavailable, "the transport was closed", Failure::closed});
  }
}

void TransportCore::renew_stale() {
  for (const auto& [address, destination] : destinations_) destination->renew_if_stale();
}

Holdings TransportCore::holdings() {
  Holdings held;
  held.untold = count(ready_);
  for (auto& [address, destination] : destinations_) destination->add_to(held);
  return held;
}

void TransportCore::mark_ready(PendingCall& call, bool first) {
  if (first) {
    ready_.push_front(call);
  } else if (!call.ReadyNode::linked()) {
    ready_.push_back(call);
  }
  if (turns_ == 0) post_delivery();
}

void TransportCore::post_delivery() {
  if (delivery_posted_) return;
  loop.post([self = shared_from_this()] {
    self->delivery_posted_ = false;
    Turn turn(*self);
  });
  delivery_posted_ = true;  // only what was posted
}

void TransportCore::deliver() {
  for (unsigned told = 0; told < most_told_at_once; ++told) {
    ReadyNode* node = ready_.pop_front();
    if (node == nullptr) return;
    static_cast<PendingCall*>(node)->deliver_next();
  }
  post_delivery();
}

}  // namespace tikv::rpc
