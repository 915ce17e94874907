#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "rpc/transport.h"

namespace tikv::testing {

/// One process of the cluster: a member of the placement driver, or a store, by its id.
struct Node {
  enum class Kind : std::uint8_t { pd, store };
  Kind kind = Kind::pd;
  std::uint64_t id = 1;

  [[nodiscard]] static Node pd(std::uint64_t member = 1) { return {Kind::pd, member}; }
  [[nodiscard]] static Node of_store(std::uint64_t id) { return {Kind::store, id}; }
  friend auto operator<=>(const Node&, const Node&) = default;
};

/// How a unary call ended: a message, or a status that is not OK.
struct Answer {
  rpc::Status status;
  std::string message;
};

/// Called once, on the model's loop: inside the call that asked, or later.
using Reply = std::function<void(Answer)>;

/// The client's end of a stream that a node serves.
class StreamClient {
 public:
  virtual void on_message(std::string message) = 0;
  /// Once, last.
  virtual void on_end(rpc::Status status) = 0;

 protected:
  ~StreamClient() = default;
};

/// A node's end of a stream. Destroyed when the client is gone; then the client hears nothing more.
class StreamServer {
 public:
  StreamServer() = default;
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;
  virtual ~StreamServer() = default;

  virtual void message(std::string_view bytes) = 0;
  /// The client sends no more; the node ends the stream when it has answered all.
  virtual void half_close() = 0;
};

inline Answer refuse(rpc::StatusCode code, std::string why) { return {{code, std::move(why)}, {}}; }

inline Answer unknown_method(std::string_view method) {
  return refuse(rpc::StatusCode::unimplemented, "unknown method " + std::string(method));
}

inline Answer malformed(std::string_view method) {
  return refuse(rpc::StatusCode::internal, "the request of " + std::string(method) + " cannot be decoded");
}

}  // namespace tikv::testing
