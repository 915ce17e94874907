#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>

#include "model_loop.h"
#include "testing/cluster_model.h"

namespace tikv::sandbox {

/// Takes the calls that are for the sandbox itself, not for the cluster.
using ControlHandler = std::function<void(std::string request, testing::Reply reply)>;

/// One node's gRPC server, on one port of this machine, from its start to its stop: it knows no
/// messages, it hands the bytes of every call to the model. Its calls own a share of it.
class Server : public std::enable_shared_from_this<Server> {
 public:
  Server(ModelLoop& loop, testing::ClusterModel& cluster, testing::Node node, ControlHandler control = nullptr);
  /// Ends all calls and closes the port.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens on 127.0.0.1; port 0 is any free one. False if the port cannot be had.
  bool listen(int port);
  /// Answers calls from now on.
  void start();
  /// Calls that are open have this long to end; then their connections are broken.
  void stop(std::chrono::milliseconds patience);
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // For its calls.
  [[nodiscard]] ModelLoop& loop() { return loop_; }
  [[nodiscard]] testing::ClusterModel& cluster() { return cluster_; }
  [[nodiscard]] testing::Node node() const { return node_; }
  [[nodiscard]] grpc::AsyncGenericService& service() { return service_; }
  [[nodiscard]] grpc::ServerCompletionQueue& queue() { return *queue_; }
  /// Null if a call of this method is not for the sandbox itself.
  [[nodiscard]] const ControlHandler* control(std::string_view method) const;
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
  ControlHandler control_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_mutex gate_;
  bool open_ = false;
  std::thread poller_;
  int port_ = 0;
};

}  // namespace tikv::sandbox
