#pragma once

/// @file
/// A cluster inside the process, for unit tests of programs that use this library.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tikv/async.h"
#include "tikv/raw_client.h"
#include "tikv/result.h"

namespace tikv::testing {

/// How a cluster begins.
struct ClusterSetup {
  /// Everything random comes from here: the same seed and the same program give the same run.
  std::uint64_t seed = 1;
  /// Each region has a copy on up to three of them.
  std::size_t stores = 3;
  /// Cut where keys of letters and digits fall evenly. Several let tests meet what happens between them.
  std::size_t regions = 1;
  /// The version of the servers: "5.0", "6.1", "7.1", "8.5" (the last patch of that line), "newest", or
  /// a full one like "6.5.3". What such servers do not know they do not do. For anything else the
  /// cluster gives no clients but the error `invalid_argument`.
  std::string_view version = "8.5.0";
  /// How the stores keep raw data, and what clients are set to. Versions below 6.1 have no API version 2.
  ApiVersion api_version = ApiVersion::v1ttl;
  /// Keyspaces beside `DEFAULT`. They need API version 2, and version 6.3 of the servers.
  std::vector<std::string> keyspaces{};
};

/// What becomes of a request.
enum class Fault : std::uint8_t {
  cannot_connect,  ///< nobody takes the connection: the request was not sent
  refused,         ///< the server refuses it at once and has done nothing
  request_lost,    ///< the connection breaks; the server never saw the request
  answer_lost,     ///< the server does what was asked; the connection breaks before the answer is here
  request_late,    ///< the connection breaks, and ten seconds later the request arrives all the same
  silence,         ///< the server never saw the request, and no answer ever comes
};

/// Which requests a fault is meant for.
enum class Requests : std::uint8_t {
  any,        ///< all that follow
  reads,      ///< of a store, that change nothing
  writes,     ///< of a store, that change something
  placement,  ///< to the placement driver
};

/// A TiKV cluster, a network and a clock in one object: the real client of this library on a
/// simulated cluster, for tests that are fast, deterministic and can make anything go wrong.
///
/// Time is virtual. A call that waits (for a lost store, for its deadline) returns at once as far as
/// the test is concerned: the clock jumps. Between calls time stands still unless `advance` moves it.
/// All work of the cluster and of its clients happens inside the calls of the test, on its thread.
///
/// Link `tikv::testing` in place of `tikv::client`; a program must not contain both.
///
/// @par Thread safety
/// A cluster and all its clients belong to one thread.
/// @par Cost
/// About a millisecond to make; some ten microseconds for each call of a client. Data is kept in memory.
/// @par Errors
/// Changes of the cluster that are not possible answer `invalid_argument` and say why. Clients give
/// the errors that they would give on a real cluster.
/// @par Retries
/// None of its own. Its clients repeat what they would repeat on a real cluster.
/// @par Lifetime
/// The destructor closes its clients; from then on they answer `client_closed`.
/// @par Example
/// @snippet examples/04_testing.cc testing
class Cluster {
 public:
  explicit Cluster(const ClusterSetup& setup = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// A client that has met the cluster. Each has connections and a cache of its own, so that several
  /// behave like several programs.
  [[nodiscard]] Result<RawClient> raw_client();
  /// The same, for coroutines: `run` and `spawn` work as ever, in virtual time.
  [[nodiscard]] Result<AsyncRawClient> async_raw_client();
  /// What these clients' options are: to be changed (atomic mode, a keyspace, deadlines, an observer) and
  /// given to the two that follow.
  [[nodiscard]] ClientOptions client_options() const;
  /// Clients with options of the test's own. TLS is not simulated: files that are named are not read.
  [[nodiscard]] Result<RawClient> raw_client(const ClientOptions& options);
  [[nodiscard]] Result<AsyncRawClient> async_raw_client(const ClientOptions& options);

  /// The ids of the stores.
  [[nodiscard]] std::vector<std::uint64_t> stores() const;
  /// The store that leads the region of `key`; 0 if none does. Keys are of the keyspace `DEFAULT` here and
  /// below, where there are keyspaces.
  [[nodiscard]] std::uint64_t leader_of(std::string_view key) const;

  /// Cuts the region of `key` in two, at `key`.
  Result<void> split(std::string_view key);
  /// Makes `store` the leader of the region of `key`.
  Result<void> move_leader(std::string_view key, std::uint64_t store);
  /// Stops a store: its connections break, and others take over what it led.
  Result<void> stop_store(std::uint64_t store);
  /// Starts it again, with its data; at another address if one is given (`host:port`).
  Result<void> start_store(std::uint64_t store, std::string_view address = {});

  /// Lets the next `count` requests of that sort meet a fault. Faults wait in line: the oldest that
  /// fits a request is met first.
  void fail_next(Fault fault, Requests requests = Requests::any, std::size_t count = 1);
  /// Forgets the faults that were not met.
  void clear_faults();
  /// Faults that were not met yet.
  [[nodiscard]] std::size_t faults_left() const;

  /// Lets time pass: what is due happens, values with a time to live expire.
  void advance(std::chrono::milliseconds span);
  /// How much time has passed since the cluster was made.
  [[nodiscard]] std::chrono::microseconds elapsed() const;

  /// What has happened so far, a line for each event; the last 10,000 of them.
  [[nodiscard]] std::string log() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tikv::testing
