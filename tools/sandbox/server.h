#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <shared_mutex>
#include <string>
#include <thread>

#include "model_loop.h"
#include "testing/cluster_model.h"

namespace tikv::sandbox {

/// One node's gRPC server, on one port of this machine: it knows no messages, it hands the bytes of
/// every call to the model.
class Server {
 public:
  Server(ModelLoop& loop, testing::ClusterModel& cluster, testing::Node node);
  /// Ends all calls and closes the port.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens on 127.0.0.1; port 0 is any free one. False if the port cannot be had.
  bool listen(int port);
  /// Answers calls from now on.
  void start();
  void stop();
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // For its calls.
  [[nodiscard]] ModelLoop& loop() { return loop_; }
  [[nodiscard]] testing::ClusterModel& cluster() { return cluster_; }
  [[nodiscard]] testing::Node node() const { return node_; }
  [[nodiscard]] grpc::AsyncGenericService& service() { return service_; }
  [[nodiscard]] grpc::ServerCompletionQueue& queue() { return *queue_; }
  /// Runs `operation`, which puts something on the queue, unless the queue has been shut down.
  template <class Operation>
  bool while_open(const Operation& operation) {
    const std::shared_lock lock(gate_);
    if (!open_) return false;
    operation();
    return true;
  }

 private:
  void poll();

  ModelLoop& loop_;
  testing::ClusterModel& cluster_;
  testing::Node node_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_mutex gate_;
  bool open_ = false;
  std::thread poller_;
  int port_ = 0;
};

}  // namespace tikv::sandbox
