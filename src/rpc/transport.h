#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "tikv/error.h"

namespace tikv::rpc {

/// gRPC status codes (grpc/doc/statuscodes.md); the numbers travel.
enum class StatusCode : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// `"UNAVAILABLE"`, as gRPC's documents write it.
[[nodiscard]] std::string_view to_string(StatusCode code) noexcept;

/// Why a call ended without a status from the peer, where that tells the caller more than the code.
enum class Failure : std::uint8_t {
  none,              ///< the peer sent the status, or the call was ended by its deadline or its caller
  connect,           ///< no connection could be made
  connection_lost,   ///< the connection broke, stalled or was closed while the call was on it
  protocol,          ///< the peer does not speak gRPC over HTTP/2, or broke its rules
  answer_too_large,  ///< the receive limit was passed
  shared_stream,     ///< a stream that the call shared with others failed it through no fault of its own
  closed,            ///< this transport was closed
  silent,            ///< given up by us: the peer keeps silent, see `on_silence`
};

struct Status {
  StatusCode code = StatusCode::ok;
  std::string message;
  Failure failure = Failure::none;

  [[nodiscard]] bool ok() const noexcept { return code == StatusCode::ok; }
};

/// Header names are lower case; values of names that end in `-bin` are raw bytes here and base64
/// on the wire.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct CallStart {
  std::string address;      ///< `host:port`
  std::string_view method;  ///< `/tikvpb.Tikv/RawGet`; must outlive the call (a literal)
  core::Time deadline = core::never;
  Metadata metadata;
  bool bulk = false;  ///< may go over the second connection, for large bodies
  /// Of a stream: larger messages of the peer are told in pieces as they come, whatever the receive limit.
  std::size_t pieces_above = whole_messages;

  static constexpr std::size_t whole_messages = static_cast<std::size_t>(-1);
};

struct UnaryAnswer {
  Delivery delivery = Delivery::not_sent;
  Status status;
  std::string message;
  Metadata initial;   ///< the peer's initial metadata
  Metadata trailing;  ///< the peer's trailing metadata
};

/// Told on the loop, never inside the call that started it; not after the `Call` is destroyed.
class UnaryHandler {
 public:
  /// Exactly once. The `Call` may be destroyed inside.
  virtual void on_answer(UnaryAnswer answer) = 0;
  /// The peer says nothing on the connection, not even to a ping. The call goes on; who can do better may
  /// destroy the `Call` inside. Told again twice a second while it lasts.
  virtual void on_silence() {}

 protected:
  ~UnaryHandler() = default;
};

/// A unary call under way. Destroying it cancels the call (RST_STREAM), silently.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  /// How far the request has got so far: the answer for a caller who gives up on it now.
  [[nodiscard]] virtual Delivery delivery() const noexcept = 0;
};

/// How a stream ended.
struct StreamEnd {
  Status status;
  Metadata trailing;
};

/// Told on the loop, never inside a call of the stream's; not after the `Stream` is destroyed, which
/// may happen inside each of these.
class StreamHandler {
 public:
  /// The peer's initial metadata came.
  virtual void on_initial_metadata(Metadata metadata) { (void)metadata; }
  /// The next message of the peer.
  virtual void on_message(std::string message) = 0;
  /// The next piece of a message that is larger than `CallStart::pieces_above`; `left` bytes of it are still
  /// to come.
  virtual void on_piece(std::string piece, std::size_t left) {
    (void)piece;
    (void)left;
  }
  /// The stream's staged messages have all been given to the kernel: whoever batches sends now.
  virtual void on_drained() {}
  /// The server is going away (GOAWAY): it serves this stream to its end, but what is new had better
  /// use another one.
  /// Likewise if the connection has turned out to be dead, or may be, and another one lives.
  virtual void on_going_away() {}
  /// As `UnaryHandler::on_silence`.
  virtual void on_silence() {}
  /// Exactly once, last. `Stream::delivery` still answers.
  virtual void on_end(StreamEnd end) = 0;

 protected:
  ~StreamHandler() = default;
};

/// A bidirectional stream. Destroying it cancels it, silently.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Stages the next message and gives it a number: 0, 1, 2 …
  virtual std::uint64_t send(std::string message) = 0;
  /// No more messages from us. Streams that only receive send one message, then this.
  virtual void finish_sending() = 0;
  /// Cancels (RST_STREAM); `on_end` follows with `cancelled`.
  virtual void cancel() = 0;
  /// How far message `number` got. Once the stream has ended: `not_sent`, `refused` or
  /// `maybe_processed`; whether it was answered only the protocol above can tell.
  [[nodiscard]] virtual Delivery delivery(std::uint64_t number) const noexcept = 0;
  /// Bytes that were staged and not yet given to the kernel.
  [[nodiscard]] virtual std::size_t staged_bytes() const noexcept = 0;
  /// Whether the peer owes us something, which is assumed until this says otherwise: a silent
  /// connection on which nobody waits for anything is not pinged.
  virtual void expect_answer(bool expected) { (void)expected; }
  /// Whether what is sent now leaves now, over a connection that is known to live. If not, that is being
  /// found out, and what is not sent meanwhile is certainly not sent: `on_drained` follows, or
  /// `on_going_away`, or `on_end`.
  [[nodiscard]] virtual bool ready_to_send() { return true; }
};

/// What can carry one request to an address and bring its answer.
class UnaryCaller {
 public:
  UnaryCaller() = default;
  UnaryCaller(const UnaryCaller&) = delete;
  UnaryCaller& operator=(const UnaryCaller&) = delete;

  /// Starts a unary call. The request waits for a connection, and for room under the limit of bytes
  /// in flight, until its deadline.
  [[nodiscard]] virtual std::unique_ptr<Call> unary(CallStart start, std::string request, UnaryHandler& handler) = 0;

 protected:
  ~UnaryCaller() = default;
};

/// Told on the loop of the connections of a transport. Must not call back into the transport.
class ConnectionListener {
 public:
  ConnectionListener() = default;
  ConnectionListener(const ConnectionListener&) = delete;
  ConnectionListener& operator=(const ConnectionListener&) = delete;
  virtual ~ConnectionListener() = default;
  /// It can be used, after so long.
  virtual void on_opened(std::string_view address, core::Duration took) = 0;
  /// It has ended, for this reason: after it served for so long, or (`opened` is false) before it could.
  virtual void on_ended(std::string_view address, std::string_view reason, bool opened, core::Duration lasted) = 0;
};

/// The seam to the network: gRPC and nothing more. What an address is, what a message means, and
/// what to do about a failure is decided above.
class Transport : public UnaryCaller {
 public:
  virtual ~Transport() = default;

  /// Opens a bidirectional stream.
  [[nodiscard]] virtual std::unique_ptr<Stream> stream(CallStart start, StreamHandler& handler) = 0;
  /// Closes idle and drains busy connections to `address`, so that the next call resolves its name
  /// and connects anew: the store moved.
  virtual void forget(std::string_view address) = 0;
  /// Whether some address keeps silent. Cheap: ask this before `silent`.
  [[nodiscard]] virtual bool any_silent() const noexcept { return false; }
  /// Whether `address` keeps silent, as far as is known: it owes something, has not answered a ping, and no
  /// other connection to it could be made. Calls to it wait until that changes.
  [[nodiscard]] virtual bool silent(std::string_view address) const noexcept {
    (void)address;
    return false;
  }
  /// Who hears of connections; null: nobody. It outlives the transport, or is taken back before it goes.
  virtual void set_connection_listener(ConnectionListener* listener) { (void)listener; }
  /// Ends every call and stream (`Failure::closed`), closes every connection. Nothing can be started afterwards.
  virtual void close() = 0;
};

/// When a peer that says nothing is doubted, and what follows (docs/adr/0010).
struct SilenceRules {
  /// A peer that owes an answer and has said nothing for so long is pinged.
  core::Duration ping_after = std::chrono::milliseconds(500);
  /// A connection on which nothing came for so long takes no call before it has answered a ping.
  core::Duration trusted_for = std::chrono::seconds(5);
  /// A ping without an answer for so long makes a second connection worth a try. At most twice as much
  /// where connecting took longer.
  core::Duration company_after = std::chrono::milliseconds(200);
  /// A ping without an answer for so long, and no second connection either: the peer is silent.
  core::Duration silent_after = std::chrono::milliseconds(500);
  /// The same for a connection that is being made.
  core::Duration connecting_after = std::chrono::seconds(1);
  /// Those who wait for a silent peer are told so this often.
  core::Duration told_every = std::chrono::milliseconds(500);
  /// Servers close connections on which more than a few pings come closer together than this, unless they
  /// send answers between.
  core::Duration ping_distance = std::chrono::seconds(5);
  /// A silent connection is lost after so long a ping; the first, if another one to the address lives.
  core::Duration lost_beside_another = std::chrono::seconds(3);
  core::Duration lost_after = std::chrono::seconds(13);
};

struct TransportOptions {
  /// The largest message taken from a peer, bytes. Larger ones end the call with `answer_too_large`; but
  /// streams that take messages in pieces bound what they keep of them by themselves.
  std::size_t max_answer_size = std::size_t{256} << 20;
  /// Request bytes of unary calls in flight per address; above it calls wait. Streams have `staged_bytes`.
  std::size_t max_bytes_in_flight = std::size_t{64} << 20;
  /// HTTP/2 receive window per stream and per connection, bytes (65,535 to 2^31-1).
  std::uint32_t receive_window = std::uint32_t{16} << 20;
  core::Duration connect_timeout = std::chrono::seconds(5);
  SilenceRules silence;
  core::Duration reconnect_backoff_base = std::chrono::milliseconds(100);
  /// Short: an outage that is over must not be outlasted by a pause.
  core::Duration reconnect_backoff_limit = std::chrono::seconds(1);
  /// Larger requests, and what asks for `bulk`, go over a second connection; 0: one connection for all.
  std::size_t bulk_threshold = 0;
};

}  // namespace tikv::rpc
