#include "region/region.h"

#include <algorithm>

#include "core/limits.h"

namespace tikv::region {

namespace {

bool is_credible_bound(const std::string& key) { return key.size() <= core::limits::region_bound; }

bool is_credible(const wire::metapb::Region& meta) {
  const bool in_order = meta.end_key.empty() || meta.start_key < meta.end_key;
  return in_order && meta.peers.size() <= core::limits::peers && is_credible_bound(meta.start_key) &&
         is_credible_bound(meta.end_key);
}

std::shared_ptr<const Buckets> make_buckets(const wire::metapb::Buckets& told) {
  auto buckets = std::make_shared<Buckets>();
  buckets->version = told.version;
  buckets->keys = told.keys;
  return buckets;
}

}  // namespace

Epoch epoch_of(const wire::metapb::Region& meta) noexcept {
  return meta.region_epoch ? Epoch{meta.region_epoch->version, meta.region_epoch->conf_ver} : Epoch{};
}

KeyCodec::Place localize(const KeyCodec& codec, wire::metapb::Region& meta) {
  return codec.localize(meta.start_key, meta.end_key);
}

KeyCodec::Place localize(const KeyCodec& codec, pd::RegionInfo& info) {
  if (info.buckets) info.buckets->keys = localize_cuts(codec, std::move(info.buckets->keys));
  return localize(codec, info.meta);
}

std::vector<std::string> localize_cuts(const KeyCodec& codec, std::vector<std::string> cuts) {
  if (!codec.changes_keys()) return cuts;
  std::vector<std::string> localized;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    std::string start = cuts[i];
    std::string end = cuts[i + 1];
    if (codec.localize(start, end) != KeyCodec::Place::inside) continue;
    if (localized.empty()) localized.push_back(std::move(start));
    localized.push_back(std::move(end));
  }
  return localized;
}

bool are_credible_cuts(const std::vector<std::string>& cuts) {
  return cuts.size() <= core::limits::bucket_keys && std::all_of(cuts.begin(), cuts.end(), is_credible_bound);
}

RegionPtr make_region(const pd::RegionInfo& info) {
  if (!is_credible(info.meta)) return nullptr;
  auto region = std::make_shared<Region>();
  region->id = info.meta.id;
  region->epoch = epoch_of(info.meta);
  region->start = info.meta.start_key;
  region->end = info.meta.end_key;
  for (const auto& peer : info.meta.peers) {
    const bool down = std::find(info.down_peers.begin(), info.down_peers.end(), peer.id) != info.down_peers.end();
    const bool leads = peer.id == info.leader.id;
    region->degraded = region->degraded || down;
    if (peer.is_witness || (down && !leads) || peer.role == wire::metapb::PeerRole::learner) continue;
    if (leads) region->leader = region->peers.size();
    region->peers.push_back(Peer{peer.id, peer.store_id});
  }
  if (region->peers.empty()) return nullptr;
  if (info.buckets && are_credible_cuts(info.buckets->keys)) region->buckets = make_buckets(*info.buckets);
  return region;
}

RegionPtr make_region(const wire::metapb::Region& meta, std::uint64_t answering_store) {
  pd::RegionInfo info;
  info.meta = meta;
  for (const auto& peer : meta.peers) {
    if (peer.store_id == answering_store) info.leader = peer;
  }
  return make_region(info);
}

}  // namespace tikv::region
