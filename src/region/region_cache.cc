#include "region/region_cache.h"

#include <iterator>
#include <vector>

namespace tikv::region {

RegionPtr RegionCache::find(std::string_view key) const {
  auto after = by_start_.upper_bound(key);
  if (after == by_start_.begin()) return nullptr;
  const RegionPtr& candidate = std::prev(after)->second;
  return candidate->contains(key) ? candidate : nullptr;
}

std::string RegionCache::gap_start(std::string_view key) const {
  const auto after = by_start_.upper_bound(key);
  return after == by_start_.begin() ? std::string() : std::prev(after)->second->end;
}

RegionPtr RegionCache::find_by_id(std::uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

bool RegionCache::insert(const RegionPtr& region) {
  std::vector<RegionPtr> replaced;
  auto at = by_start_.upper_bound(region->start);
  if (at != by_start_.begin() && std::prev(at)->second->contains(region->start)) --at;
  for (; at != by_start_.end() && (region->end.empty() || at->first < region->end); ++at) {
    if (region->epoch.older_than(at->second->epoch)) return false;
    replaced.push_back(at->second);
  }
  if (const RegionPtr same = find_by_id(region->id)) {
    if (region->epoch.older_than(same->epoch)) return false;
    replaced.push_back(same);
  }
  for (const RegionPtr& old : replaced) remove(old);
  by_start_[region->start] = region;
  by_id_[region->id] = region;
  return true;
}

void RegionCache::remove(const RegionPtr& region) {
  const auto found = by_id_.find(region->id);
  if (found == by_id_.end() || found->second != region) return;
  by_id_.erase(found);
  by_start_.erase(region->start);
}

bool RegionCache::set_leader(const RegionPtr& region, std::uint64_t store_id) {
  if (find_by_id(region->id) != region) return false;
  for (std::size_t i = 0; i < region->peers.size(); ++i) {
    if (region->peers[i].store_id != store_id) continue;
    auto changed = std::make_shared<Region>(*region);
    changed->leader = i;
    by_id_[region->id] = changed;
    by_start_[region->start] = changed;
    return true;
  }
  return false;
}

}  // namespace tikv::region
