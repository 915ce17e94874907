#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/loop.h"
#include "rpc/byte_stream.h"
#include "rpc/liveness.h"
#include "rpc/session.h"
#include "rpc/transport_core.h"

namespace tikv::rpc {

class Channel;
class PendingCall;

/// One connection: moves bytes between a byte stream and a session, once per turn each way, and
/// watches over its health.
class Connection final : public ByteStream::Handler, public std::enable_shared_from_this<Connection> {
 public:
  Connection(TransportCore& core, Channel& channel, const std::string& address);
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// The peer has shown that it speaks HTTP/2.
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] core::Time ready_since() const noexcept { return ready_since_; }
  [[nodiscard]] core::Time started() const noexcept { return started_; }
  /// Sends what was staged, and takes calls that wait, at the end of the turn or in the next.
  void request_flush();
  /// Takes no more calls; closes once the last has ended.
  void drain();
  /// The same, and those on it had better use another one.
  void retire();
  /// Nothing is owed on it, nothing was asked, and it would have to be proven.
  [[nodiscard]] bool stale() const { return ready_ && !liveness_.waits() && !trusted(); }
  /// Another connection to the address lives, and this one has not answered a ping: it is drained, and
  /// those who wait on it are told.
  void supersede();
  /// May what is sent now go onto it? If not, that is being found out.
  [[nodiscard]] bool trusted_or_prove();
  [[nodiscard]] bool trusted() const { return liveness_.trusted(core_.loop.now()); }
  /// Closes at once; calls on it end with `status`.
  void close(Status status);

  void cancel(PendingCall& call);
  void abort(PendingCall& call, Status status);
  void send_more(PendingCall& call);
  /// It has nothing more to send: no request that could be lost, so it needs no proof.
  void send_end(PendingCall& call);
  void refresh_released() noexcept;
  void add_to(Holdings& held) { session_.add_to(held); }

 private:
  void on_connected() override;
  void on_readable() override;
  void on_writable() override;
  void on_connect_failed(std::string reason) override;

  enum class Reading : unsigned char { blocked, again, over };
  void read_some();
  [[nodiscard]] Reading read_once();
  void after_receiving(bool usable);
  void flush();
  /// False if there is nothing to write now.
  [[nodiscard]] bool prepare_output();
  void take_calls();
  void on_timer();
  void on_connecting_too_long();
  /// Asks for a sign of life where one is due, and draws the conclusions.
  void watch();
  void follow(Liveness::Step step);
  void note_life();
  void fail(Failure failure, std::string why);
  void lose(std::string_view how);
  void lose_after_reading(std::string_view how);
  void close_if_drained();

  TransportCore& core_;
  Channel* channel_;
  const std::string address_;
  Session session_;
  std::unique_ptr<ByteStream> stream_;
  core::Timer timer_;  // for connecting; then for the peer's life
  Liveness liveness_;
  core::Time started_{};

  bool connected_ = false;
  bool ready_ = false;
  bool draining_ = false;
  bool ended_ = false;
  bool broken_ = false;  // the session is of no further use; its last output may still go
  bool write_blocked_ = false;
  bool flush_requested_ = false;
  core::Time ready_since_{};
};

}  // namespace tikv::rpc
