#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/byte_stream.h"
#include "support/rpc/sim_loop.h"

namespace tikv::rpc::sim {

class SimLink;

/// The far end of a simulated connection.
class SimPeer {
 public:
  virtual ~SimPeer() = default;
  virtual void on_open() {}
  virtual void on_bytes(std::string_view bytes) = 0;
  /// The client closed the connection.
  virtual void on_closed() {}
};

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

enum class Breakage { none, close, fail, stall };

/// What a simulated connection does to its bytes.
struct LinkPlan {
  enum class Connecting { succeeds, is_refused, hangs };
  Connecting connecting = Connecting::succeeds;
  core::Duration delay = std::chrono::microseconds(100);  // one way, and to connect
  std::size_t chunk = no_limit;                           // the most bytes that arrive in one piece
  std::size_t write_chunk = no_limit;                     // the most bytes that one write accepts
  std::size_t buffer = no_limit;                          // bytes accepted and not yet delivered; above it writes block
  std::size_t unreleased = 0;                             // the last so many bytes accepted have not left the process

  std::size_t delivers = no_limit;      // no more than so many bytes reach the peer; then the connection fails
  Breakage to_server = Breakage::none;  // after to_server_after bytes were accepted from the client
  std::size_t to_server_after = no_limit;
  Breakage to_client = Breakage::none;  // after the client has read to_client_after bytes
  std::size_t to_client_after = no_limit;
};

/// Both directions of one simulated connection. Outlives both its ends, so that tests can look.
class SimLink : public std::enable_shared_from_this<SimLink> {
 public:
  SimLink(SimLoop& loop, LinkPlan link_plan) : plan(link_plan), loop_(loop) {}

  [[nodiscard]] SimLoop& loop() noexcept { return loop_; }

  // The peer's side.
  void answer(std::string_view bytes);
  void close_by_peer();
  void fail_by_peer(std::string reason);

  /// From now on no byte arrives, in either direction, and nothing tells so: a frozen process, a pulled
  /// cable. Thawed, what was sent meanwhile arrives.
  void freeze() { frozen_ = true; }
  void thaw();

  LinkPlan plan;
  std::unique_ptr<SimPeer> peer;
  std::string sent;                 // all that the client was let write
  std::vector<std::size_t> writes;  // the size of each accepted write
  std::size_t delivered = 0;        // how much of it the peer has received
  std::string answered;             // all that the peer wrote
  std::size_t arrived = 0;          // how much of it the client could read
  std::size_t read = 0;             // how much it has read
  bool client_gone = false;

 private:
  friend class SimByteStream;
  void open();
  void deliver_to_peer();
  void deliver_to_client();
  void break_now(Breakage breakage);
  void end_to_client(ByteStream::Progress how, std::string reason);
  void later(void (SimLink::*step)());

  SimLoop& loop_;
  ByteStream::Handler* handler_ = nullptr;
  bool open_ = false;
  bool stalled_ = false;
  bool frozen_ = false;
  bool reader_waits_ = true;
  bool writer_waits_ = false;
  bool to_peer_scheduled_ = false;
  bool to_client_scheduled_ = false;
  bool broken_ = false;  // the end below is in force as soon as what arrived was read
  ByteStream::Progress end_ = ByteStream::Progress::would_block;
  std::string end_reason_;
  bool peer_closed_ = false;
};

class SimByteStream final : public ByteStream {
 public:
  explicit SimByteStream(std::shared_ptr<SimLink> link) : link_(std::move(link)) {}
  ~SimByteStream() override;
  void start(Handler& handler) override;
  Outcome read(std::span<char> buffer) override;
  Outcome write(std::span<const char> bytes) override;
  [[nodiscard]] std::size_t bytes_released() const noexcept override;

 private:
  std::shared_ptr<SimLink> link_;
};

/// Connects to simulated peers. Addresses nobody listens on refuse.
class SimConnector final : public Connector {
 public:
  using PeerFactory = std::function<std::unique_ptr<SimPeer>(SimLink&)>;

  explicit SimConnector(SimLoop& loop) : loop_(loop) {}
  void listen(std::string address, PeerFactory factory) { peers_[std::move(address)] = std::move(factory); }
  /// Connections to `address` are taken, and no byte of them arrives, nor of those that exist.
  void freeze(const std::string& address);
  void thaw(const std::string& address);
  /// No byte arrives any more on the connections that exist; new ones are not concerned.
  void cut_all();
  void stop_listening(const std::string& address) { peers_.erase(address); }

  [[nodiscard]] std::unique_ptr<ByteStream> connect(std::string_view address) override;
  [[nodiscard]] std::string_view scheme() const noexcept override { return "http"; }

  LinkPlan plan;                     // for the next connections
  std::vector<LinkPlan> next_plans;  // for the very next ones, before `plan`
  std::vector<std::shared_ptr<SimLink>> links;
  std::vector<core::Time> attempts;

 private:
  SimLoop& loop_;
  std::map<std::string, PeerFactory, std::less<>> peers_;
  std::set<std::string, std::less<>> frozen_;
  std::vector<std::string> addresses_;  // of `links`
};

}  // namespace tikv::rpc::sim
