#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "testing/network.h"
#include "testing/random.h"
#include "testing/schedule.h"

/// The parts of `Network`; nobody else's business.
namespace tikv::testing::network {

class Connection;
struct Endpoint;

/// See `listen_to_all_networks`.
inline NetworkListener* listener_of_all = nullptr;

/// A call or a stream that rides on a connection.
class Rider {
 public:
  Rider() = default;
  Rider(const Rider&) = delete;
  Rider& operator=(const Rider&) = delete;
  virtual ~Rider() = default;

  /// The connection is there.
  virtual void connected() = 0;
  /// Ends the rider; it takes itself off.
  virtual void broken(rpc::Failure failure, const std::string& why) = 0;
  /// The peer gives no sign of life.
  virtual void silence() = 0;
  /// The connection was in doubt, and lives.
  virtual void trusted() = 0;
  /// The connection is dead, and another one can be had.
  virtual void superseded() = 0;
};

/// What all parts of one network share.
struct Core {
  Core(core::Loop& on, ClusterModel& model, std::uint64_t seed)
      : loop(on), cluster(model), schedule(on), random(seed, "network") {}
  ~Core() { schedule.clear(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  [[nodiscard]] core::Duration one_way(Node node) {
    const auto slow = extra.find(node);
    return random.between(latency.least, latency.most) + (slow == extra.end() ? core::Duration{} : slow->second);
  }
  [[nodiscard]] bool is_silent(Node node) const {
    const auto found = silent.find(node);
    return found != silent.end() && found->second;
  }
  /// Numbers the message and asks the plan.
  [[nodiscard]] Fate draw(MessageSeen& message);
  void tell(NetworkEvent event) {
    event.at = loop.now();
    if (listener_of_all != nullptr) listener_of_all->on_event(event);
    for (NetworkListener* listener : listeners) listener->on_event(event);
  }

  core::Loop& loop;
  ClusterModel& cluster;
  Schedule schedule;
  Random random;
  Latency latency;
  FaultPlan* plan = nullptr;
  std::vector<NetworkListener*> listeners;
  std::map<Node, core::Duration> extra;
  std::map<Node, bool> silent;
  std::vector<std::weak_ptr<Connection>> connections;
  std::uint64_t next_message = 0;
  std::uint64_t next_exchange = 1;
  std::size_t open_calls = 0;
  std::size_t open_streams = 0;
};

/// A client's connection to an address, from the attempt to make it until it breaks.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Core& core, const std::shared_ptr<Endpoint>& endpoint, std::string address);

  void connect();
  /// Riders are told of the connection in their order, which is that of their ids.
  void add(std::uint64_t id, Rider& rider) { riders_.emplace(id, &rider); }
  void remove(std::uint64_t id) { riders_.erase(id); }

  [[nodiscard]] bool usable() const { return state_ != State::broken && !superseded_; }
  [[nodiscard]] bool open() const { return state_ == State::open; }
  [[nodiscard]] Node node() const { return node_; }
  [[nodiscard]] const std::string& client() const { return client_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] core::Duration one_way() { return core_.one_way(node_); }
  [[nodiscard]] bool silent() const { return dead_ || core_.is_silent(node_); }
  /// Dies without a word: what is sent on it is lost from now on, and nothing tells so.
  void die_silently() { dead_ = true; }
  /// Something came from the server.
  void heard() { heard_at_ = core_.loop.now(); }
  /// May what is sent now go onto it? As the real transport has it: not if it is in doubt, and has been idle.
  [[nodiscard]] bool is_trusted() const;
  /// Something is owed on it, or would be sent: whether the server lives is found out, as by pings.
  void watch();
  /// The server was found out to give no sign of life.
  [[nodiscard]] bool found_silent() const { return found_silent_; }

  /// Ends all that is on it. Never called inside a client's call.
  void fail(rpc::Failure failure, const std::string& why);
  void break_later() {
    core_.schedule.after(one_way(), [self = shared_from_this()] {
      self->fail(rpc::Failure::connection_lost, "connection reset: " + self->address_);
    });
  }
  void server_died();
  /// Its client lets go of it: nothing changes for what is under way.
  void closed_by_client() { tell_ended("the client closed it"); }
  /// Does a message that was sent on it get to the server now? What is late outlives the connection,
  /// never the server.
  [[nodiscard]] bool reaches_server(bool late);

 private:
  enum class State : std::uint8_t { connecting, open, broken };

  void look_for_life();
  void tell_all(void (Rider::*what)());
  /// Tells the client's own code.
  void tell_opened();
  void tell_ended(const std::string& why);

  Core& core_;
  std::weak_ptr<Endpoint> endpoint_;
  core::Time since_;  ///< in the present state
  std::string client_;
  std::string address_;
  Node node_{};
  State state_ = State::connecting;
  bool server_gone_ = false;
  bool dead_ = false;
  bool superseded_ = false;
  bool watched_ = false;
  bool found_silent_ = false;
  core::Time heard_at_{};
  core::Time watched_since_{};
  bool loses_what_is_under_way_ = false;
  std::map<std::uint64_t, Rider*> riders_;
};

/// One client's part of the network.
struct Endpoint : std::enable_shared_from_this<Endpoint> {
  [[nodiscard]] std::shared_ptr<Connection> connection_to(const std::string& address);
  [[nodiscard]] bool any_silent() const;
  [[nodiscard]] bool silent(std::string_view address) const;

  std::shared_ptr<Core> core;
  std::string client;
  std::map<std::string, std::shared_ptr<Connection>, std::less<>> connections;
  std::map<std::uint64_t, std::weak_ptr<Rider>> riders;
  rpc::ConnectionListener* listener = nullptr;
  bool closed = false;
};

[[nodiscard]] std::unique_ptr<rpc::Call> make_call(const std::shared_ptr<Endpoint>& endpoint, rpc::CallStart start,
                                                   std::string request, rpc::UnaryHandler& handler);
[[nodiscard]] std::unique_ptr<rpc::Stream> make_stream(const std::shared_ptr<Endpoint>& endpoint,
                                                       const rpc::CallStart& start, rpc::StreamHandler& handler);

inline rpc::Status unavailable(std::string why, rpc::Failure failure) {
  return {rpc::StatusCode::unavailable, std::move(why), failure};
}
inline rpc::Status words_of_peer(rpc::StatusCode code) { return {code, "the server ended it", rpc::Failure::none}; }

}  // namespace tikv::testing::network
