#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/loop.h"
#include "rpc/exchange.h"
#include "rpc/transport.h"
#include "rpc/transport_core.h"

namespace tikv::rpc {

class Channel;
class Connection;

/// A call or stream of this transport from its start to its end: first in a queue, then on a
/// connection, then ended. It is owned by the caller and may be destroyed at any time.
class PendingCall : public Exchange, public WaitNode, public ReadyNode {
 public:
  PendingCall(TransportCore& core, const CallStart& start, Metadata metadata);
  ~PendingCall() override;

  /// Queues the call. `request_bytes` count against the limit of bytes in flight.
  void begin(const CallStart& start, std::size_t request_bytes);

  /// Tells the caller one thing. The call may be destroyed inside.
  virtual void deliver_next() = 0;

  [[nodiscard]] core::Time deadline() const noexcept { return deadline_; }
  [[nodiscard]] std::size_t bytes_in_flight() const noexcept { return bytes_in_flight_; }
  /// Goes over the connection for large bodies.
  [[nodiscard]] bool bulk() const noexcept { return bulk_; }
  [[nodiscard]] bool was_let_in() const noexcept { return channel_ != nullptr; }
  void expire();
  /// The peer says nothing: the caller is told soon.
  void tell_silence();
  /// Ends the call, wherever it is.
  void end_now(Status status);
  void joined(Channel& channel) noexcept { channel_ = &channel; }
  /// True if the caller waits for this with something to send, and is about to be told.
  bool joined(Connection& connection) {
    connection_ = &connection;
    on_trusted();
    return ReadyNode::linked();
  }

 protected:
  void refresh_released() const noexcept;
  /// There is more to send, or nothing but the end.
  void send_more(bool only_the_end = false);
  void on_ended(Ending ending) final;
  void on_silence() final { tell_silence(); }
  /// Whether what is sent now leaves over a connection that is known to live; else that is found out.
  [[nodiscard]] bool leaves_now();
  /// True once after the caller was to be told that the peer says nothing.
  [[nodiscard]] bool take_silence() noexcept { return std::exchange(silence_untold_, false); }
  [[nodiscard]] bool silence_untold() const noexcept { return silence_untold_; }
  [[nodiscard]] TransportCore& core() const noexcept { return core_; }

  Ending ending_;

 private:
  void leave();

  TransportCore& core_;
  Destination* destination_ = nullptr;
  Channel* channel_ = nullptr;        // once there is room for its bytes
  Connection* connection_ = nullptr;  // while it is on one
  std::size_t bytes_in_flight_ = 0;
  bool bulk_ = false;
  bool silence_untold_ = false;
  core::Time deadline_;
  core::Timer timer_;
};

class GrpcCall final : public Call, public PendingCall {
 public:
  GrpcCall(TransportCore& core, CallStart& start, std::string request, UnaryHandler& handler);
  [[nodiscard]] Delivery delivery() const noexcept override;
  void deliver_next() override;

 private:
  void on_initial_metadata(Metadata metadata) override { answer_.initial = std::move(metadata); }
  void on_message(std::string message) override { answer_.message = std::move(message); }
  void on_drained() override {}
  [[nodiscard]] bool single_answer() const noexcept override { return true; }

  UnaryHandler& handler_;
  UnaryAnswer answer_;
};

class GrpcStream final : public Stream, public PendingCall {
 public:
  GrpcStream(TransportCore& core, CallStart& start, StreamHandler& handler);
  std::uint64_t send(std::string message) override;
  void finish_sending() override;
  void cancel() override;
  [[nodiscard]] Delivery delivery(std::uint64_t number) const noexcept override;
  [[nodiscard]] std::size_t staged_bytes() const noexcept override;
  void expect_answer(bool expected) override { Exchange::expect_answer(expected); }
  [[nodiscard]] bool ready_to_send() override;
  void deliver_next() override;

 private:
  void on_trusted() override;
  void on_initial_metadata(Metadata metadata) override;
  void on_message(std::string message) override;
  void on_piece(std::string piece, std::size_t left) override;
  void on_drained() override;
  void on_going_away() override;
  [[nodiscard]] bool single_answer() const noexcept override { return false; }
  [[nodiscard]] bool has_more_to_tell() const noexcept;

  StreamHandler& handler_;
  Metadata initial_;
  bool initial_untold_ = false;
  bool drained_untold_ = false;
  bool waits_to_send_ = false;
  bool going_away_untold_ = false;
  /// A message, or a piece of one.
  struct Arrived {
    std::string bytes;
    bool piece = false;
    std::size_t left = 0;
  };
  std::vector<Arrived> inbox_;
  std::size_t inbox_next_ = 0;
};

}  // namespace tikv::rpc
