#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/metapb.pb.h"

namespace tikv::testing {

namespace metapb = wire::metapb;

/// What a store has done so far, in keys: a batch of ten counts as ten.
struct StoreStatistics {
  std::uint64_t requests = 0;
  std::uint64_t keys_read = 0;
  std::uint64_t keys_written = 0;
};

struct StoreState {
  metapb::Store meta;
  bool running = true;
  StoreStatistics statistics;
};

struct RegionState {
  metapb::Region meta;
  std::uint64_t leader_store = 0;  ///< 0: no leader at present
  std::uint64_t keys = 0;          ///< in all column families

  [[nodiscard]] bool contains(std::string_view key) const;
  /// The region's peer on `store`; null if it has none there.
  [[nodiscard]] const metapb::Peer* peer_on(std::uint64_t store) const;
  /// The peer that leads; null without a leader.
  [[nodiscard]] const metapb::Peer* leader() const { return peer_on(leader_store); }
};

/// The one truth about regions and stores that PD and all stores of a cluster model share. The
/// regions always cover all keys without gaps. Methods that change it answer an empty text, or why
/// the change is not possible.
class RegionMap {
 public:
  /// `stores` stores and one region over all keys, with up to `replicas` peers.
  RegionMap(std::size_t stores, std::size_t replicas);

  [[nodiscard]] const std::map<std::uint64_t, StoreState>& stores() const { return stores_; }
  [[nodiscard]] StoreState* store(std::uint64_t id);
  [[nodiscard]] const StoreState* store(std::uint64_t id) const;

  [[nodiscard]] std::size_t region_count() const { return by_start_.size(); }
  [[nodiscard]] RegionState* region(std::uint64_t id);
  [[nodiscard]] RegionState& region_of(std::string_view key);
  /// The region that ends where the region of `key` starts; null for the first one.
  [[nodiscard]] RegionState* region_before(std::string_view key);
  /// The regions that overlap [start, end), in order; an empty `end` is open. `limit` 0: all.
  [[nodiscard]] std::vector<const RegionState*> scan(std::string_view start, std::string_view end,
                                                     std::size_t limit) const;
  void each_region(const std::function<void(const RegionState&)>& visit) const;
  [[nodiscard]] std::size_t leaders_on(std::uint64_t store) const;

  /// Cuts the region of `key` in two at `key`. The part before it becomes a new region; both have a
  /// new version. `keys_before` of its keys are in that part. Where a region starts already nothing happens.
  std::string split(std::string_view key, std::uint64_t keys_before);
  /// `target` takes over the keys of its neighbour `source`, which is gone.
  std::string merge(std::uint64_t source, std::uint64_t target);
  /// `store` 0: the region loses its leader.
  std::string transfer_leader(std::uint64_t region, std::uint64_t store);
  /// Gives the region to the running store among its peers that leads the fewest.
  void balance_leader(std::uint64_t region);
  /// A stopped store answers nothing. The others take over what it led, as far as they can.
  std::string stop_store(std::uint64_t id);
  std::string start_store(std::uint64_t id);

 private:
  RegionState& add_region(std::string start, std::string end);
  [[nodiscard]] std::map<std::string, std::unique_ptr<RegionState>, std::less<>>::const_iterator position_of(
      std::string_view key) const;

  std::uint64_t next_id_ = 1;  // regions, peers and stores draw from one sequence, as in PD
  std::size_t replicas_;
  std::map<std::uint64_t, StoreState> stores_;
  std::map<std::string, std::unique_ptr<RegionState>, std::less<>> by_start_;
  std::map<std::uint64_t, RegionState*> by_id_;
};

}  // namespace tikv::testing
