#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/client_core.h"
#include "support/rpc/scripted_server.h"
#include "support/rpc/sim_byte_stream.h"
#include "support/rpc/sim_loop.h"
#include "testing/cluster_model.h"
#include "tikv/async.h"

namespace tikv::test {

/// The whole client over its real transport, down to the bytes of HTTP/2, and a cluster model behind
/// scripted servers, in virtual time: for what connections do, and what the layers above make of it.
class WiredCluster {
 public:
  explicit WiredCluster(const testing::ClusterOptions& options);
  ~WiredCluster();

  /// A client that has met the cluster.
  Result<void> connect(ClientOptions options = {});
  template <class T>
  Result<T> run(Task<T> task) {
    return client->run(std::move(task));
  }

  [[nodiscard]] std::string pd_address(std::uint64_t member) const { return "pd" + std::to_string(member) + ":2379"; }
  [[nodiscard]] std::string store_address(std::uint64_t id) const { return "store" + std::to_string(id) + ":20160"; }
  /// Pings that came, and connections that were tried, since the begin.
  [[nodiscard]] std::size_t pings() const;
  [[nodiscard]] std::size_t attempts() const { return connector->attempts.size(); }
  /// Requests and messages of streams that reached the model.
  std::uint64_t requests = 0;

  std::shared_ptr<rpc::sim::SimLoop> loop = std::make_shared<rpc::sim::SimLoop>();
  testing::ClusterModel cluster;
  rpc::sim::SimConnector* connector = nullptr;
  std::shared_ptr<detail::ClientCore> core;
  std::optional<AsyncRawClient> client;

 private:
  class StreamOfModel;

  void serve(const std::string& address);

  std::unique_ptr<rpc::sim::SimConnector> connector_;
  std::vector<rpc::sim::ScriptedServer*> servers_;  // owned by their links
};

}  // namespace tikv::test
