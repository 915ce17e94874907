#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "control.h"
#include "durable.h"
#include "group_commit.h"
#include "model_loop.h"
#include "options.h"
#include "server.h"
#include "testing/cluster_model.h"

namespace tikv::sandbox {

/// A cluster model and its servers.
class Sandbox {
 public:
  /// With what has kept the data, or null: it is in memory only.
  Sandbox(const Options& options, std::unique_ptr<Durable> durable);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Listens on all ports, then answers. An empty text, or why it cannot.
  [[nodiscard]] std::string start();
  void stop();

  /// Addresses of the members of PD.
  [[nodiscard]] std::vector<std::string> pd_addresses();
  [[nodiscard]] std::size_t region_count();
  [[nodiscard]] std::string report();

  // For the thread of the control service alone.

  /// Runs `work` on the cluster, when nobody else does.
  void with_cluster(const std::function<void(testing::ClusterModel&)>& work);
  /// Breaks the node's connections and closes its port; the model learns of it then.
  [[nodiscard]] std::string stop_node(testing::Node node);
  /// `port`: "same", "new", or a number.
  [[nodiscard]] std::string start_node(testing::Node node, std::string_view port);

 private:
  [[nodiscard]] std::shared_ptr<Server> listen(testing::Node node, int port);
  [[nodiscard]] int port_of(testing::Node node);
  [[nodiscard]] bool is_running(testing::Node node);
  [[nodiscard]] std::string restore();
  void close_what_died();

  Options options_;
  ModelLoop loop_;
  testing::ClusterModel cluster_;
  std::unique_ptr<Durable> durable_;
  std::unique_ptr<GroupCommit> commits_;
  std::map<testing::Node, std::shared_ptr<Server>> servers_;  // of the nodes that run
  std::thread timers_;
  Control control_;
};

}  // namespace tikv::sandbox
