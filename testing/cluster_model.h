#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.h"
#include "testing/kv_model.h"
#include "testing/model.h"
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
  std::uint64_t cluster_id = 7300000000000000001;
  RawLimits limits{};
};

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
  [[nodiscard]] PdModel& pd() { return pd_; }
  [[nodiscard]] RegionMap& regions() { return regions_; }
  [[nodiscard]] const RegionMap& regions() const { return regions_; }
  [[nodiscard]] RawStore& raw_data() { return data_; }

  /// Who answers at `address`; nobody if that is nothing of this cluster's, or is down.
  [[nodiscard]] std::optional<Node> node_at(std::string_view address) const;

  void set_pd_address(std::string address) { pd_.set_address(std::move(address)); }
  void set_store_address(std::uint64_t store, const std::string& address);

  /// As the methods of `RegionMap`, which see no keys: the answer is empty, or why not.
  std::string split(std::string_view key);
  std::string merge(std::uint64_t source, std::uint64_t target) { return regions_.merge(source, target); }
  std::string transfer_leader(std::uint64_t region, std::uint64_t store) {
    return regions_.transfer_leader(region, store);
  }
  std::string stop_store(std::uint64_t store) { return regions_.stop_store(store); }
  std::string start_store(std::uint64_t store) { return regions_.start_store(store); }

  /// Store by store and region by region, as a text for people.
  [[nodiscard]] std::string report() const;

 private:
  void split_if_grown(RegionState& region);

  ClusterOptions options_;
  RegionMap regions_;
  RawStore data_;
  PdModel pd_;
  RawService raw_;
  KvModel kv_;
};

/// The keys that cut the space of keys of letters and digits into `regions` parts.
[[nodiscard]] std::vector<std::string> even_split_keys(std::size_t regions);

/// A key as text: what cannot be printed as \xNN, a backslash doubled.
[[nodiscard]] std::string printable(std::string_view key);

}  // namespace tikv::testing
