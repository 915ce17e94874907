#include "testing/region_check.h"

#include <string>

namespace tikv::testing {

namespace {

/// Whom the request is for; nobody if it does not say so.
metapb::Peer peer_of(const wire::kvrpcpb::Context& context) { return context.peer.value_or(metapb::Peer()); }

namespace errorpb = wire::errorpb;

void not_leader(const RegionState& region, errorpb::Error& error) {
  error.message = "this store does not lead region " + std::to_string(region.meta.id);
  wire::ensure(error.not_leader).region_id = region.meta.id;
  if (region.leader() != nullptr) error.not_leader->leader = *region.leader();
}

/// The next region in the direction in which splits leave the new ones.
const RegionState* sibling_of(const RegionMap& regions, const RegionState& region) {
  if (regions.keeps_id() == RegionMap::KeepsId::right) return regions.region_before(region.meta.start_key);
  return region.meta.end_key.empty() ? nullptr : &regions.region_of(region.meta.end_key);
}

// The region as it is, and as many others as may have been split from it since the asked version. A client
// that knows a newer version than the store is told the region alone.
void epoch_not_match(const RegionMap& regions, const RegionState& region, std::uint64_t asked, errorpb::Error& error) {
  constexpr int most_siblings = 10;
  error.message = "region " + std::to_string(region.meta.id) + " is at epoch version " +
                  std::to_string(region.meta.region_epoch->version);
  wire::ensure(error.epoch_not_match).current_regions.push_back(region.meta);
  std::uint64_t newest = region.meta.region_epoch->version;
  if (asked >= newest) return;
  std::uint64_t splits = newest - asked;
  const RegionState* sibling = &region;
  for (int i = 0; i < most_siblings && splits > 0; ++i, --splits) {
    sibling = sibling_of(regions, *sibling);
    if (sibling == nullptr) return;
    const std::uint64_t version = sibling->meta.region_epoch->version;
    if (version > newest) {
      splits += version - newest;
      newest = version;
    }
    wire::ensure(error.epoch_not_match).current_regions.push_back(sibling->meta);
  }
}

void another_peer(const StoreState& store, std::uint64_t asked, std::uint64_t here, errorpb::Error& error) {
  error.message = "mismatch peer id " + std::to_string(asked) + " != " + std::to_string(here);
  if (!store.abilities.mismatch_peer_id) return;
  wire::ensure(error.mismatch_peer_id).request_peer_id = asked;
  wire::ensure(error.mismatch_peer_id).store_peer_id = here;
}

bool outside(const RegionState& region, std::string_view key, errorpb::Error& error) {
  error.message = "a key is not in region " + std::to_string(region.meta.id);
  errorpb::KeyNotInRegion& why = wire::ensure(error.key_not_in_region);
  why.key = std::string(key);
  why.region_id = region.meta.id;
  why.start_key = region.meta.start_key;
  why.end_key = region.meta.end_key;
  return false;
}

}  // namespace

RegionState* check_region(RegionMap& regions, const StoreState& store, const wire::kvrpcpb::Context& context,
                          errorpb::Error& error) {
  const std::uint64_t here = store.meta.id;
  if (peer_of(context).store_id != here) {
    error.message = "this is store " + std::to_string(here);
    wire::ensure(error.store_not_match).request_store_id = peer_of(context).store_id;
    wire::ensure(error.store_not_match).actual_store_id = here;
    return nullptr;
  }
  RegionState* region = regions.region(context.region_id);
  const metapb::Peer* peer = region == nullptr ? nullptr : region->peer_on(here);
  if (peer == nullptr) {
    error.message = "region " + std::to_string(context.region_id) + " is not on this store";
    wire::ensure(error.region_not_found).region_id = context.region_id;
    return nullptr;
  }
  if (peer->id != peer_of(context).id) {
    another_peer(store, peer_of(context).id, peer->id, error);
    return nullptr;
  }
  if (region->leader_store != here) {
    not_leader(*region, error);
    return nullptr;
  }
  if (!context.region_epoch) {
    error.message = "missing epoch!";
    return nullptr;
  }
  // Reads and writes of keys depend on the range alone: conf_ver is not compared.
  if (region->meta.region_epoch->version != context.region_epoch->version) {
    epoch_not_match(regions, *region, context.region_epoch->version, error);
    return nullptr;
  }
  return region;
}

bool check_key(const RegionState& region, std::string_view key, errorpb::Error& error) {
  return region.contains(key) || outside(region, key, error);
}

bool check_key_or_end(const RegionState& region, std::string_view key, errorpb::Error& error) {
  return region.contains(key) || (!key.empty() && key == region.meta.end_key) || outside(region, key, error);
}

bool check_range_end(const RegionState& region, std::string_view end, errorpb::Error& error) {
  const bool inside = end.empty() ? region.meta.end_key.empty() : region.contains(end) || end == region.meta.end_key;
  return inside || outside(region, end, error);
}

}  // namespace tikv::testing
