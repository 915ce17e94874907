#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/loop.h"
#include "testing/change.h"
#include "testing/command_service.h"
#include "testing/faults.h"
#include "testing/kv_model.h"
#include "testing/model.h"
#include "testing/one_shots.h"
#include "testing/pd_model.h"
#include "testing/raw_service.h"
#include "testing/raw_store.h"
#include "testing/region_map.h"

namespace tikv::testing {

struct ClusterOptions {
  std::size_t stores = 3;
  std::size_t replicas = 3;
  /// Regions to begin with, cut where keys of letters and digits fall evenly.
  std::size_t regions = 1;
  /// A region with more keys is cut in the middle; 0: never by itself.
  std::uint64_t region_max_keys = 0;
  std::uint64_t cluster_id = 0;  ///< 0: `drawn_cluster_id(0)`
  RawLimits limits{};
  /// How the stores keep raw data. With v2 the regions above are those of each keyspace.
  StorageApi api = StorageApi::v1ttl;
  /// Keyspaces beside DEFAULT, which has the id 0; they get 1, 2, …
  std::vector<std::string> keyspaces{};
  /// Of the stores and of PD. What an old one does not know it does not do.
  std::string version = "8.5.0";
  std::size_t pd_members = 1;
  /// How long a region, or PD, has no leader after the one it had has stopped.
  core::Duration election_delay{};
  /// Stores of version 8 and later tell of their health in batches of commands.
  bool health_feedback = true;
};

/// An id like those that PD draws, another one for each seed.
[[nodiscard]] std::uint64_t drawn_cluster_id(std::uint64_t seed);

/// Why there can be no such cluster; empty: there can.
[[nodiscard]] std::string problem_of(const ClusterOptions& options);

/// A whole cluster as pure logic: bytes in, bytes out, on one loop. It knows no network; a shell
/// around it decides how the messages travel (a simulated network, a gRPC server).
///
/// Used on its loop only. Everything is in memory.
class ClusterModel {
 public:
  ClusterModel(core::Loop& loop, const ClusterOptions& options);

  /// Serves a unary call. `reply` is called once, perhaps before this returns.
  void handle(Node node, std::string_view method, std::string_view request, const Reply& reply);
  /// Opens a stream; null for an unknown method, or a node that is down. `client` must outlive it.
  [[nodiscard]] std::unique_ptr<StreamServer> open_stream(Node node, std::string_view method, StreamClient& client);

  [[nodiscard]] std::uint64_t cluster_id() const { return options_.cluster_id; }
  /// As if another cluster, with the same data, had been started where this one was.
  void become(std::uint64_t cluster_id) { options_.cluster_id = cluster_id; }
  [[nodiscard]] const ClusterOptions& options() const { return options_; }
  [[nodiscard]] PdModel& pd() { return pd_; }
  [[nodiscard]] RegionMap& regions() { return regions_; }
  [[nodiscard]] const RegionMap& regions() const { return regions_; }
  [[nodiscard]] RawStore& raw_data() { return data_; }

  /// Told of every mutation of raw data that a store applies; null: nobody.
  void on_change(ChangeListener listener) { raw_.on_change(std::move(listener)); }

  /// Who answers at `address`; nobody if that is nothing of this cluster's, or is down.
  [[nodiscard]] std::optional<Node> node_at(std::string_view address) const;

  void set_pd_address(std::string address) { pd_.members().set_address(1, std::move(address)); }
  void set_store_address(std::uint64_t store, const std::string& address);
  /// The network between clients and servers: a node is reached at this address, too; nobody at that one.
  void add_way(std::string address, Node node) { ways_.insert_or_assign(std::move(address), node); }
  void block_way(std::string address) { blocked_ways_.insert(std::move(address)); }

  /// What a user's key is to the stores and to PD: with API version 2 its keyspace's prefix comes before
  /// it, and it is encoded. The end of the keyspace for the empty key as an end.
  [[nodiscard]] std::string stored_key(std::string_view key, std::uint32_t keyspace = default_keyspace) const;
  [[nodiscard]] std::string stored_end(std::string_view key, std::uint32_t keyspace = default_keyspace) const;
  /// A stored key as a text for people: decoded, with its prefix.
  [[nodiscard]] std::string shown(std::string_view stored_key) const;

  /// Cuts at the bounds of a keyspace, for raw keys and for transactions, as PD does for a new one, and
  /// inside of it as it is asked for in the options.
  void cut_regions(const Keyspace& keyspace);

  /// As the methods of `RegionMap`, which see no keys: the answer is empty, or why not.
  std::string split(std::string_view key);
  std::string merge(std::uint64_t source, std::uint64_t target) { return regions_.merge(source, target); }
  std::string transfer_leader(std::uint64_t region, std::uint64_t store) {
    return regions_.transfer_leader(region, store);
  }

  /// What the store was asked and has not answered is never answered. Others take over what it led,
  /// after `election_delay`.
  std::string stop_store(std::uint64_t store);
  /// With an address: it moves there.
  std::string start_store(std::uint64_t store, const std::string& address = {});
  /// Both restart, each where the other was: clients that do not know find the wrong store.
  std::string swap_addresses(std::uint64_t one, std::uint64_t other);
  std::string set_store_version(std::uint64_t store, const std::string& version);
  /// Offline: it moves its data away and serves on. Tombstone: it is gone for good.
  std::string set_store_state(std::uint64_t store, metapb::StoreState state);
  /// How a store serves from now on; null for an unknown one.
  [[nodiscard]] StoreBehaviour* behaviour(std::uint64_t store);

  /// A leader that stops is followed by another member after `election_delay`.
  std::string stop_pd(std::uint64_t member);
  std::string start_pd(std::uint64_t member, const std::string& address = {});

  /// A wrong answer to the next requests that match.
  void inject(Injection injection) { faults_.add(std::move(injection)); }
  [[nodiscard]] Faults& faults() { return faults_; }

  /// Told when a node stops or restarts: all connections to it break. Null: nobody.
  void on_stop(std::function<void(Node)> listener) { stopped_ = std::move(listener); }

  /// Region errors of that name ("NotLeader") that all stores have answered so far.
  [[nodiscard]] std::uint64_t region_errors(std::string_view name) const;
  /// Store by store and region by region, as a text for people.
  [[nodiscard]] std::string report() const;

 private:
  void split_if_grown(RegionState& region);
  void handle_pd(Node node, std::string_view method, std::string_view request, const Reply& reply);
  void tell_stopped(Node node) const;
  void elect_later();

  ClusterOptions options_;
  RegionMap regions_;
  RawStore data_;
  PdModel pd_;
  RawService raw_;
  Faults faults_;
  CommandService commands_;
  OneShots later_;
  KvModel kv_;
  std::function<void(Node)> stopped_;
  std::map<std::string, Node, std::less<>> ways_;
  std::set<std::string, std::less<>> blocked_ways_;
};

/// The keys that cut the space of keys of letters and digits into `regions` parts.
[[nodiscard]] std::vector<std::string> even_split_keys(std::size_t regions);

/// A key as text: what cannot be printed as \xNN, a backslash doubled.
[[nodiscard]] std::string printable(std::string_view key);

}  // namespace tikv::testing
