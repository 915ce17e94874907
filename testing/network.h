#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/loop.h"
#include "rpc/transport.h"
#include "testing/cluster_model.h"
#include "testing/fault_plan.h"

namespace tikv::testing {

namespace network {
struct Core;
}

/// Something that happened in the network, and the truth about it.
struct NetworkEvent {
  enum class Kind : std::uint8_t {
    connected,  ///< a connection was made
    broken,     ///< a connection broke, or none could be made
    opened,     ///< a client opens a stream
    sent,       ///< a client gave a request, or a message of a stream, to its transport
    left,       ///< it was given to the kernel: from now on the client cannot know
    arrived,    ///< it reached the server, which acts on it at this moment
    answered,   ///< the server answered it
    received,   ///< the answer reached the client
    ended,      ///< the client was told that the call or stream ended, with `status`
    abandoned,  ///< the client gave it up
  };
  Kind kind = Kind::sent;
  core::Time at{};
  std::string_view client;
  std::string_view address;
  std::string_view method;     ///< empty for connections
  std::uint64_t exchange = 0;  ///< the call or stream
  std::uint64_t message = 0;   ///< of messages of a client, and of what came of them: its number
  bool stream = false;
  Fate fate{};
  rpc::StatusCode status = rpc::StatusCode::ok;
  std::string_view bytes;
};

[[nodiscard]] std::string_view to_string(NetworkEvent::Kind kind);

/// Told of everything that happens. Changes nothing.
class NetworkListener {
 public:
  NetworkListener() = default;
  NetworkListener(const NetworkListener&) = delete;
  NetworkListener& operator=(const NetworkListener&) = delete;
  virtual ~NetworkListener() = default;
  virtual void on_event(const NetworkEvent& event) = 0;
};

/// Told of all networks of the process, before their own listeners: for tests of whatever any of them carries.
/// Null: nobody is. Called before the first network is made.
void listen_to_all_networks(NetworkListener* listener) noexcept;

/// How long a message takes, one way.
struct Latency {
  core::Duration least = std::chrono::microseconds(50);
  core::Duration most = std::chrono::microseconds(400);
};

/// A simulated gRPC network between clients and the nodes of a cluster model: bytes that travel in
/// virtual time. A client has one connection to each address; unary calls on it may overtake each
/// other, the messages of a stream keep their order; a connection that breaks ends all that is on it.
/// Everything random comes from the seed. The cluster must outlive the network.
class Network {
 public:
  Network(core::Loop& loop, ClusterModel& cluster, std::uint64_t seed);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// A client's end of it. May outlive the network only to be destroyed.
  [[nodiscard]] std::unique_ptr<rpc::Transport> transport(std::string client);

  /// Who decides what becomes of messages; null: all arrive.
  void set_plan(FaultPlan* plan);
  void add_listener(NetworkListener& listener);
  void set_latency(Latency latency);

  /// The process of the node has died: its connections break, and what is under way to it is lost.
  void node_died(Node node);
  /// All connections to the node break. What is under way may still arrive.
  void break_connections(Node node);
  /// All connections to the node die without a word: what is under way on them and what is sent later is
  /// lost, and nobody is told. New connections are made as ever.
  void kill_silently(Node node);
  /// While silent, a node takes connections, and nothing else passes in either direction.
  void set_silent(Node node, bool silent);
  /// Everything from and to the node takes this much longer.
  void set_slow(Node node, core::Duration extra);

  [[nodiscard]] std::size_t open_calls() const;
  [[nodiscard]] std::size_t open_streams() const;
  [[nodiscard]] std::size_t connections() const;
  /// Messages numbered so far.
  [[nodiscard]] std::uint64_t messages() const;

 private:
  std::shared_ptr<network::Core> core_;
};

}  // namespace tikv::testing
