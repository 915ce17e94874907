#pragma once

/// @file
/// Options of a client, and of single calls.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tikv/cancel.h"
#include "tikv/observer.h"
#include "tikv/result.h"

namespace tikv {
inline namespace v0 {

/// Where the keys for TLS are: PEM files, read when the client connects.
class TlsFiles {
 public:
  /// Certificates of the authorities that the servers must descend from; empty: those the system trusts.
  std::string ca;
  /// This client's certificate chain; empty if the cluster asks for none.
  std::string certificate;
  /// The private key of `certificate`.
  std::string key;
};

/// How a client reaches its cluster and what it allows itself. One per client; nothing is global.
///
/// @code
/// auto options = tikv::ClientOptions::parse("tikv://pd1:2379,pd2:2379?timeout=5s").value();
/// options.observer = std::make_shared<MyObserver>();
/// auto client = tikv::RawClient::connect(options).value();
/// @endcode
class ClientOptions {
 public:
  /// No addresses yet.
  ClientOptions() = default;

  /// Reads `host:port[,host:port…]` or a URL `tikv://host:port[,host:port…][?name=value[&…]]`.
  /// Names: `timeout`, `connect_timeout` (a number with `ms`, `s` or `min`), `ca`, `cert`, `key`
  /// (paths, percent-encoded), `cluster_id`, `max_answer_size` (bytes, or with `KiB`, `MiB`, `GiB`).
  /// @par Errors
  /// `invalid_argument`, saying which part is wrong and how it should look.
  [[nodiscard]] static Result<ClientOptions> parse(std::string_view url);

  /// Addresses of members of the placement driver (PD), `host:port`. One suffices; the others are
  /// discovered. Several help while one is down when the client starts.
  std::vector<std::string> pd_addresses;
  /// TLS for every connection, if set.
  std::optional<TlsFiles> tls;
  /// End-to-end limit of a call that sets none: everything it waits for is inside. Longer than a
  /// Raft election after the loss of a store (about 10 s), so that a lost store is not an error.
  std::chrono::milliseconds timeout = std::chrono::seconds(20);
  /// End-to-end limit of `connect`.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// The cluster this client must meet; 0 takes whichever answers first and then stays with it.
  std::uint64_t cluster_id = 0;
  /// The largest answer taken from a server, bytes.
  std::size_t max_answer_size = std::size_t{256} << 20;
  /// Bytes of requests under way to one store; above it, calls wait inside their deadline.
  std::size_t max_bytes_in_flight = std::size_t{64} << 20;
  /// Requests with bodies above this many bytes use a second connection to the store, so that they
  /// do not delay small ones; 0 uses one connection for all.
  std::size_t bulk_threshold = std::size_t{256} << 10;
  /// Small requests to one store ride on this many long-lived BatchCommands streams, many in one
  /// message where they meet. More may pay on many cores with much load; with 0 each request is a
  /// call of its own.
  std::size_t streams_per_store = 1;
  /// The most requests in one message of such a stream. At least 1.
  std::size_t max_batch_size = 128;
  /// How many regions one call works on at a time.
  std::size_t max_parallel_regions = 16;
  /// Where log lines go; null is `stderr_observer()`.
  std::shared_ptr<Observer> observer;
};

/// Options of a call that reads.
struct ReadOptions {
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
};

/// Options of a call that writes.
struct WriteOptions {
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
  /// Send again when an answer was lost? A put or delete is idempotent, so by default yes. The
  /// price: the lost first copy may be applied later, without a bound in time, over a newer value
  /// that somebody wrote in between. With `false` a lost answer is an `undetermined()` error at once.
  bool resend = true;
};

/// Options of a scan.
struct ScanOptions {
  /// The most pairs to return, over all regions. At least 1.
  std::size_t limit = 1024;
  /// Return keys without their values.
  bool key_only = false;
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
};

// g++ 12 destroys non-trivial members of aggregate temporaries twice in co_await expressions.
static_assert(std::is_trivially_destructible_v<ReadOptions>);
static_assert(std::is_trivially_destructible_v<WriteOptions>);
static_assert(std::is_trivially_destructible_v<ScanOptions>);

}  // namespace v0
}  // namespace tikv
