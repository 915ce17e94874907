#include "testing/region_map.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace tikv::testing {

bool RegionState::contains(std::string_view key) const {
  return key >= meta.start_key && (meta.end_key.empty() || key < meta.end_key);
}

const metapb::Peer* RegionState::peer_on(std::uint64_t store) const {
  for (const metapb::Peer& peer : meta.peers) {
    if (peer.store_id == store) return &peer;
  }
  return nullptr;
}

RegionMap::RegionMap(std::size_t stores, std::size_t replicas, std::string version)
    : replicas_(std::max<std::size_t>(replicas, 1)), version_(std::move(version)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(stores, 1); ++i) static_cast<void>(add_store());
  RegionState& all = add_region("", "");
  wire::ensure(all.meta.region_epoch).conf_ver = static_cast<std::uint64_t>(all.meta.peers.size());
  wire::ensure(all.meta.region_epoch).version = 1;
  all.leader_store = stores_.begin()->first;
}

RegionState& RegionMap::add_region(std::string start, std::string end) {
  auto region = std::make_unique<RegionState>();
  region->meta.id = next_id_++;
  region->meta.start_key = start;
  region->meta.end_key = std::move(end);
  for (const auto& [id, store] : stores_) {
    if (static_cast<std::size_t>(region->meta.peers.size()) == replicas_) break;
    metapb::Peer* peer = &region->meta.peers.emplace_back();
    peer->id = next_id_++;
    peer->store_id = id;
  }
  RegionState& placed = *region;
  by_id_[placed.meta.id] = &placed;
  by_start_[std::move(start)] = std::move(region);
  return placed;
}

StoreState* RegionMap::store(std::uint64_t id) {
  const auto found = stores_.find(id);
  return found == stores_.end() ? nullptr : &found->second;
}

const StoreState* RegionMap::store(std::uint64_t id) const {
  const auto found = stores_.find(id);
  return found == stores_.end() ? nullptr : &found->second;
}

RegionState* RegionMap::region(std::uint64_t id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const RegionState* RegionMap::region(std::uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::map<std::string, std::unique_ptr<RegionState>, std::less<>>::const_iterator RegionMap::position_of(
    std::string_view key) const {
  return std::prev(by_start_.upper_bound(key));  // the first region starts at the empty key
}

RegionState& RegionMap::region_of(std::string_view key) { return *position_of(key)->second; }

RegionState* RegionMap::region_before(std::string_view key) {
  const auto here = position_of(key);
  return here == by_start_.begin() ? nullptr : std::prev(here)->second.get();
}

const RegionState& RegionMap::region_of(std::string_view key) const { return *position_of(key)->second; }

const RegionState* RegionMap::region_before(std::string_view key) const {
  const auto here = position_of(key);
  return here == by_start_.begin() ? nullptr : std::prev(here)->second.get();
}

std::vector<const RegionState*> RegionMap::scan(std::string_view start, std::string_view end, std::size_t limit) const {
  std::vector<const RegionState*> found;
  for (auto here = position_of(start); here != by_start_.end(); ++here) {
    if (!end.empty() && here->first >= end) break;
    found.push_back(here->second.get());
    if (found.size() == limit) break;
  }
  return found;
}

void RegionMap::each_region(const std::function<void(const RegionState&)>& visit) const {
  for (const auto& [start, region] : by_start_) visit(*region);
}

std::size_t RegionMap::leaders_on(std::uint64_t store) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(by_start_, [&](const auto& entry) { return entry.second->leader_store == store; }));
}

std::string RegionMap::split(std::string_view key, std::uint64_t keys_before) {
  RegionState& old = region_of(key);
  if (old.meta.start_key == key) return {};
  const std::uint64_t version = old.meta.region_epoch->version + 1;
  RegionState& fresh = cut_off(old, std::string(key));

  // The new region has its peers where the old one has them.
  fresh.meta.peers = {};
  for (const metapb::Peer& peer : old.meta.peers) {
    metapb::Peer* copy = &fresh.meta.peers.emplace_back();
    *copy = peer;
    copy->id = next_id_++;
  }
  fresh.meta.region_epoch = old.meta.region_epoch;
  wire::ensure(fresh.meta.region_epoch).version = version;
  wire::ensure(old.meta.region_epoch).version = version;
  fresh.leader_store = old.leader_store;
  fresh.electing = old.electing;
  fresh.down_stores = old.down_stores;
  old.buckets.keys = {};
  note(fresh.meta.id);
  note(old.meta.id);
  const std::uint64_t all = old.keys;
  RegionState& left = keeps_id_ == KeepsId::right ? fresh : old;
  RegionState& right = keeps_id_ == KeepsId::right ? old : fresh;
  left.keys = std::min(keys_before, all);
  right.keys = all - left.keys;
  return {};
}

RegionState& RegionMap::cut_off(RegionState& old, const std::string& key) {
  if (keeps_id_ == KeepsId::left) {
    std::string end = old.meta.end_key;
    old.meta.end_key = key;
    return add_region(key, std::move(end));
  }
  auto node = by_start_.extract(old.meta.start_key);
  node.key() = key;
  by_start_.insert(std::move(node));
  RegionState& fresh = add_region(old.meta.start_key, key);
  old.meta.start_key = key;
  return fresh;
}

std::string RegionMap::merge(std::uint64_t source_id, std::uint64_t target_id) {
  RegionState* source = region(source_id);
  RegionState* target = region(target_id);
  if (source == nullptr || target == nullptr) return "no such region";
  const bool source_is_left = !source->meta.end_key.empty() && source->meta.end_key == target->meta.start_key;
  const bool source_is_right = !target->meta.end_key.empty() && target->meta.end_key == source->meta.start_key;
  if (!source_is_left && !source_is_right) return "the regions are not neighbours";

  note(source_id);
  note(target_id);
  target->keys += source->keys;
  target->buckets.keys = {};
  wire::ensure(target->meta.region_epoch).version =
      std::max(source->meta.region_epoch->version, target->meta.region_epoch->version) + 1;
  const std::string start = source->meta.start_key;
  const std::string end = source->meta.end_key;
  by_id_.erase(source_id);
  by_start_.erase(start);
  if (source_is_left) {
    auto node = by_start_.extract(target->meta.start_key);
    node.key() = start;
    by_start_.insert(std::move(node));
    target->meta.start_key = start;
  } else {
    target->meta.end_key = end;
  }
  return {};
}

std::string RegionMap::transfer_leader(std::uint64_t region_id, std::uint64_t store_id) {
  RegionState* moved = region(region_id);
  if (moved == nullptr) return "no such region";
  note(region_id);
  if (store_id == 0) {
    moved->leader_store = 0;
    moved->electing = false;
    return {};
  }
  const metapb::Peer* peer = moved->peer_on(store_id);
  if (peer == nullptr) return "the region has no peer on that store";
  if (peer->role != metapb::PeerRole::voter || peer->is_witness) return "that peer cannot lead";
  if (!store(store_id)->running) return "that store is stopped";
  moved->leader_store = store_id;
  moved->electing = false;
  return {};
}

void RegionMap::balance_leader(std::uint64_t region_id) {
  RegionState* moved = region(region_id);
  if (moved == nullptr) return;
  note(region_id);
  moved->leader_store = 0;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  std::uint64_t best = 0;
  for (const metapb::Peer& peer : moved->meta.peers) {
    if (peer.role != metapb::PeerRole::voter || peer.is_witness || !store(peer.store_id)->running) continue;
    const std::size_t leads = leaders_on(peer.store_id);
    if (leads < fewest) {
      fewest = leads;
      best = peer.store_id;
    }
  }
  moved->leader_store = best;
  moved->electing = best == 0;
}

std::string RegionMap::stop_store(std::uint64_t id) {
  StoreState* stopped = store(id);
  if (stopped == nullptr) return "no such store";
  stopped->running = false;
  for (const auto& [region_id, state] : by_id_) {
    if (state->leader_store != id) continue;
    note(region_id);
    state->leader_store = 0;
    state->electing = true;
  }
  return {};
}

std::string RegionMap::start_store(std::uint64_t id) {
  StoreState* started = store(id);
  if (started == nullptr) return "no such store";
  if (started->meta.state == metapb::StoreState::tombstone) return "that store is gone for good";
  started->running = true;
  ++started->incarnation;
  return {};
}

std::vector<std::uint64_t> RegionMap::leaderless() const {
  std::vector<std::uint64_t> found;
  for (const auto& [id, state] : by_id_) {
    if (state->electing) found.push_back(id);
  }
  return found;
}

void RegionMap::elect(const std::vector<std::uint64_t>& regions) {
  for (const std::uint64_t id : regions) {
    const RegionState* waiting = region(id);
    if (waiting != nullptr && waiting->electing) balance_leader(id);
  }
}

void RegionMap::restore(std::vector<RegionState> regions, std::uint64_t next_id) {
  by_id_.clear();
  by_start_.clear();
  next_id_ = next_id;
  for (RegionState& saved : regions) {
    auto region = std::make_unique<RegionState>(std::move(saved));
    by_id_[region->meta.id] = region.get();
    std::string start = region->meta.start_key;
    by_start_[std::move(start)] = std::move(region);
  }
}

std::unique_ptr<const RegionMap> RegionMap::copy() const {
  std::unique_ptr<RegionMap> made(new RegionMap());
  made->next_id_ = next_id_;
  made->replicas_ = replicas_;
  made->version_ = version_;
  made->keeps_id_ = keeps_id_;
  made->stores_ = stores_;
  for (const auto& [start, state] : by_start_) {
    auto& placed = made->by_start_[start] = std::make_unique<RegionState>(*state);
    made->by_id_[placed->meta.id] = placed.get();
  }
  return made;
}

}  // namespace tikv::testing
