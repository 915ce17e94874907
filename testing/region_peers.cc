// Who holds a region, and what PD is told of it.
#include <algorithm>
#include <string>
#include <utility>

#include "testing/region_map.h"

namespace tikv::testing {

namespace {

void next_configuration(RegionState& region) {
  metapb::RegionEpoch& epoch = *region.meta.mutable_region_epoch();
  epoch.set_conf_ver(epoch.conf_ver() + 1);
}

}  // namespace

std::uint64_t RegionMap::add_store() {
  const std::uint64_t id = next_id_++;
  StoreState& added = stores_[id];
  added.set_version(version_);
  metapb::Store& meta = added.meta;
  meta.set_id(id);
  meta.set_address("store" + std::to_string(id) + ":20160");
  meta.set_node_state(metapb::Serving);
  return id;
}

std::string RegionMap::add_peer(std::uint64_t region_id, std::uint64_t store_id, metapb::PeerRole role) {
  RegionState* grown = region(region_id);
  if (grown == nullptr) return "no such region";
  if (store(store_id) == nullptr) return "no such store";
  if (grown->peer_on(store_id) != nullptr) return "the region has a peer on that store";
  metapb::Peer* peer = grown->meta.add_peers();
  peer->set_id(next_id_++);
  peer->set_store_id(store_id);
  peer->set_role(role);
  next_configuration(*grown);
  note(region_id);
  return {};
}

RegionMap::Follower RegionMap::follower(std::uint64_t region_id, std::uint64_t store_id) {
  RegionState* found = region(region_id);
  if (found == nullptr) return {nullptr, nullptr, "no such region"};
  const auto place = std::ranges::find_if(*found->meta.mutable_peers(),
                                          [&](const metapb::Peer& one) { return one.store_id() == store_id; });
  if (place == found->meta.mutable_peers()->end()) return {found, nullptr, "the region has no peer on that store"};
  if (found->leader_store == store_id) return {found, nullptr, "that peer leads"};
  return {found, &*place, {}};
}

std::string RegionMap::remove_peer(std::uint64_t region_id, std::uint64_t store_id) {
  const Follower removed = follower(region_id, store_id);
  if (removed.region == nullptr || removed.peer == nullptr) return removed.why;
  RegionState& shrunk = *removed.region;
  for (int i = 0; i < shrunk.meta.peers_size(); ++i) {
    if (&shrunk.meta.peers(i) != removed.peer) continue;
    shrunk.meta.mutable_peers()->DeleteSubrange(i, 1);
    break;
  }
  shrunk.down_stores.erase(store_id);
  next_configuration(shrunk);
  note(region_id);
  return {};
}

std::string RegionMap::set_peer_role(std::uint64_t region_id, std::uint64_t store_id, metapb::PeerRole role) {
  const Follower changed = follower(region_id, store_id);
  if (changed.region == nullptr || changed.peer == nullptr) return changed.why;
  changed.peer->set_role(role);
  next_configuration(*changed.region);
  note(region_id);
  return {};
}

std::string RegionMap::set_witness(std::uint64_t region_id, std::uint64_t store_id, bool witness) {
  const Follower changed = follower(region_id, store_id);
  if (changed.region == nullptr || changed.peer == nullptr) return changed.why;
  changed.peer->set_is_witness(witness);
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
  std::string_view reached = cut->meta.start_key();
  for (const std::string& key : keys) {
    if (!cut->contains(key) || key <= reached) return "the keys do not ascend inside of the region";
    reached = key;
  }
  cut->buckets.set_region_id(region_id);
  cut->buckets.set_version(cut->buckets.version() + 1);
  cut->buckets.clear_keys();
  cut->buckets.add_keys(cut->meta.start_key());
  for (const std::string& key : keys) cut->buckets.add_keys(key);
  cut->buckets.add_keys(cut->meta.end_key());
  return {};
}

}  // namespace tikv::testing
