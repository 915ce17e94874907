#include "testing/region_check.h"

#include <string>

namespace tikv::testing {

namespace {

namespace errorpb = wire::errorpb;

void not_leader(const RegionState& region, errorpb::Error& error) {
  error.set_message("this store does not lead region " + std::to_string(region.meta.id()));
  error.mutable_not_leader()->set_region_id(region.meta.id());
  if (region.leader() != nullptr) *error.mutable_not_leader()->mutable_leader() = *region.leader();
}

/// The next region in the direction in which splits leave the new ones.
const RegionState* sibling_of(const RegionMap& regions, const RegionState& region) {
  if (regions.keeps_id() == RegionMap::KeepsId::right) return regions.region_before(region.meta.start_key());
  return region.meta.end_key().empty() ? nullptr : &regions.region_of(region.meta.end_key());
}

// The region as it is, and as many others as may have been split from it since the asked version. A client
// that knows a newer version than the store is told the region alone.
void epoch_not_match(const RegionMap& regions, const RegionState& region, std::uint64_t asked, errorpb::Error& error) {
  constexpr int most_siblings = 10;
  error.set_message("region " + std::to_string(region.meta.id()) + " is at epoch version " +
                    std::to_string(region.meta.region_epoch().version()));
  *error.mutable_epoch_not_match()->add_current_regions() = region.meta;
  std::uint64_t newest = region.meta.region_epoch().version();
  if (asked >= newest) return;
  std::uint64_t splits = newest - asked;
  const RegionState* sibling = &region;
  for (int i = 0; i < most_siblings && splits > 0; ++i, --splits) {
    sibling = sibling_of(regions, *sibling);
    if (sibling == nullptr) return;
    const std::uint64_t version = sibling->meta.region_epoch().version();
    if (version > newest) {
      splits += version - newest;
      newest = version;
    }
    *error.mutable_epoch_not_match()->add_current_regions() = sibling->meta;
  }
}

void another_peer(const StoreState& store, std::uint64_t asked, std::uint64_t here, errorpb::Error& error) {
  error.set_message("mismatch peer id " + std::to_string(asked) + " != " + std::to_string(here));
  if (!store.abilities.mismatch_peer_id) return;
  error.mutable_mismatch_peer_id()->set_request_peer_id(asked);
  error.mutable_mismatch_peer_id()->set_store_peer_id(here);
}

bool outside(const RegionState& region, std::string_view key, errorpb::Error& error) {
  error.set_message("a key is not in region " + std::to_string(region.meta.id()));
  errorpb::KeyNotInRegion& why = *error.mutable_key_not_in_region();
  why.set_key(std::string(key));
  why.set_region_id(region.meta.id());
  why.set_start_key(region.meta.start_key());
  why.set_end_key(region.meta.end_key());
  return false;
}

}  // namespace

RegionState* check_region(RegionMap& regions, const StoreState& store, const wire::kvrpcpb::Context& context,
                          errorpb::Error& error) {
  const std::uint64_t here = store.meta.id();
  if (context.peer().store_id() != here) {
    error.set_message("this is store " + std::to_string(here));
    error.mutable_store_not_match()->set_request_store_id(context.peer().store_id());
    error.mutable_store_not_match()->set_actual_store_id(here);
    return nullptr;
  }
  RegionState* region = regions.region(context.region_id());
  const metapb::Peer* peer = region == nullptr ? nullptr : region->peer_on(here);
  if (peer == nullptr) {
    error.set_message("region " + std::to_string(context.region_id()) + " is not on this store");
    error.mutable_region_not_found()->set_region_id(context.region_id());
    return nullptr;
  }
  if (peer->id() != context.peer().id()) {
    another_peer(store, context.peer().id(), peer->id(), error);
    return nullptr;
  }
  if (region->leader_store != here) {
    not_leader(*region, error);
    return nullptr;
  }
  if (!context.has_region_epoch()) {
    error.set_message("missing epoch!");
    return nullptr;
  }
  // Reads and writes of keys depend on the range alone: conf_ver is not compared.
  if (region->meta.region_epoch().version() != context.region_epoch().version()) {
    epoch_not_match(regions, *region, context.region_epoch().version(), error);
    return nullptr;
  }
  return region;
}

bool check_key(const RegionState& region, std::string_view key, errorpb::Error& error) {
  return region.contains(key) || outside(region, key, error);
}

bool check_key_or_end(const RegionState& region, std::string_view key, errorpb::Error& error) {
  return region.contains(key) || (!key.empty() && key == region.meta.end_key()) || outside(region, key, error);
}

bool check_range_end(const RegionState& region, std::string_view end, errorpb::Error& error) {
  const bool inside =
      end.empty() ? region.meta.end_key().empty() : region.contains(end) || end == region.meta.end_key();
  return inside || outside(region, end, error);
}

}  // namespace tikv::testing
