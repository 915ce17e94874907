#include "region/region_cache.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "core/limits.h"

namespace tikv::region {

std::size_t weight_of(const Region& region) noexcept {
  constexpr std::size_t places = 256;  // the nodes of two maps, counters, the allocator's own
  std::size_t bytes = sizeof(Region) + places + region.start.capacity() + region.end.capacity();
  bytes += region.peers.capacity() * sizeof(Peer);
  if (region.buckets) {
    for (const std::string& key : region.buckets->keys) bytes += sizeof key + key.capacity();
  }
  return bytes;
}

RegionCache::ByStart::const_iterator RegionCache::holder_of(std::string_view key) const {
  const auto after = by_start_.upper_bound(key);
  if (after == by_start_.begin()) return by_start_.end();
  const auto candidate = std::prev(after);
  return candidate->second.region->contains(key) ? candidate : by_start_.end();
}

RegionPtr RegionCache::find(std::string_view key) {
  const auto held = holder_of(key);
  if (held == by_start_.end()) return nullptr;
  const core::Time now = loop_.now();
  if (now >= held->second.expires) {
    forget(RegionPtr(held->second.region), "it was known for so long that it may have changed");
    return nullptr;
  }
  // Use keeps it alive. To the minute is exact enough, and draws few random numbers.
  if (!held->second.region->degraded && !held->second.recalled &&
      held->second.expires - now < lifetime_.base - std::chrono::minutes(1)) {
    by_start_.find(held->first)->second.expires = expiry();
  }
  return held->second.region;
}

core::Time RegionCache::expiry() {
  return saturating_add(loop_.now(), lifetime_.base + core::random_up_to(loop_, lifetime_.jitter));
}

std::string RegionCache::gap_start(std::string_view key) const {
  const auto after = by_start_.upper_bound(key);
  return after == by_start_.begin() ? std::string() : std::prev(after)->second.region->end;
}

std::optional<std::string> RegionCache::covered_until(std::string_view key) const {
  std::string reached(key);
  for (auto at = holder_of(key); at != by_start_.end() && at->second.region->contains(reached); ++at) {
    if (at->second.region->end.empty()) return std::nullopt;
    reached = at->second.region->end;
  }
  return reached;
}

RegionPtr RegionCache::find_by_id(std::uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

bool RegionCache::insert(const RegionPtr& region, std::string_view source) {
  std::vector<RegionPtr> replaced;
  auto at = by_start_.upper_bound(region->start);
  if (at != by_start_.begin() && std::prev(at)->second.region->contains(region->start)) --at;
  for (; at != by_start_.end() && (region->end.empty() || at->first < region->end); ++at) {
    if (region->epoch.older_than(at->second.region->epoch)) return false;
    replaced.push_back(at->second.region);
  }
  RegionPtr taken = region;
  if (const RegionPtr same = find_by_id(region->id)) {
    if (region->epoch.older_than(same->epoch)) return false;
    if (same->buckets && (!region->buckets || region->buckets->version < same->buckets->version)) {
      auto changed = std::make_shared<Region>(*region);  // buckets are told more seldom than regions
      changed->buckets = same->buckets;
      taken = std::move(changed);
    }
    replaced.push_back(same);
  }
  for (const RegionPtr& old : replaced) remove(old);
  remove_doubted(taken->start, taken->end);
  if (events_.wanted()) {
    tell(replaced.empty() ? Event::region_loaded : Event::region_replaced, *taken, replaced, source);
  }
  by_start_.emplace(taken->start, Entry{taken, expiry(), false});
  by_id_[taken->id] = taken;
  bytes_ += weight_of(*taken);
  sweep();
  evict(*taken);
  return true;
}

void RegionCache::remove(const RegionPtr& region) {
  const auto found = by_id_.find(region->id);
  if (found == by_id_.end() || found->second != region) return;
  bytes_ -= weight_of(*region);
  by_start_.erase(region->start);
  by_id_.erase(found);
}

RegionCache::Doubted::const_iterator RegionCache::doubted_holder_of(std::string_view key) const {
  const auto after = doubted_.upper_bound(key);
  if (after == doubted_.begin()) return doubted_.end();
  const auto candidate = std::prev(after);
  return candidate->second->contains(key) ? candidate : doubted_.end();
}

RegionCache::Doubted::const_iterator RegionCache::drop_doubted(Doubted::const_iterator doubted) {
  doubted_bytes_ -= weight_of(*doubted->second);
  return doubted_.erase(doubted);
}

void RegionCache::remove_doubted(std::string_view start, std::string_view end) {
  if (doubted_.empty()) return;
  auto at = doubted_holder_of(start);
  if (at == doubted_.end()) at = doubted_.lower_bound(start);
  while (at != doubted_.end() && (end.empty() || at->first < end)) at = drop_doubted(at);
}

void RegionCache::forget(const RegionPtr& region, std::string_view reason) {
  if (find_by_id(region->id) != region) return;
  remove(region);
  remove_doubted(region->start, region->end);
  doubted_.emplace(region->start, region);
  doubted_bytes_ += weight_of(*region);
  while (doubted_bytes_ > core::limits::doubted_regions) drop_doubted(doubted_.begin());
  if (events_.wanted()) tell(Event::region_forgotten, *region, {}, reason);
}

bool RegionCache::can_recall(std::string_view key) const {
  return !doubted_.empty() && doubted_holder_of(key) != doubted_.end();
}

void RegionCache::recall(std::string_view key) {
  const auto doubted = doubted_holder_of(key);
  if (doubted == doubted_.end()) return;
  const RegionPtr region = doubted->second;
  drop_doubted(doubted);
  if (find_by_id(region->id) != nullptr) return;
  by_start_.emplace(region->start, Entry{region, saturating_add(loop_.now(), recalled_for), true});
  by_id_[region->id] = region;
  bytes_ += weight_of(*region);
}

void RegionCache::tell(Event event, const Region& region, const std::vector<RegionPtr>& before,
                       std::string_view reason) const {
  core::EventFields fields;
  fields.add("region", region.id).add("version", region.epoch.version).add("conf_version", region.epoch.conf_version);
  fields.add("store", region.leader_peer().store_id);
  const std::string start = events_.keys() ? core::escaped_key(region.start) : std::string();
  const std::string end = events_.keys() ? core::escaped_key(region.end) : std::string();
  if (events_.keys()) fields.add("start", std::string_view(start)).add("end", std::string_view(end));
  std::string ids;
  for (const RegionPtr& old : before) {
    if (std::string id = std::to_string(old->id); ids != id) ids += (ids.empty() ? "" : ",") + id;
  }
  if (!ids.empty()) fields.add("before", std::string_view(ids));
  if (!reason.empty()) fields.add("reason", reason);
  events_.tell(event, LogLevel::debug, fields, {0, {}, region.id, region.leader_peer().store_id});
}

void RegionCache::remove_range(std::string_view start, std::string_view end) {
  std::vector<RegionPtr> doomed;
  auto at = holder_of(start);
  if (at == by_start_.end()) at = by_start_.lower_bound(start);
  for (; at != by_start_.end() && (end.empty() || at->first < end); ++at) doomed.push_back(at->second.region);
  for (const RegionPtr& region : doomed) {
    remove(region);
    if (events_.wanted()) tell(Event::region_forgotten, *region, {}, "the caller asked for a refresh");
  }
  remove_doubted(start, end);
}

bool RegionCache::replace(const RegionPtr& region, const RegionPtr& with) {
  const auto entry = by_start_.find(region->start);
  if (entry == by_start_.end() || entry->second.region != region) return false;
  Entry changed = entry->second;
  changed.region = with;
  bytes_ += weight_of(*with) - weight_of(*region);
  by_start_.erase(entry);
  by_start_.emplace(with->start, std::move(changed));
  by_id_[with->id] = with;
  return true;
}

bool RegionCache::set_leader(const RegionPtr& region, std::uint64_t store_id) {
  for (std::size_t i = 0; i < region->peers.size(); ++i) {
    if (region->peers[i].store_id != store_id) continue;
    auto changed = std::make_shared<Region>(*region);
    changed->leader = i;
    return replace(region, changed);
  }
  return false;
}

void RegionCache::set_buckets(const RegionPtr& region, std::shared_ptr<const Buckets> buckets) {
  if (region->buckets && region->buckets->version >= buckets->version) return;
  auto changed = std::make_shared<Region>(*region);
  changed->buckets = std::move(buckets);
  replace(region, changed);
}

void RegionCache::evict(const Region& kept) {
  auto at = by_start_.upper_bound(swept_);
  while (bytes_ > core::limits::region_cache && by_start_.size() > 1) {
    if (at == by_start_.end()) at = by_start_.begin();
    const RegionPtr region = at->second.region;
    ++at;
    swept_ = region->start;
    if (region.get() == &kept) continue;
    remove(region);
    if (events_.wanted()) tell(Event::region_forgotten, *region, {}, "too many are known");
  }
}

// No timer: a client that is not used does nothing, and one that meets new regions cleans up as it goes.
void RegionCache::sweep() {
  auto at = by_start_.upper_bound(swept_);
  for (int looked_at = 0; looked_at < 4 && at != by_start_.end(); ++looked_at) {
    const RegionPtr region = at->second.region;
    const bool expired = loop_.now() >= at->second.expires;
    ++at;
    swept_ = region->start;
    if (!expired) continue;
    remove(region);
    if (events_.wanted()) tell(Event::region_forgotten, *region, {}, "nobody asked for it in a long time");
  }
  if (at == by_start_.end()) swept_.clear();
}

}  // namespace tikv::region
