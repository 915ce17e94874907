#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.h"
#include "testing/abilities.h"
#include "testing/key_space.h"
#include "testing/model.h"
#include "testing/pd_members.h"
#include "testing/region_map.h"
#include "wire/keyspacepb.h"
#include "wire/pdpb.h"

namespace tikv::testing {

namespace pdpb = wire::pdpb;
namespace keyspacepb = wire::keyspacepb;

/// The placement driver: its members have one state, and one of them leads and answers. It sees the
/// cluster's regions as they are, or as they were when its view was held.
class PdModel {
 public:
  struct Options {
    const std::uint64_t& cluster_id;  ///< which may change
    std::size_t members = 1;
    std::string version = "8.5.0";
    std::vector<Keyspace> keyspaces{Keyspace{}};  ///< by their ids
  };

  PdModel(core::Loop& loop, RegionMap& regions, const Options& options);

  [[nodiscard]] PdMembers& members() { return members_; }
  [[nodiscard]] const PdMembers& members() const { return members_; }

  /// Answers about regions and their leaders from a copy of now, until `release_view`.
  void hold_view() { held_ = regions_.copy(); }
  void release_view() { held_.reset(); }

  /// By their ids; the first one is DEFAULT.
  [[nodiscard]] const std::vector<Keyspace>& keyspaces() const { return keyspaces_; }

  [[nodiscard]] Answer call(std::uint64_t member, std::string_view method, std::string_view request);
  /// Null for a method that is not a stream of PD's, or a member that is stopped.
  [[nodiscard]] std::unique_ptr<StreamServer> stream(std::uint64_t member, std::string_view method,
                                                     StreamClient& client);

  /// `count` new timestamps: the last one, as PD counts them (physical << 18 | logical).
  [[nodiscard]] std::uint64_t allocate_timestamps(std::uint32_t count);
  /// The millisecond of the last timestamp. All that come are of it or later.
  [[nodiscard]] std::int64_t last_physical() const { return physical_; }
  /// The clock that timestamps are made of is set back, and what was given is forgotten.
  void set_clock_back(std::chrono::milliseconds by) {
    clock_back_ += by;
    physical_ = 0;
    logical_ = 0;
  }
  void start_timestamps_after(std::int64_t physical) { physical_ = std::max(physical_, physical + 1); }
  /// The answer to one message of the timestamp stream, or the status that ends it.
  [[nodiscard]] Answer tso(std::string_view bytes);

  // One for each method. A status that is not OK refuses the call; errors that PD puts into its
  // header are in the answer.
  rpc::Status serve(const pdpb::GetMembersRequest& request, pdpb::GetMembersResponse& response) const;
  rpc::Status serve(const pdpb::GetClusterInfoRequest& request, pdpb::GetClusterInfoResponse& response) const;
  rpc::Status serve(const pdpb::GetStoreRequest& request, pdpb::GetStoreResponse& response) const;
  rpc::Status serve(const pdpb::GetAllStoresRequest& request, pdpb::GetAllStoresResponse& response) const;
  rpc::Status serve(const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) const;
  rpc::Status serve_previous(const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) const;
  rpc::Status serve(const pdpb::GetRegionByIDRequest& request, pdpb::GetRegionResponse& response) const;
  rpc::Status serve(const pdpb::ScanRegionsRequest& request, pdpb::ScanRegionsResponse& response) const;
  rpc::Status serve(const pdpb::BatchScanRegionsRequest& request, pdpb::BatchScanRegionsResponse& response) const;
  rpc::Status serve(const pdpb::GetGCSafePointRequest& request, pdpb::GetGCSafePointResponse& response) const;
  rpc::Status serve(const keyspacepb::LoadKeyspaceRequest& request, keyspacepb::LoadKeyspaceResponse& response) const;
  rpc::Status serve(const keyspacepb::GetAllKeyspacesRequest& request,
                    keyspacepb::GetAllKeyspacesResponse& response) const;

 private:
  [[nodiscard]] rpc::Status check(const std::optional<pdpb::RequestHeader>& header) const;
  [[nodiscard]] bool knows(std::string_view method) const;
  [[nodiscard]] metapb::Store described(const StoreState& store) const;
  [[nodiscard]] const RegionMap& view() const { return held_ ? *held_ : regions_; }
  template <class Response>
  void describe(const RegionState* region, bool buckets, Response& response) const;
  void fill_down_peers(const RegionState& region, std::vector<pdpb::PeerStats>& down) const;

  core::Loop& loop_;
  RegionMap& regions_;
  std::unique_ptr<const RegionMap> held_;
  const std::uint64_t& cluster_id_;
  PdMembers members_;
  std::string version_;
  Abilities abilities_;
  std::vector<Keyspace> keyspaces_;
  std::chrono::milliseconds clock_back_{};
  std::int64_t physical_ = 0;
  std::int64_t logical_ = 0;
};

}  // namespace tikv::testing
