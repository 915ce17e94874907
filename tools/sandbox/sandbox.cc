#include "sandbox.h"

#include <grpc/grpc.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <utility>
#include <vector>

namespace tikv::sandbox {

namespace {

using std::chrono::milliseconds;
using testing::Node;

constexpr milliseconds patience_at_the_end{200};

}  // namespace

Sandbox::Sandbox(const Options& options, std::unique_ptr<Durable> durable)
    : options_(options),
      cluster_(loop_, options.cluster),
      durable_(std::move(durable)),
      control_(*this, options.chaos) {
  grpc_init();  // calls that the model holds may outlive all servers
  for (const testing::Keyspace& keyspace : cluster_.pd().keyspaces()) {
    if (keyspace.id > 0 && options.cluster.api != testing::StorageApi::v2) break;
    for (const std::string& key : options.split_keys) {
      const std::string stored = cluster_.stored_key(key, keyspace.id);
      cluster_.split(stored);
      cluster_.regions().balance_leader(cluster_.regions().region_of(stored).meta.id);
    }
  }
  // A question can bring a store down: its server then goes, too.
  cluster_.on_stop([this](Node) { control_.post([this] { close_what_died(); }); });
}

Sandbox::~Sandbox() {
  stop();
  grpc_shutdown();
}

std::shared_ptr<Server> Sandbox::listen(Node node, int port) {
  ControlHandler handler;
  if (node.kind == Node::Kind::pd) {
    handler = [this](std::string request, testing::Reply reply) {
      control_.handle(std::move(request), std::move(reply));
    };
  }
  auto server = std::make_shared<Server>(loop_, cluster_, node, std::move(handler));
  return server->listen(port) ? server : nullptr;
}

std::string Sandbox::restore() {
  if (!durable_) return {};
  if (std::string why = durable_->restore(cluster_); !why.empty()) return options_.data_dir + ": " + why;
  commits_ = std::make_unique<GroupCommit>(*durable_);
  loop_.set_turn_end(commits_.get());
  commits_->start();
  return {};
}

std::string Sandbox::start() {
  if (std::string why = restore(); !why.empty()) return why;
  for (const testing::PdMember& member : cluster_.pd().members().all()) {
    const int port = member.id == 1 ? options_.pd_port : 0;
    auto server = listen(Node::pd(member.id), port);
    if (!server) {
      return "cannot listen on 127.0.0.1:" + std::to_string(port) +
             ": is the port in use? --pd-port 0 takes a free one";
    }
    cluster_.pd().members().set_address(member.id, server->address());
    servers_[server->node()] = std::move(server);
  }
  for (const auto& [id, store] : cluster_.regions().stores()) {
    auto server = listen(Node::of_store(id), 0);
    if (!server) return "no port to be had for a store on 127.0.0.1";
    cluster_.set_store_address(id, server->address());
    servers_[server->node()] = std::move(server);
  }
  timers_ = std::thread([this] { loop_.serve(); });
  for (const auto& [node, server] : servers_) server->start();
  control_.start();
  return {};
}

// Clients hear of it from PD first, then from the stores.
void Sandbox::stop() {
  control_.stop();
  for (const auto& [node, server] : servers_) server->stop(patience_at_the_end);
  loop_.stop();
  if (timers_.joinable()) timers_.join();
  if (commits_) commits_->stop();
}

void Sandbox::with_cluster(const std::function<void(testing::ClusterModel&)>& work) {
  std::exception_ptr thrown;  // not through the loop
  loop_.enter([&] {
    try {
      work(cluster_);
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  if (thrown) std::rethrow_exception(thrown);
}

bool Sandbox::is_running(Node node) {
  bool running = false;
  with_cluster([&](testing::ClusterModel& cluster) {
    const testing::StoreState* store = cluster.regions().store(node.id);
    running =
        node.kind == Node::Kind::pd ? cluster.pd().members().running(node.id) : store != nullptr && store->running;
  });
  return running;
}

int Sandbox::port_of(Node node) {
  std::string address;
  with_cluster([&](testing::ClusterModel& cluster) {
    if (node.kind == Node::Kind::pd) {
      const testing::PdMember* member = cluster.pd().members().member(node.id);
      if (member != nullptr) address = member->address;
    } else if (const testing::StoreState* store = cluster.regions().store(node.id)) {
      address = store->meta.address;
    }
  });
  return address.empty() ? 0 : std::atoi(address.substr(address.rfind(':') + 1).c_str());
}

std::string Sandbox::stop_node(Node node) {
  const auto serving = servers_.find(node);
  if (serving != servers_.end()) {
    serving->second->stop({});
    servers_.erase(serving);
  }
  std::string why;
  with_cluster([&](testing::ClusterModel& cluster) {
    why = node.kind == Node::Kind::pd ? cluster.stop_pd(node.id) : cluster.stop_store(node.id);
  });
  return why;
}

std::string Sandbox::start_node(Node node, std::string_view port) {
  if (servers_.contains(node)) return "it is running";
  const int old = port_of(node);
  if (old == 0) return "there is none of that number";
  int wanted = old;
  if (port == "new") {
    wanted = 0;
  } else if (port != "same") {
    const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), wanted);
    if (problem != std::errc() || end != port.data() + port.size() || wanted < 1 || wanted > 65535) {
      return "'" + std::string(port) + "' is no port";
    }
  }
  auto server = listen(node, wanted);
  if (server && port == "new" && server->port() == old) {
    const auto other = listen(node, 0);  // while the old one is taken
    server = other;
  }
  if (!server) return "cannot listen on 127.0.0.1:" + std::to_string(wanted) + ": is the port in use?";
  std::string why;
  with_cluster([&](testing::ClusterModel& cluster) {
    why = node.kind == Node::Kind::pd ? cluster.start_pd(node.id, server->address())
                                      : cluster.start_store(node.id, server->address());
  });
  if (!why.empty()) return why;
  server->start();
  servers_[node] = std::move(server);
  return {};
}

void Sandbox::close_what_died() {
  std::vector<Node> dead;
  for (const auto& [node, server] : servers_) {
    if (!is_running(node)) dead.push_back(node);
  }
  for (const Node node : dead) {
    servers_[node]->stop({});
    servers_.erase(node);
  }
}

std::vector<std::string> Sandbox::pd_addresses() {
  std::vector<std::string> addresses;
  with_cluster([&](testing::ClusterModel& cluster) {
    for (const testing::PdMember& member : cluster.pd().members().all()) addresses.push_back(member.address);
  });
  return addresses;
}

std::size_t Sandbox::region_count() {
  std::size_t count = 0;
  with_cluster([&](testing::ClusterModel& cluster) { count = cluster.regions().region_count(); });
  return count;
}

std::string Sandbox::report() {
  std::string text;
  with_cluster([&](testing::ClusterModel& cluster) { text = cluster.report(); });
  return text;
}

}  // namespace tikv::sandbox
