// Who holds a region, and what PD is told of it.
#include <algorithm>
#include <string>
#include <utility>

#include "testing/region_map.h"

namespace tikv::testing {

namespace {

void next_configuration(RegionState& region) {
  metapb::RegionEpoch& epoch = wire::ensure(region.meta.region_epoch);
  epoch.conf_ver = epoch.conf_ver + 1;
}

}  // namespace

std::uint64_t RegionMap::add_store() {
  const std::uint64_t id = next_id_++;
  StoreState& added = stores_[id];
  added.set_version(version_);
  metapb::Store& meta = added.meta;
  meta.id = id;
  meta.address = "store" + std::to_string(id) + ":20160";
  meta.node_state = metapb::NodeState::serving;
  return id;
}

std::string RegionMap::add_peer(std::uint64_t region_id, std::uint64_t store_id, metapb::PeerRole role) {
  RegionState* grown = region(region_id);
  if (grown == nullptr) return "no such region";
  if (store(store_id) == nullptr) return "no such store";
  if (grown->peer_on(store_id) != nullptr) return "the region has a peer on that store";
  metapb::Peer* peer = &grown->meta.peers.emplace_back();
  peer->id = next_id_++;
  peer->store_id = store_id;
  peer->role = role;
  next_configuration(*grown);
  note(region_id);
  return {};
}

RegionMap::Follower RegionMap::follower(std::uint64_t region_id, std::uint64_t store_id) {
  RegionState* found = region(region_id);
  if (found == nullptr) return {nullptr, nullptr, "no such region"};
  const auto place =
      std::ranges::find_if(found->meta.peers, [&](const metapb::Peer& one) { return one.store_id == store_id; });
  if (place == found->meta.peers.end()) return {found, nullptr, "the region has no peer on that store"};
  if (found->leader_store == store_id) return {found, nullptr, "that peer leads"};
  return {found, &*place, {}};
}

std::string RegionMap::remove_peer(std::uint64_t region_id, std::uint64_t store_id) {
  const Follower removed = follower(region_id, store_id);
  if (removed.region == nullptr || removed.peer == nullptr) return removed.why;
  RegionState& shrunk = *removed.region;
  std::erase_if(shrunk.meta.peers, [&](const metapb::Peer& peer) { return peer.store_id == store_id; });
  shrunk.down_stores.erase(store_id);
  next_configuration(shrunk);
  note(region_id);
  return {};
}

std::string RegionMap::set_peer_role(std::uint64_t region_id, std::uint64_t store_id, metapb::PeerRole role) {
  const Follower changed = follower(region_id, store_id);
  if (changed.region == nullptr || changed.peer == nullptr) return changed.why;
  changed.peer->role = role;
  next_configuration(*changed.region);
  note(region_id);
  return {};
}

std::string RegionMap::set_witness(std::uint64_t region_id, std::uint64_t store_id, bool witness) {
  const Follower changed = follower(region_id, store_id);
  if (changed.region == nullptr || changed.peer == nullptr) return changed.why;
  changed.peer->is_witness = witness;
  next_configuration(*changed.region);
  note(region_id);
  return {};
}

std::string RegionMap::set_peer_down(std::uint64_t region_id, std::uint64_t store_id, bool down) {
  RegionState* told = region(region_id);
  if (told == nullptr) return "no such region";
  if (told->peer_on(store_id) == nullptr) return "the region has no peer on that store";
  if (down) {
    told->down_stores.insert(store_id);
  } else {
    told->down_stores.erase(store_id);
  }
  return {};
}

std::string RegionMap::set_buckets(std::uint64_t region_id, const std::vector<std::string>& keys) {
  RegionState* cut = region(region_id);
  if (cut == nullptr) return "no such region";
  std::string_view reached = cut->meta.start_key;
  for (const std::string& key : keys) {
    if (!cut->contains(key) || key <= reached) return "the keys do not ascend inside of the region";
    reached = key;
  }
  cut->buckets.region_id = region_id;
  cut->buckets.version = cut->buckets.version + 1;
  cut->buckets.keys = {};
  cut->buckets.keys.push_back(cut->meta.start_key);
  for (const std::string& key : keys) cut->buckets.keys.push_back(key);
  cut->buckets.keys.push_back(cut->meta.end_key);
  return {};
}

}  // namespace tikv::testing
