#include <algorithm>
#include <utility>

#include "testing/network_core.h"

namespace tikv::testing::network {

namespace {

// What the real transport does with pings and second connections (`rpc::SilenceRules`), told as its outcome.
constexpr core::Duration trusted_for = std::chrono::seconds(5);
constexpr core::Duration owed_before_doubt = std::chrono::milliseconds(700);
constexpr core::Duration proof_before_doubt = std::chrono::milliseconds(200);
constexpr core::Duration doubt_before_silence = std::chrono::milliseconds(300);
constexpr core::Duration between_tellings = std::chrono::milliseconds(500);
constexpr core::Duration lost_beside_another = std::chrono::seconds(3);
constexpr core::Duration lost_after = std::chrono::seconds(13);

}  // namespace

Fate Core::draw(MessageSeen& message) {
  message.number = next_message++;
  return plan == nullptr ? Fate{} : plan->fate(message);
}

std::shared_ptr<Connection> Endpoint::connection_to(const std::string& address) {
  std::shared_ptr<Connection>& place = connections[address];
  if (!place || !place->usable()) {
    place = std::make_shared<Connection>(*core, shared_from_this(), address);
    std::erase_if(core->connections, [](const auto& known) { return known.expired(); });
    core->connections.push_back(place);
    place->connect();
  }
  return place;
}

Connection::Connection(Core& core, const std::shared_ptr<Endpoint>& endpoint, std::string address)
    : core_(core),
      endpoint_(endpoint),
      since_(core.loop.now()),
      client_(endpoint->client),
      address_(std::move(address)) {}

void Connection::tell_opened() {
  const core::Time now = core_.loop.now();
  const core::Duration took = now - std::exchange(since_, now);
  const auto endpoint = endpoint_.lock();
  if (endpoint && endpoint->listener != nullptr) endpoint->listener->on_opened(address_, took);
}

void Connection::tell_ended(const std::string& why) {
  const auto endpoint = endpoint_.lock();
  if (!endpoint || endpoint->listener == nullptr) return;
  endpoint->listener->on_ended(address_, why, state_ == State::open, core_.loop.now() - since_);
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
    self->heard();
    self->tell_opened();
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
  tell_ended(why);
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

bool Endpoint::any_silent() const {
  return std::any_of(connections.begin(), connections.end(),
                     [](const auto& place) { return place.second->found_silent(); });
}

bool Endpoint::silent(std::string_view address) const {
  const auto found = connections.find(address);
  return found != connections.end() && found->second->found_silent();
}

bool Connection::is_trusted() const {
  if (found_silent_ || superseded_) return false;
  return !silent() || core_.loop.now() - heard_at_ < trusted_for;
}

void Connection::watch() {
  if (watched_ || state_ != State::open || !silent()) return;
  watched_ = true;
  watched_since_ = core_.loop.now();
  core_.schedule.after(is_trusted() ? owed_before_doubt : proof_before_doubt,
                       [self = shared_from_this()] { self->look_for_life(); });
}

void Connection::look_for_life() {
  if (state_ != State::open) return;
  const auto again = [this](core::Duration wait) {
    core_.schedule.after(wait, [self = shared_from_this()] { self->look_for_life(); });
  };
  if (!silent()) {
    watched_ = found_silent_ = false;
    heard();
    return tell_all(&Rider::trusted);
  }
  if (superseded_ || core_.loop.now() - watched_since_ >= lost_after) {
    return fail(rpc::Failure::connection_lost, address_ + " did not answer a ping");
  }
  if (dead_ && !core_.is_silent(node_)) {
    superseded_ = true;
    found_silent_ = false;
    again(lost_beside_another);
    tell_all(&Rider::superseded);
    return tell_all(&Rider::silence);
  }
  const bool found = core_.loop.now() - watched_since_ >= proof_before_doubt + doubt_before_silence;
  again(found ? between_tellings : doubt_before_silence);
  if (!found) return;
  found_silent_ = true;
  tell_all(&Rider::silence);
}

// A rider may take itself or others off, or put new ones on.
void Connection::tell_all(void (Rider::*what)()) {
  const auto self = shared_from_this();
  const std::uint64_t newest = riders_.empty() ? 0 : riders_.rbegin()->first;
  for (std::uint64_t last = 0;;) {
    const auto next = riders_.upper_bound(last);
    if (next == riders_.end() || next->first > newest) return;
    last = next->first;
    (next->second->*what)();
  }
}

void Connection::server_died() {
  server_gone_ = true;
  break_later();
}

bool Connection::reaches_server(bool late) {
  if (server_gone_ || (dead_ && !late)) return false;
  const auto listening = core_.cluster.node_at(address_);
  if (!listening || *listening != node_) {
    server_died();
    return false;
  }
  return late || state_ != State::broken || !loses_what_is_under_way_;
}

}  // namespace tikv::testing::network
