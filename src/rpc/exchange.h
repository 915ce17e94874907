#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/grpc_format.h"
#include "rpc/intrusive_list.h"
#include "rpc/message_framing.h"
#include "rpc/transport.h"

namespace tikv::rpc {

class Session;

/// How an exchange ended.
struct Ending {
  Status status;
  Delivery delivery = Delivery::not_sent;
  Metadata trailing;
};

/// One block of headers of the peer, sorted into what gRPC knows and what it hands on.
struct HeaderBlock {
  int http_status = 0;
  bool has_grpc_status = false;
  StatusCode grpc_status = StatusCode::unknown;
  std::string grpc_message;
  std::string content_type;  // only if it is not gRPC's
  bool grpc_content = false;
  Metadata metadata;
  std::size_t size = 0;

  void add(std::string_view name, std::string_view value);
};

struct ActiveNode : ListNode {};    // in the session's list of exchanges
struct ProducedNode : ListNode {};  // in the session's list of exchanges whose bytes are in its output

/// One gRPC call on one HTTP/2 stream: what is still to send, what has come, how far it got, and
/// the judgement at its end. The session drives it; calls and streams derive from it. None of the
/// virtual functions may run code of the caller: they are called from within HTTP/2's state machine.
class Exchange : public ActiveNode, public ProducedNode {
 public:
  Exchange(std::string_view method, Metadata metadata);
  virtual ~Exchange();

  /// What is wrong with the metadata for sending; empty if nothing is. Encodes binary values.
  [[nodiscard]] std::string prepare_metadata();

  /// Adds a message to send and returns its number.
  std::uint64_t add_message(std::string message);
  void finish_sending() noexcept { finished_ = true; }
  /// Messages of the peer that are larger come in pieces.
  void take_in_pieces(std::size_t above) noexcept { pieces_above_ = above; }
  /// Whether the peer owes us something: true until this says otherwise.
  void expect_answer(bool expected) noexcept;

  [[nodiscard]] bool active() const noexcept { return session_ != nullptr; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// How far the request as a whole got.
  [[nodiscard]] Delivery delivery() const noexcept;
  /// How far message `number` got.
  [[nodiscard]] Delivery delivery(std::uint64_t number) const noexcept;
  /// Bytes of messages that are not yet with the kernel.
  [[nodiscard]] std::size_t staged_bytes() const noexcept;

  /// Ends an exchange that no session has (yet), or has no more.
  void end_unsent(Status status);

 protected:
  virtual void on_initial_metadata(Metadata metadata) = 0;
  virtual void on_message(std::string message) = 0;
  /// Only where `take_in_pieces` was called.
  virtual void on_piece(std::string piece, std::size_t left) {
    (void)piece;
    (void)left;
  }
  /// Everything staged has been given to the byte stream.
  virtual void on_drained() = 0;
  /// The peer said GOAWAY and yet serves this.
  virtual void on_going_away() {}
  /// The peer says nothing, not even to a ping.
  virtual void on_silence() {}
  /// The connection has been proven to live.
  virtual void on_trusted() {}
  /// Once, last.
  virtual void on_ended(Ending ending) = 0;
  /// True where gRPC demands exactly one message from the peer.
  [[nodiscard]] virtual bool single_answer() const noexcept = 0;

 private:
  friend class Session;
  friend struct SessionCallbacks;
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  enum class Verdict : unsigned char { by_bytes, refused, answered };

  // What the session tells. Where a bool is returned, false means that the exchange has ended by
  // our own decision and its stream must be reset.
  void begin_block();
  void add_header(std::string_view name, std::string_view value) { block_.add(name, value); }
  bool take_block(bool end_of_stream);
  bool take_data(std::string_view bytes, std::size_t limit);
  void take_end_of_stream();
  void take_reset(std::uint32_t error_code);
  void take_refusal(std::string why);
  void break_off(Status status) { end(std::move(status), Verdict::by_bytes); }

  bool not_grpc();
  void end_with_block();
  void end_with_status(StatusCode code, std::string message);
  void end(Status status, Verdict verdict);
  [[nodiscard]] std::string peer() const;
  void take_output(std::size_t count, std::string& out, std::size_t offset);
  [[nodiscard]] std::uint64_t released_messages() const noexcept;
  /// Those that have left or will: the first so many.
  [[nodiscard]] std::uint64_t gone_messages() const noexcept;

  std::string_view method_;
  Metadata metadata_;
  TimeoutText timeout_;
  Session* session_ = nullptr;
  std::int32_t stream_id_ = 0;
  bool expects_answer_ = true;

  // sending
  MessageWriter writer_;
  std::uint64_t messages_ = 0;  // added so far
  bool finished_ = false;
  bool sent_end_ = false;
  bool deferred_ = false;                   // HTTP/2 waits for us to have something to send
  std::size_t head_offset_ = nowhere;       // where in the output the request began
  std::vector<std::size_t> begins_;         // where in the output messages began, from number `settled_` on
  mutable std::size_t begins_settled_ = 0;  // how many of `begins_` are known to be released
  std::uint64_t begins_base_ = 0;           // the number of the message that begins_[0] tells of
  std::size_t output_bytes_ = 0;            // bytes of messages in the session's present output

  // receiving
  HeaderBlock block_;
  MessageReader reader_;
  std::size_t pieces_above_ = CallStart::whole_messages;
  bool initial_seen_ = false;
  std::uint64_t answers_ = 0;

  // the end
  bool ended_ = false;
  Delivery final_delivery_ = Delivery::not_sent;
  std::uint64_t final_gone_ = 0;
};

}  // namespace tikv::rpc
