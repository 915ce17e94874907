#include "testing/simulation.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace tikv::testing {

namespace {

/// A test that goes on would hide it.
[[noreturn]] void end_the_process(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

std::string usual_address(std::uint64_t store) { return "store" + std::to_string(store) + ":20160"; }

}  // namespace

SimClient::SimClient(std::string name, std::shared_ptr<NodeLoop> loop, Network& network, const ClientOptions& options)
    : name_(std::move(name)), loop_(std::move(loop)) {
  detail::World world;
  world.loop = loop_;
  world.transport = network.transport(name_);
  world.stop_loop = [] {};
  core_ = std::make_shared<detail::ClientCore>(options, std::move(world));
  raw_.emplace(detail::ClientAccess::wrap(core_));
}

SimClient::~SimClient() = default;

Simulation::Simulation(const SimulationOptions& options)
    : seed_(options.seed),
      loop_(std::make_shared<SimLoop>(options.seed)),
      timeline_(*loop_, options.lines_kept),
      requests_(options.complain ? options.complain : end_the_process),
      later_(*loop_) {
  ClusterOptions cluster = options.cluster;
  if (cluster.cluster_id == 0) cluster.cluster_id = drawn_cluster_id(options.seed);
  cluster_ = std::make_unique<ClusterModel>(*loop_, cluster);
  network_ = std::make_unique<Network>(*loop_, *cluster_, seed_);
  network_->add_listener(timeline_);
  network_->add_listener(requests_);
  for (const PdMember& member : cluster_->pd().members().all()) {
    cluster_->pd().members().set_address(member.id, "pd" + std::to_string(member.id) + ":2379");
  }
  for (const auto& [id, store] : cluster_->regions().stores()) cluster_->set_store_address(id, usual_address(id));
}

Simulation::~Simulation() { clients_.clear(); }

ClientOptions Simulation::client_options() const {
  ClientOptions options;
  for (const PdMember& member : cluster_->pd().members().all()) options.pd_addresses.push_back(member.address);
  options.observer = silent_observer();
  return options;
}

SimClient& Simulation::add_client(const ClientOptions& options) {
  std::string name = "client" + std::to_string(next_client_++);
  RequestManners manners{cluster_->cluster_id(), options.atomic, options.api_version, 0};
  for (const Keyspace& keyspace : cluster_->pd().keyspaces()) {
    if (keyspace.name == options.keyspace) manners.keyspace_id = keyspace.id;
  }
  requests_.expect(name, manners);
  auto loop = std::make_shared<NodeLoop>(loop_, seed_, name);
  clients_.push_back(std::make_unique<SimClient>(std::move(name), std::move(loop), *network_, options));
  return *clients_.back();
}

void Simulation::remove_client(const SimClient& client) {
  std::erase_if(clients_, [&](const auto& known) { return known.get() == &client; });
}

std::string Simulation::noted(const std::string& what, std::string refused) {
  timeline_.note("cluster", refused.empty() ? what : what + ": not possible, " + refused);
  return refused;
}

std::string Simulation::split(const std::string& key) {
  return noted("splits a region at " + printable(key), cluster_->split(key));
}

std::string Simulation::merge(std::uint64_t source, std::uint64_t target) {
  return noted("merges region " + std::to_string(source) + " into " + std::to_string(target),
               cluster_->merge(source, target));
}

std::string Simulation::move_leader(std::uint64_t region, std::uint64_t store) {
  return noted("moves the leader of region " + std::to_string(region) + " to store " + std::to_string(store),
               cluster_->transfer_leader(region, store));
}

std::string Simulation::stop_store(std::uint64_t store) {
  return noted("stops store " + std::to_string(store), cluster_->stop_store(store));
}

std::string Simulation::start_store(std::uint64_t store, const std::string& address) {
  return noted("starts store " + std::to_string(store) + (address.empty() ? "" : " at " + address),
               cluster_->start_store(store, address));
}

std::string Simulation::swap_addresses(std::uint64_t one, std::uint64_t other) {
  return noted("stores " + std::to_string(one) + " and " + std::to_string(other) + " swap addresses",
               cluster_->swap_addresses(one, other));
}

}  // namespace tikv::testing
