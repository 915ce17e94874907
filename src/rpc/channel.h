#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.h"
#include "rpc/pending_call.h"
#include "rpc/transport_core.h"

namespace tikv::rpc {

class Connection;

/// The calls to one address that share a connection. Calls wait here, in order, until the
/// connection takes them; what a connection has taken never comes back.
class Channel {
 public:
  Channel(TransportCore& core, const std::string& address);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void enqueue(PendingCall& call);
  [[nodiscard]] bool has_waiting() const noexcept { return !waiting_.empty(); }
  /// A call that starts now would go at once, and onto a connection that is trusted.
  [[nodiscard]] bool takes_calls() const;
  /// The peer keeps silent, and no other connection to it could be made.
  [[nodiscard]] bool silent() const noexcept { return silent_; }
  /// Makes the next call find a new connection. Calls under way finish on the old one.
  void forget();
  void close(const Status& status);
  [[nodiscard]] std::string describe_wait() const;
  void add_to(Holdings& held);

  // What the connections ask and tell.
  /// The next call to put on a connection; null if none waits.
  [[nodiscard]] PendingCall* take_waiting();
  void put_back(PendingCall& call);
  void on_ready(Connection& connection);
  /// It has not answered a ping yet: another one may be had sooner.
  void on_company_wanted(const Connection& connection);
  /// It says nothing; those who wait for it are told.
  void on_silent(const Connection& connection);
  /// It has said something after a ping.
  void on_alive(const Connection& connection);
  /// Connections elsewhere have died without a word: one that is idle is not worth the time to find out.
  void renew_if_stale();
  /// The connection takes no more calls. It lives on until the last of its calls has ended.
  void on_draining(Connection& connection, bool by_us);
  /// The connection is gone. `status` is what its calls ended with.
  void on_ended(Connection& connection, const Status& status);

 private:
  void connect_if_needed();
  /// Whether a connection, or one beside the present one, should be tried.
  [[nodiscard]] bool needs_connection() const noexcept;
  void set_silent(bool silent);
  void back_off();
  void note_end_of_service(const Connection& connection);
  void fail_waiting(const Status& status);
  void on_retry();

  TransportCore& core_;
  const std::string& address_;
  List<WaitNode> waiting_;
  std::shared_ptr<Connection> current_;
  std::shared_ptr<Connection> company_;  // being made while the current one is in doubt
  std::vector<std::shared_ptr<Connection>> draining_;
  core::Duration backoff_{0};  // the next delay; 0: none so far
  core::Time not_before_{};    // no attempt to connect earlier
  core::Timer retry_;
  std::string last_failure_;
  bool in_doubt_ = false;  // the current one
  bool silent_ = false;
};

/// One address: its connections, and the limit of request bytes in flight that they share.
class Destination {
 public:
  Destination(TransportCore& core, std::string address);

  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// Lets the call in, or makes it wait for room, in order.
  void admit(PendingCall& call);
  /// The call has ended: its bytes make room.
  void release(const PendingCall& call);
  void forget();
  void close(const Status& status);
  [[nodiscard]] bool silent() const noexcept { return main_.silent() || bulk_.silent(); }
  void renew_if_stale();
  /// Those who wait for room are told that the peer is silent.
  void tell_silence();
  void add_to(Holdings& held);

 private:
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept;
  [[nodiscard]] Channel& channel_for(const PendingCall& call);
  void let_in(PendingCall& call);

  TransportCore& core_;
  std::string address_;
  Channel main_;
  Channel bulk_;
  List<WaitNode> blocked_;
  std::size_t bytes_in_flight_ = 0;
};

}  // namespace tikv::rpc
