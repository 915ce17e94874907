#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/operation.h"
#include "core/single_flight.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "tikv/task.h"

namespace tikv::region {

/// Fills the cache of regions from PD.
class RegionLoader {
 public:
  RegionLoader(pd::PdClient& pd, RegionCache& cache) : pd_(pd), cache_(cache) {}

  /// The region that holds `key`, from the cache or from PD; waits for one that has a leader.
  Task<RegionPtr> locate(core::Operation& operation, std::string key);
  /// Asks PD once for up to `limit` regions that overlap [start, end), from `start` on, and takes those
  /// that have a leader. Nothing promises that they cover anything: look at the cache.
  Task<void> load(core::Operation& operation, std::string start, std::string end, std::int32_t limit);
  /// Forgets what is known of [start, end) and loads it again, whole.
  Task<void> refresh(core::Operation& operation, std::string start, std::string end);

 private:
  /// Asks PD once for the region of `key` and puts it into the cache if it can be used.
  Task<void> load_one(core::Operation& operation, std::string key);

  pd::PdClient& pd_;
  RegionCache& cache_;
  bool pd_scans_ = true;  // until PD says that it does not know how
  /// By the gap of the cache that is being loaded: many who miss the same region ask once.
  std::map<std::string, std::shared_ptr<core::SingleFlight>, std::less<>> flights_;
};

}  // namespace tikv::region
