#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/net/listener.h"

namespace tikv::testing_support {

/// A port in front of another one that carries bytes both ways, until it is told not to: like a load
/// balancer, it then keeps its connections, and the kernels of both ends see nothing of it.
class ForwardingProxy {
 public:
  explicit ForwardingProxy(std::string target);
  /// Closes everything.
  ~ForwardingProxy();
  ForwardingProxy(const ForwardingProxy&) = delete;
  ForwardingProxy& operator=(const ForwardingProxy&) = delete;

  [[nodiscard]] std::string address() const { return listener_.address(); }
  /// Carries nothing more on the connections that exist; new ones are served.
  void abandon() { ++generation_; }
  /// Carries nothing on any connection, also on those that it still takes.
  void freeze() { frozen_ = true; }
  void thaw() { frozen_ = false; }
  /// Connections taken so far.
  [[nodiscard]] std::size_t taken() const { return taken_; }

 private:
  /// The two sides of a connection, and what was read from one and is not with the other yet.
  struct Pair {
    Descriptor client;
    Descriptor server;
    std::string to_server;
    std::string to_client;
    int generation = 0;
    bool over = false;
  };

  void run();
  void take();
  void carry(Pair& pair) const;

  const std::string target_;
  Listener listener_;
  std::vector<std::unique_ptr<Pair>> pairs_;  // of the thread
  std::atomic<int> generation_{0};
  std::atomic<bool> frozen_{false};
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> taken_{0};
  std::thread thread_;
};

}  // namespace tikv::testing_support
