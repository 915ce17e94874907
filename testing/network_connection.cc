#include <utility>

#include "testing/network_core.h"

namespace tikv::testing::network {

Fate Core::draw(MessageSeen& message) {
  message.number = next_message++;
  return plan == nullptr ? Fate{} : plan->fate(message);
}

std::shared_ptr<Connection> Endpoint::connection_to(const std::string& address) {
  std::shared_ptr<Connection>& place = connections[address];
  if (!place || !place->usable()) {
    place = std::make_shared<Connection>(*core, client, address);
    std::erase_if(core->connections, [](const auto& known) { return known.expired(); });
    core->connections.push_back(place);
    place->connect();
  }
  return place;
}

void Connection::connect() {
  core_.schedule.after(core_.one_way(node_) + core_.one_way(node_), [self = shared_from_this()] {
    if (self->state_ != State::connecting) return;
    NetworkEvent event;
    event.client = self->client_;
    event.address = self->address_;
    const auto listening = self->core_.cluster.node_at(self->address_);
    if (!listening) {
      self->fail(rpc::Failure::connect, "connect to " + self->address_ + ": refused");
      return;
    }
    event.kind = NetworkEvent::Kind::connected;
    self->core_.tell(event);
    self->node_ = *listening;
    self->state_ = State::open;
    // A rider may take itself or others off, or put new ones on.
    std::uint64_t last = 0;
    while (self->state_ == State::open) {
      const auto next = self->riders_.upper_bound(last);
      if (next == self->riders_.end()) break;
      last = next->first;
      next->second->connected();
    }
  });
}

void Connection::fail(rpc::Failure failure, const std::string& why) {
  if (state_ == State::broken) return;
  const auto self = shared_from_this();
  state_ = State::broken;
  loses_what_is_under_way_ = core_.random.chance(500);
  NetworkEvent event;
  event.kind = NetworkEvent::Kind::broken;
  event.client = client_;
  event.address = address_;
  core_.tell(event);
  while (!riders_.empty()) {
    Rider* const rider = riders_.begin()->second;
    riders_.erase(riders_.begin());
    rider->broken(failure, why);
  }
}

void Connection::server_died() {
  server_gone_ = true;
  break_later();
}

bool Connection::reaches_server(bool late) {
  if (server_gone_) return false;
  const auto listening = core_.cluster.node_at(address_);
  if (!listening || *listening != node_) {
    server_died();
    return false;
  }
  return late || state_ != State::broken || !loses_what_is_under_way_;
}

}  // namespace tikv::testing::network
