#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "rpc/transport.h"

namespace tikv::testing {

/// What becomes of one message, drawn when it is sent.
struct Fate {
  enum class Travel : std::uint8_t {
    delivered,
    late,            ///< arrives `late_by` later than usual, when its sender has given it up
    lost,            ///< never arrives
    not_sent,        ///< the connection breaks while the message is still staged at the client
    refused,         ///< the server resets the stream and has done nothing (REFUSED_STREAM)
    cannot_connect,  ///< nobody takes the connection
  };
  /// What the client sees. Of a message of the server: after it.
  enum class Seen : std::uint8_t {
    answer,   ///< whatever comes
    reset,    ///< the connection breaks, with all that is on it
    silence,  ///< nothing, ever
    status,   ///< the peer's `status` in place of an answer
  };

  Travel travel = Travel::delivered;
  Seen seen = Seen::answer;
  rpc::StatusCode status = rpc::StatusCode::unavailable;
  core::Duration late_by{};

  friend bool operator==(const Fate&, const Fate&) = default;
};

/// `delivered, seen as reset`.
[[nodiscard]] std::string to_string(const Fate& fate);

/// Every way in which a message to a server, or one of a stream's messages to a client, can fail.
[[nodiscard]] std::vector<Fate> faults_to_server();
[[nodiscard]] std::vector<Fate> faults_to_client();

/// A message as a plan of faults sees it: a unary request, or one message of a stream in either
/// direction. The answer of a unary call is no message by itself: its fate is the request's.
struct MessageSeen {
  std::uint64_t number = 0;  ///< of all messages of the network, from 0
  std::string_view client;
  std::string_view address;
  std::string_view method;
  bool to_client = false;
  bool stream = false;
  bool opens = false;  ///< no message: a stream is opened
  std::string_view bytes;
};

/// Decides what becomes of each message.
class FaultPlan {
 public:
  FaultPlan() = default;
  FaultPlan(const FaultPlan&) = delete;
  FaultPlan& operator=(const FaultPlan&) = delete;
  virtual ~FaultPlan() = default;

  /// Asked once for each message, in the order of their numbers. It may change the cluster, and must
  /// not call into a client: post that.
  virtual Fate fate(const MessageSeen& message) = 0;
};

}  // namespace tikv::testing
