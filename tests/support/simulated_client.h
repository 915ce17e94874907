#pragma once

#include <memory>
#include <utility>

#include "api/client_core.h"
#include "support/cluster_transport.h"
#include "testing/cluster_model.h"
#include "testing/sim_loop.h"
#include "tikv/async.h"

namespace tikv::test {

/// A cluster and a client of it in virtual time, on one thread.
class SimulatedClient {
 public:
  explicit SimulatedClient(testing::ClusterOptions cluster_options = {}, std::uint64_t seed = 1)
      : loop(std::make_shared<testing::SimLoop>(seed)), cluster(*loop, cluster_options) {
    cluster.set_pd_address("pd1:2379");
    options.pd_addresses = {"pd1:2379"};
    options.observer = silent_observer();
    for (const auto& [id, store] : cluster.regions().stores()) {
      addresses_.emplace_back(id, "store" + std::to_string(id) + ":20160");
    }
    for (const auto& [id, address] : addresses_) cluster.set_store_address(id, address);
  }

  /// Makes the client and meets the cluster.
  Result<void> connect() {
    detail::World world;
    world.loop = loop;
    auto owned = std::make_unique<ClusterTransport>(*loop, cluster);
    transport = owned.get();
    transport->fate = fate;
    world.transport = std::move(owned);
    world.stop_loop = [] {};
    core = std::make_shared<detail::ClientCore>(options, std::move(world));
    client.emplace(detail::ClientAccess::wrap(core));
    return core->connect();
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return client->run(std::move(task));
  }

  std::shared_ptr<testing::SimLoop> loop;
  testing::ClusterModel cluster;
  ClientOptions options;
  std::function<Fate(const CallSeen&)> fate;
  ClusterTransport* transport = nullptr;
  std::shared_ptr<detail::ClientCore> core;
  std::optional<AsyncRawClient> client;

 private:
  std::vector<std::pair<std::uint64_t, std::string>> addresses_;
};

}  // namespace tikv::test
