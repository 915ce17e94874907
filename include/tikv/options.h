#pragma once

/// @file
/// Options of a client, and of single calls.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
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

/// Where the keys for TLS are: PEM files. Read when the client is made, where a file that cannot be used is
/// an `invalid_argument` error, and again after they have changed: replace them, and every connection
/// that is made from a second later on uses the new ones. Connections that are there go on with
/// what they were made with until they end.
///
/// Whether they have changed is looked at when a connection is made, by the files' times, sizes and
/// inodes. Files that do not fit together, or are half-written, leave the last good ones in use; that
/// is logged as a warning that names the file and the reason, once for each change. Best replace
/// files by renaming, the certificate and its key one soon after the other.
class TlsFiles {
 public:
  /// Certificates of the authorities that the servers must descend from; empty: those the system trusts.
  std::string ca;
  /// This client's certificate chain; empty if the cluster asks for none.
  std::string certificate;
  /// The private key of `certificate`.
  std::string key;
};

/// Which of TiKV's storage formats a cluster has (`storage.api-version` and `storage.enable-ttl` of its
/// stores). A client says with each request whether it means 1 or 2, and a store refuses what does not fit.
enum class ApiVersion : std::uint8_t {
  /// `api-version = 1`: keys are stored as they are. Stores with `enable-ttl` take such requests, too.
  v1,
  /// `api-version = 1`, `enable-ttl = true`: as `v1`, and values may expire. The caller vouches for it:
  /// `get_key_ttl` would crash stores without `enable-ttl`, and is not sent otherwise.
  v1ttl,
  /// `api-version = 2` (TiKV 6.1 and newer): keyspaces, raw and transactional data side by side, values
  /// may expire.
  v2,
};

/// The name of an API version as TiKV's configuration and our URLs spell it: `"1"`, `"1ttl"`, `"2"`.
[[nodiscard]] std::string_view to_string(ApiVersion version) noexcept;

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
  /// (paths, percent-encoded), `cluster_id`, `max_answer_size` (bytes, or with `KiB`, `MiB`, `GiB`),
  /// `atomic` (`true` or `false`), `api_version` (`1`, `1ttl` or `2`), `keyspace` (a name; implies
  /// `api_version=2`), `map` (the address map: `told=reached[,told=reached…]`), `slow_operation` (as
  /// `timeout`, or `never`), `log_keys` (`true` or `false`).
  /// @par Errors
  /// `invalid_argument`, saying which part is wrong and how it should look.
  [[nodiscard]] static Result<ClientOptions> parse(std::string_view url);

  /// Addresses of members of the placement driver (PD), `host:port`. One suffices; the others are
  /// discovered. Several help while one is down when the client starts.
  std::vector<std::string> pd_addresses;
  /// TLS for every connection, if set.
  std::optional<TlsFiles> tls;
  /// End-to-end limit of a call that sets none: everything it waits for is inside. Longer than a Raft election
  /// after the loss of a store (about 10 s), so that a lost store is no error. `milliseconds::max()`: no limit.
  std::chrono::milliseconds timeout = std::chrono::seconds(20);
  /// End-to-end limit of `connect`.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// The cluster this client must meet; 0 takes whichever answers first and then stays with it.
  std::uint64_t cluster_id = 0;
  /// The largest answer to one call taken from a server, bytes; a larger one fails that call alone.
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
  /// The API version of the cluster. With 1 for 2 or the reverse, calls fail with an error that says both
  /// sides.
  ApiVersion api_version = ApiVersion::v1;
  /// The keyspace whose keys this client sees; empty: none is named. Needs `ApiVersion::v2`.
  std::string keyspace;
  /// Atomic mode: every write takes the latch of its key in the store, which makes compare-and-swap and
  /// all writes of one key happen one after the other. `compare_and_swap` and its kin work in this mode
  /// only, and are atomic only if *all* clients that write those keys are in it. Its price: single
  /// writes cost the store a little more, `delete_range` is refused, and nothing is sent again after a
  /// lost answer unless a call asks for it (`Resend::always`).
  bool atomic = false;
  /// Where servers are reached, for clients that cannot reach the addresses that PD tells: containers,
  /// NAT, tunnels. From what PD tells of its members and stores (`advertise-client-urls`, `advertise-addr`)
  /// to what this client connects to. `host:port` to `host:port`, or a host alone, which leaves the port
  /// as it is (or, as the first of the two, fits every port): `{"tikv1:20160", "127.0.0.1:20161"}`,
  /// `{"tikv1", "10.0.0.7"}`. Of two that fit, the one with the port counts. `pd_addresses` are not mapped.
  /// With TLS the certificate must be for the host that is connected to, as always.
  std::map<std::string, std::string> address_map;
  /// Where log lines and events go; null is `stderr_observer()`.
  std::shared_ptr<Observer> observer;
  /// A call that takes longer, whatever its end, tells its story as a warning (`Event::operation_slow`): its
  /// attempts, its pauses, where the time went. At most ten in ten seconds; the next one tells how many
  /// were left out. `milliseconds::max()`: never.
  std::chrono::milliseconds slow_operation = std::chrono::seconds(1);
  /// Whether log lines and events may hold keys: escaped, the first 64 bytes of each. Values are never told.
  bool log_keys = false;
};

/// TiKV's column families. Raw data lives in `default_` unless a program asks for another; readers must
/// ask for the one that was written. API version 2 knows `default_` only.
enum class ColumnFamily : std::uint8_t { default_, lock, write };

/// How a store orders requests that wait for its read pool or scheduler.
enum class Priority : std::uint8_t { normal, low, high };

/// Whether a write whose answer was lost is sent again. It may have been applied: see `WriteOptions`.
enum class Resend : std::uint8_t {
  /// `always` for a put or a delete, `never` in atomic mode (`ClientOptions::atomic`).
  by_default,
  /// Send again: the answer tells of the last copy. The lost one may be applied later, too.
  always,
  /// A lost answer is an `undetermined()` error at once.
  never,
};

/// How often a call tries.
struct RetryPolicy {
  /// The most attempts at one request to a region, or at one question to PD; 0: as many as the deadline
  /// and the budgets of the pauses allow. With 1 the first failure is the result, with its story: a
  /// region that moved, a busy store, a broken connection.
  std::uint32_t max_attempts = 0;

  /// One attempt.
  [[nodiscard]] static constexpr RetryPolicy never() noexcept { return {1}; }
};

/// Options of a call that reads.
struct ReadOptions {
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
  /// Where to read.
  ColumnFamily column_family = ColumnFamily::default_;
  /// How urgent it is to the stores.
  Priority priority = Priority::normal;
  /// How often to try.
  RetryPolicy retry{};
};

/// Options of a call that writes.
struct WriteOptions {
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
  /// Send again when an answer was lost? A put or delete is idempotent, so by default yes (not in
  /// atomic mode). The price: the lost first copy may be applied later, without a bound in time, over a
  /// newer value that somebody wrote in between, and a time to live starts anew. With `Resend::never` a
  /// lost answer is an `undetermined()` error at once.
  Resend resend = Resend::by_default;
  /// How long a written value lives, from the moment at which its store writes it; 0: for ever. At most
  /// 100 years. Needs a cluster with `enable-ttl` (or API version 2): another one answers `unsupported`.
  /// Not for deletes.
  std::chrono::seconds ttl{0};
  /// Where to write.
  ColumnFamily column_family = ColumnFamily::default_;
  /// How urgent it is to the stores.
  Priority priority = Priority::normal;
  /// How often to try.
  RetryPolicy retry{};
};

/// Options of a compare-and-swap. It is never sent again after a lost answer: the second copy would
/// find what the first one wrote and report "not swapped".
struct CasOptions {
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
  /// How long the new value lives, see `WriteOptions::ttl`.
  std::chrono::seconds ttl{0};
  /// The caller promises that nobody else ever writes this very value to this key, nor has before: it
  /// holds a random number, or a writer's name and counter. Then, after a lost answer, to see the value
  /// proves that the swap happened, and the call succeeds. Not to see it proves nothing.
  bool unique_value = false;
  /// Where the key lives.
  ColumnFamily column_family = ColumnFamily::default_;
  /// How urgent it is to the stores.
  Priority priority = Priority::normal;
  /// How often to try what was certainly not done.
  RetryPolicy retry{};
};

/// Options of a scan.
struct ScanOptions {
  /// The most pairs to return, over all regions. At least 1; any number, asked for in pages.
  std::size_t limit = 1024;
  /// Return keys without their values.
  bool key_only = false;
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
  /// Where to read.
  ColumnFamily column_family = ColumnFamily::default_;
  /// How urgent it is to the stores.
  Priority priority = Priority::normal;
  /// How often to try.
  RetryPolicy retry{};
};

/// Options of a scanner, which reads a range page by page.
struct ScannerOptions {
  /// No bound on the number of pairs.
  static constexpr std::size_t all = static_cast<std::size_t>(-1);

  /// Pairs in a page, 1 to 10,240. The first one is smaller; of large values about 512 KiB come at a time.
  std::size_t page_size = 1024;
  /// The most pairs over all pages. At least 1.
  std::size_t limit = all;
  /// Return keys without their values.
  bool key_only = false;
  /// From the end of the range down to its start.
  bool reverse = false;
  /// Limit of each page by itself, from the moment at which it is asked for; 0 takes
  /// `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the page that is under way, and all later ones; null: nobody does.
  CancelScope* cancel = nullptr;
  /// Where to read.
  ColumnFamily column_family = ColumnFamily::default_;
  /// How urgent it is to the stores.
  Priority priority = Priority::normal;
  /// How often to try.
  RetryPolicy retry{};
};

/// Options of a call to a coprocessor plugin.
struct CoprocessorOptions {
  /// End-to-end limit; 0 takes `ClientOptions::timeout`.
  std::chrono::milliseconds timeout{0};
  /// Ends the call from outside; null: nobody does.
  CancelScope* cancel = nullptr;
  /// A plugin may write, and only its users know whether it may do so twice: by default a request whose
  /// answer was lost is not sent again, and the error is `undetermined()`. With `Resend::always` it is.
  Resend resend = Resend::by_default;
  /// How urgent it is to the stores.
  Priority priority = Priority::normal;
  /// How often to try.
  RetryPolicy retry{};
};

// g++ 12 destroys non-trivial members of aggregate temporaries twice in co_await expressions.
static_assert(std::is_trivially_destructible_v<ReadOptions>);
static_assert(std::is_trivially_destructible_v<WriteOptions>);
static_assert(std::is_trivially_destructible_v<CasOptions>);
static_assert(std::is_trivially_destructible_v<ScanOptions>);
static_assert(std::is_trivially_destructible_v<ScannerOptions>);
static_assert(std::is_trivially_destructible_v<CoprocessorOptions>);

}  // namespace v0
}  // namespace tikv
