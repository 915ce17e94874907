#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/store_state.h"
#include "wire/metapb.h"

namespace tikv::testing {

struct RegionState {
  metapb::Region meta;
  std::uint64_t leader_store = 0;         ///< 0: no leader at present
  bool electing = false;                  ///< it lost its leader and will find another one
  std::uint64_t keys = 0;                 ///< in all column families
  std::set<std::uint64_t> down_stores{};  ///< PD believes its peers there to be down
  metapb::Buckets buckets{};              ///< no keys: nobody has reported any

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
  /// `stores` stores of a version, and one region over all keys, with up to `replicas` peers.
  RegionMap(std::size_t stores, std::size_t replicas, std::string version = "8.5.0");

  [[nodiscard]] const std::map<std::uint64_t, StoreState>& stores() const { return stores_; }
  [[nodiscard]] StoreState* store(std::uint64_t id);
  [[nodiscard]] const StoreState* store(std::uint64_t id) const;

  [[nodiscard]] std::size_t region_count() const { return by_start_.size(); }
  [[nodiscard]] RegionState* region(std::uint64_t id);
  [[nodiscard]] const RegionState* region(std::uint64_t id) const;
  [[nodiscard]] RegionState& region_of(std::string_view key);
  [[nodiscard]] const RegionState& region_of(std::string_view key) const;
  /// The region that ends where the region of `key` starts; null for the first one.
  [[nodiscard]] RegionState* region_before(std::string_view key);
  [[nodiscard]] const RegionState* region_before(std::string_view key) const;
  /// The regions that overlap [start, end), in order; an empty `end` is open. `limit` 0: all.
  [[nodiscard]] std::vector<const RegionState*> scan(std::string_view start, std::string_view end,
                                                     std::size_t limit) const;
  void each_region(const std::function<void(const RegionState&)>& visit) const;
  [[nodiscard]] std::size_t leaders_on(std::uint64_t store) const;

  /// The part of a region that keeps its id, peers and leader in a split; the other one is new. TiKV's
  /// `right-derive-when-split`, which is true by default.
  enum class KeepsId : unsigned char { left, right };
  void set_keeps_id(KeepsId part) { keeps_id_ = part; }
  [[nodiscard]] KeepsId keeps_id() const { return keeps_id_; }
  /// Cuts the region of `key` in two at `key`; both parts have a new version. `keys_before` of its keys are
  /// in the left part. Where a region starts already nothing happens.
  std::string split(std::string_view key, std::uint64_t keys_before);
  /// `target` takes over the keys of its neighbour `source`, which is gone.
  std::string merge(std::uint64_t source, std::uint64_t target);
  /// `store` 0: the region has no leader until somebody is named here.
  std::string transfer_leader(std::uint64_t region, std::uint64_t store);
  /// Gives the region to the running store among its peers that leads the fewest.
  void balance_leader(std::uint64_t region);

  /// A stopped store answers nothing. What it led has no leader until there was an election.
  std::string stop_store(std::uint64_t id);
  std::string start_store(std::uint64_t id);
  /// The regions that wait for an election.
  [[nodiscard]] std::vector<std::uint64_t> leaderless() const;
  /// Those of `regions` that still wait find a leader, as far as they can.
  void elect(const std::vector<std::uint64_t>& regions);

  // Who holds a region; each change gives it a new conf_ver. A leader's peer stays as it is.
  [[nodiscard]] std::uint64_t add_store();
  std::string add_peer(std::uint64_t region, std::uint64_t store, metapb::PeerRole role = metapb::PeerRole::voter);
  std::string remove_peer(std::uint64_t region, std::uint64_t store);
  std::string set_peer_role(std::uint64_t region, std::uint64_t store, metapb::PeerRole role);
  std::string set_witness(std::uint64_t region, std::uint64_t store, bool witness);

  /// PD reports the peer as down although its store runs, or no more.
  std::string set_peer_down(std::uint64_t region, std::uint64_t store, bool down);
  /// Cuts the region into buckets at `keys`, which ascend and lie inside; a new version of them.
  std::string set_buckets(std::uint64_t region, const std::vector<std::string>& keys);

  /// The ids of regions that were made, changed or merged away since they were asked for last, if they
  /// are kept track of.
  void track_changes() { tracking_ = true; }
  [[nodiscard]] std::set<std::uint64_t> take_changes() { return std::exchange(changed_, {}); }
  /// The next id that PD gives away.
  [[nodiscard]] std::uint64_t next_id() const { return next_id_; }
  /// Takes these regions in place of those it has; they must cover all keys, and their peers be on
  /// stores that there are. Who led a region leads it again.
  void restore(std::vector<RegionState> regions, std::uint64_t next_id);

  /// The same map once more, which nobody changes.
  [[nodiscard]] std::unique_ptr<const RegionMap> copy() const;

 private:
  RegionMap() = default;
  /// A region, and its peer on a store; without a peer, why there is none.
  struct Follower {
    RegionState* region = nullptr;
    metapb::Peer* peer = nullptr;
    std::string why;
  };
  [[nodiscard]] Follower follower(std::uint64_t region, std::uint64_t store);
  void note(std::uint64_t region) {
    if (tracking_) changed_.insert(region);
  }
  /// Makes a new region of the part of `old` before or from `key`, whichever does not keep the id.
  RegionState& cut_off(RegionState& old, const std::string& key);
  RegionState& add_region(std::string start, std::string end);
  [[nodiscard]] std::map<std::string, std::unique_ptr<RegionState>, std::less<>>::const_iterator position_of(
      std::string_view key) const;

  std::uint64_t next_id_ = 1;  // regions, peers and stores draw from one sequence, as in PD
  KeepsId keeps_id_ = KeepsId::right;
  std::size_t replicas_ = 1;
  std::string version_;
  std::map<std::uint64_t, StoreState> stores_;
  std::map<std::string, std::unique_ptr<RegionState>, std::less<>> by_start_;
  std::map<std::uint64_t, RegionState*> by_id_;
  bool tracking_ = false;
  std::set<std::uint64_t> changed_;
};

}  // namespace tikv::testing
