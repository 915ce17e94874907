// What has happened in a cluster, for people and for tests.
#include <string>

#include "testing/cluster_model.h"

namespace tikv::testing {

std::string ClusterModel::report() const {
  std::string text;
  for (const auto& [id, store] : regions_.stores()) {
    std::size_t peers = 0;
    std::uint64_t keys = 0;
    regions_.each_region([&](const RegionState& region) {
      if (region.peer_on(id) == nullptr) return;
      ++peers;
      if (region.leader_store == id) keys += region.keys;
    });
    const StoreStatistics& done = store.statistics;
    text += "store " + std::to_string(id) + " at " + store.meta.address + (store.running ? ": " : " (stopped): ") +
            std::to_string(regions_.leaders_on(id)) + " leaders of " + std::to_string(peers) + " regions, " +
            std::to_string(keys) + " keys led, " + std::to_string(done.keys_read) + " keys read and " +
            std::to_string(done.keys_written) + " written in " + std::to_string(done.requests) + " requests";
    for (const auto& [name, count] : done.region_errors) text += ", " + std::to_string(count) + " " + name;
    text += '\n';
  }
  regions_.each_region([&](const RegionState& region) {
    text += "region " + std::to_string(region.meta.id) + " [" + shown(region.meta.start_key) + ", " +
            (region.meta.end_key.empty() ? std::string("end") : shown(region.meta.end_key)) +
            "): " + std::to_string(region.keys) + " keys, led by store " + std::to_string(region.leader_store) + "\n";
  });
  return text;
}

std::uint64_t ClusterModel::region_errors(std::string_view name) const {
  std::uint64_t total = 0;
  for (const auto& [id, store] : regions_.stores()) {
    const auto counted = store.statistics.region_errors.find(name);
    if (counted != store.statistics.region_errors.end()) total += counted->second;
  }
  return total;
}

}  // namespace tikv::testing
