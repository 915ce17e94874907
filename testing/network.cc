#include "testing/network.h"

#include <utility>

#include "testing/network_core.h"

namespace tikv::testing {

using network::Core;
using network::Endpoint;

void listen_to_all_networks(NetworkListener* listener) noexcept { network::listener_of_all = listener; }

std::string_view to_string(NetworkEvent::Kind kind) {
  switch (kind) {
    case NetworkEvent::Kind::connected:
      return "connected";
    case NetworkEvent::Kind::broken:
      return "broken";
    case NetworkEvent::Kind::opened:
      return "opened";
    case NetworkEvent::Kind::sent:
      return "sent";
    case NetworkEvent::Kind::left:
      return "left";
    case NetworkEvent::Kind::arrived:
      return "arrived";
    case NetworkEvent::Kind::answered:
      return "answered";
    case NetworkEvent::Kind::received:
      return "received";
    case NetworkEvent::Kind::ended:
      return "ended";
    case NetworkEvent::Kind::abandoned:
      return "abandoned";
  }
  return "unknown";
}

namespace {

class SimTransport final : public rpc::Transport {
 public:
  SimTransport(std::shared_ptr<Core> core, std::string client) : endpoint_(std::make_shared<Endpoint>()) {
    endpoint_->core = std::move(core);
    endpoint_->client = std::move(client);
  }
  ~SimTransport() override {
    endpoint_->closed = true;
    endpoint_->listener = nullptr;
    endpoint_->connections.clear();
  }

  std::unique_ptr<rpc::Call> unary(rpc::CallStart start, std::string request, rpc::UnaryHandler& handler) override {
    return network::make_call(endpoint_, std::move(start), std::move(request), handler);
  }
  std::unique_ptr<rpc::Stream> stream(rpc::CallStart start, rpc::StreamHandler& handler) override {
    return network::make_stream(endpoint_, start, handler);
  }
  /// What is on the connection stays on it; the next call makes a new one.
  void forget(std::string_view address) override {
    const auto found = endpoint_->connections.find(address);
    if (found != endpoint_->connections.end()) endpoint_->connections.erase(found);
  }
  bool any_silent() const noexcept override { return endpoint_->any_silent(); }
  bool silent(std::string_view address) const noexcept override { return endpoint_->silent(address); }
  void set_connection_listener(rpc::ConnectionListener* listener) override { endpoint_->listener = listener; }
  void close() override {
    if (std::exchange(endpoint_->closed, true)) return;
    for (const auto& [address, connection] : endpoint_->connections) connection->closed_by_client();
    endpoint_->connections.clear();
    for (const auto& [id, weak] : endpoint_->riders) {
      endpoint_->core->schedule.after({}, [rider = weak] {
        if (const auto alive = rider.lock()) alive->broken(rpc::Failure::closed, "the transport is closed");
      });
    }
  }

 private:
  std::shared_ptr<Endpoint> endpoint_;
};

}  // namespace

Network::Network(core::Loop& loop, ClusterModel& cluster, std::uint64_t seed)
    : core_(std::make_shared<Core>(loop, cluster, seed)) {
  cluster.on_stop([this](Node node) { node_died(node); });
}

Network::~Network() {
  core_->cluster.on_stop(nullptr);
  core_->plan = nullptr;
  core_->listeners.clear();
  core_->schedule.clear();
}

std::unique_ptr<rpc::Transport> Network::transport(std::string client) {
  return std::make_unique<SimTransport>(core_, std::move(client));
}

void Network::set_plan(FaultPlan* plan) { core_->plan = plan; }

void Network::add_listener(NetworkListener& listener) { core_->listeners.push_back(&listener); }

void Network::set_latency(Latency latency) { core_->latency = latency; }

void Network::node_died(Node node) {
  for (const auto& weak : core_->connections) {
    const auto connection = weak.lock();
    if (connection && connection->open() && connection->node() == node) connection->server_died();
  }
}

void Network::break_connections(Node node) {
  for (const auto& weak : core_->connections) {
    const auto connection = weak.lock();
    if (connection && connection->open() && connection->node() == node) connection->break_later();
  }
}

void Network::kill_silently(Node node) {
  for (const auto& weak : core_->connections) {
    const auto connection = weak.lock();
    if (connection && connection->open() && connection->node() == node) connection->die_silently();
  }
}

// What is silent for too long is pinged in vain, and its connections are given up.
void Network::set_silent(Node node, bool silent) {
  core_->silent[node] = silent;
  if (!silent) return;
  core_->schedule.after(std::chrono::seconds(13), [this, node] {
    if (core_->is_silent(node)) break_connections(node);
  });
}

void Network::set_slow(Node node, core::Duration extra) { core_->extra[node] = extra; }

std::size_t Network::open_calls() const { return core_->open_calls; }

std::size_t Network::open_streams() const { return core_->open_streams; }

std::size_t Network::connections() const {
  std::size_t alive = 0;
  for (const auto& weak : core_->connections) {
    const auto connection = weak.lock();
    if (connection && connection->usable()) ++alive;
  }
  return alive;
}

std::uint64_t Network::messages() const { return core_->next_message; }

}  // namespace tikv::testing
