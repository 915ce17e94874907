#include "region/region.h"

#include <algorithm>

namespace tikv::region {

RegionPtr make_region(const wire::metapb::Region& meta, std::uint64_t leader_id,
                      const std::vector<std::uint64_t>& down_peers) {
  auto region = std::make_shared<Region>();
  region->id = meta.id();
  region->epoch = Epoch{meta.region_epoch().version(), meta.region_epoch().conf_ver()};
  region->start = meta.start_key();
  region->end = meta.end_key();
  for (const auto& peer : meta.peers()) {
    const bool down = std::find(down_peers.begin(), down_peers.end(), peer.id()) != down_peers.end();
    const bool leads = peer.id() == leader_id;
    if (peer.is_witness() || (down && !leads) || peer.role() == wire::metapb::Learner) continue;
    if (leads) region->leader = region->peers.size();
    region->peers.push_back(Peer{peer.id(), peer.store_id()});
  }
  if (region->peers.empty()) return nullptr;
  return region;
}

}  // namespace tikv::region
