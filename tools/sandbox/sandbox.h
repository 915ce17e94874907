#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "model_loop.h"
#include "options.h"
#include "server.h"
#include "testing/cluster_model.h"

namespace tikv::sandbox {

/// A cluster model and its servers.
class Sandbox {
 public:
  explicit Sandbox(const Options& options);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Listens on all ports, then answers. An empty text, or why it cannot.
  [[nodiscard]] std::string start();
  void stop();

  [[nodiscard]] std::string pd_address() const { return pd_.address(); }
  [[nodiscard]] std::size_t region_count();
  [[nodiscard]] std::string report();

 private:
  int pd_port_;
  ModelLoop loop_;
  testing::ClusterModel cluster_;
  Server pd_;
  std::vector<std::unique_ptr<Server>> stores_;
  std::thread timers_;
};

}  // namespace tikv::sandbox
