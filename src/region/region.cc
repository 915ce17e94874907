#include "region/region.h"

#include <algorithm>

namespace tikv::region {

namespace {

std::shared_ptr<const Buckets> make_buckets(const wire::metapb::Buckets& told) {
  auto buckets = std::make_shared<Buckets>();
  buckets->version = told.version();
  buckets->keys.assign(told.keys().begin(), told.keys().end());
  return buckets;
}

}  // namespace

RegionPtr make_region(const pd::RegionInfo& info) {
  auto region = std::make_shared<Region>();
  region->id = info.meta.id();
  region->epoch = Epoch{info.meta.region_epoch().version(), info.meta.region_epoch().conf_ver()};
  region->start = info.meta.start_key();
  region->end = info.meta.end_key();
  for (const auto& peer : info.meta.peers()) {
    const bool down = std::find(info.down_peers.begin(), info.down_peers.end(), peer.id()) != info.down_peers.end();
    const bool leads = peer.id() == info.leader.id();
    region->degraded = region->degraded || down;
    if (peer.is_witness() || (down && !leads) || peer.role() == wire::metapb::Learner) continue;
    if (leads) region->leader = region->peers.size();
    region->peers.push_back(Peer{peer.id(), peer.store_id()});
  }
  if (region->peers.empty()) return nullptr;
  if (info.buckets) region->buckets = make_buckets(*info.buckets);
  return region;
}

RegionPtr make_region(const wire::metapb::Region& meta, std::uint64_t answering_store) {
  pd::RegionInfo info;
  info.meta = meta;
  for (const auto& peer : meta.peers()) {
    if (peer.store_id() == answering_store) info.leader = peer;
  }
  return make_region(info);
}

}  // namespace tikv::region
