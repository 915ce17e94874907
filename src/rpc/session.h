#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"
#include "rpc/exchange.h"
#include "rpc/holdings.h"
#include "rpc/intrusive_list.h"

struct nghttp2_session;

namespace tikv::rpc {

struct SessionOptions {
  std::string_view scheme = "http";
  std::string address;  // the authority, and the name of the peer in messages
  std::string_view user_agent;
  std::uint32_t receive_window = 65535;
  std::size_t max_answer_size = 0;
  std::int32_t first_stream_id = 1;  // for tests of what happens when ids run out
};

/// The client's side of one HTTP/2 connection that carries gRPC: bytes in, bytes out. It does no
/// I/O, knows no time, and runs no code of callers.
class Session {
 public:
  explicit Session(const SessionOptions& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Takes bytes of the peer. False if the connection is of no further use: see `failure()`.
  [[nodiscard]] bool receive(std::string_view bytes);

  /// Turns what was staged into output, some hundred KiB at most; only if there is no output left.
  /// False if the connection is of no further use.
  [[nodiscard]] bool produce();
  /// Bytes to be sent.
  [[nodiscard]] std::string_view output() const noexcept { return std::string_view(out_).substr(out_taken_); }
  /// `count` bytes of the output were given away.
  void accept_output(std::size_t count);
  /// How many bytes of all output may have left the process.
  void set_released(std::size_t released) noexcept { released_ = released; }
  [[nodiscard]] std::size_t released() const noexcept { return released_; }
  /// How many bytes of all output have left or will: while the connection lives, what is in the
  /// output cannot be taken back.
  [[nodiscard]] std::size_t gone() const noexcept { return broken_off_ ? released_ : produced(); }
  [[nodiscard]] bool broken_off() const noexcept { return broken_off_; }

  /// Begins an exchange: requires `can_open()`. `timeout` is told to the peer unless it is endless.
  /// False if the session can begin no more exchanges; `exchange` is then as it was.
  [[nodiscard]] bool start(Exchange& exchange, core::Duration timeout);
  /// The exchange has more to send, or has finished sending.
  void more(Exchange& exchange);
  /// Resets the stream of an exchange and forgets it. It is told nothing.
  void cancel(Exchange& exchange);
  /// Resets the stream of an exchange and ends it with `status`.
  void abort(Exchange& exchange, Status status);
  /// Ends all exchanges: the connection is gone.
  void break_off(const Status& status);
  void ping();
  /// How many headers and pieces of data of answers have come: servers that send them bear pings.
  [[nodiscard]] std::uint64_t answers_heard() const noexcept { return answers_heard_; }

  /// Tells all exchanges that the connection is silent; that they had better use another one; that it has
  /// been proven, and sends what waited for that.
  void tell_silence();
  void tell_going_away();
  void tell_trusted();

  /// The peer's SETTINGS came: it is an HTTP/2 server, and its limits are known.
  [[nodiscard]] bool settled() const noexcept { return settled_; }
  /// No further exchange may begin: the peer said GOAWAY, or stream ids have run out.
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  [[nodiscard]] bool can_open() const noexcept { return settled_ && !draining_ && open_streams_ < peer_limit_; }
  /// Streams that HTTP/2 counts as open, those of forgotten exchanges too.
  [[nodiscard]] std::size_t open_streams() const noexcept { return open_streams_; }
  [[nodiscard]] bool idle() const noexcept { return active_.empty(); }
  /// Some exchange waits for something of the peer.
  [[nodiscard]] bool awaits_answer() const noexcept { return awaited_ > 0; }
  /// Bytes came that are not yet enough to tell whether they are HTTP/2.
  [[nodiscard]] bool undecided() const noexcept { return !preface_seen_ && !preface_.empty(); }
  [[nodiscard]] const std::string& address() const noexcept { return options_.address; }
  void add_to(Holdings& held);
  /// What the peer did wrong.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  /// What the peer said with GOAWAY; empty if it did not.
  [[nodiscard]] const std::string& goaway() const noexcept { return goaway_; }

 private:
  friend class Exchange;
  friend struct SessionCallbacks;

  [[nodiscard]] bool check_preface(std::string_view bytes);
  [[nodiscard]] bool fail(std::string why);
  void forget(Exchange& exchange);
  void reset(std::int32_t stream_id, std::uint32_t error_code);
  [[nodiscard]] std::size_t produced() const noexcept { return out_base_ + out_.size(); }

  SessionOptions options_;
  nghttp2_session* http2_ = nullptr;
  List<ActiveNode> active_;
  List<ProducedNode> produced_;
  std::size_t awaited_ = 0;  // how many of the active ones expect an answer

  std::string out_;
  std::size_t out_taken_ = 0;
  std::size_t out_base_ = 0;  // how many bytes were produced before out_[0]
  std::size_t released_ = 0;
  bool broken_off_ = false;
  bool paused_ = false;  // produce() stopped because there was enough

  std::string preface_;  // the first bytes of the peer, until it is clear what it speaks
  bool preface_seen_ = false;
  bool settled_ = false;
  bool draining_ = false;
  bool terminated_ = false;  // our GOAWAY is out: the peer broke the rules
  std::uint32_t peer_limit_ = 100;
  std::size_t open_streams_ = 0;
  std::uint64_t answers_heard_ = 0;
  std::string complaint_;  // nghttp2's last words
  std::string failure_;
  std::string goaway_;
};

}  // namespace tikv::rpc
