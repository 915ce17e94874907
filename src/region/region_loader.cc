#include "region/region_loader.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/pause.h"

namespace tikv::region {

namespace {

constexpr std::int32_t regions_per_question = 128;

RegionPtr usable_region(const pd::RegionInfo& info) {
  if (info.meta.id() == 0 || info.leader.id() == 0) return nullptr;
  return make_region(info);
}

std::string why_not(const pd::RegionInfo& info) {
  if (info.meta.id() == 0) return "PD knows no region for the key: is the cluster bootstrapped?";
  if (info.leader.id() == 0) return "region " + std::to_string(info.meta.id()) + " has no leader";
  return "region " + std::to_string(info.meta.id()) + " does not hold the key, or has no peer that could serve it";
}

}  // namespace

Task<RegionPtr> RegionLoader::locate(core::Operation& operation, std::string key) {
  core::Backoff backoff;
  for (;;) {
    if (RegionPtr known = cache_.find(key)) co_return known;
    const std::string gap = cache_.gap_start(key);
    std::shared_ptr<core::SingleFlight>& slot = flights_[gap];
    if (!slot) slot = std::make_shared<core::SingleFlight>();
    const std::shared_ptr<core::SingleFlight> flight = slot;
    bool flew = false;
    std::function<Task<void>()> fly = [&] {
      flew = true;
      return load_one(operation, key);
    };
    Result<void> landed = co_await flight->run(operation, std::move(fly), "waiting for the region of a key");
    if (flight.use_count() == 2) flights_.erase(gap);  // nobody else needs it: ours and the map's
    if (!landed) co_return landed.error();
    if (!flew || cache_.find(key)) continue;
    Error cause(ErrorKind::region_unavailable, operation.obstacle());
    co_await ok(core::pause(operation, backoff, core::BackoffKind::region_scheduling, std::move(cause)));
  }
}

Task<void> RegionLoader::load_one(core::Operation& operation, std::string key) {
  const pd::RegionInfo info = co_await ok(pd_.region_by_key(operation, key));
  const RegionPtr region = usable_region(info);
  if (region && region->contains(key)) {
    cache_.insert(region);  // refused where PD lags behind what the stores told us
  } else {
    operation.note_obstacle(why_not(info));
  }
  co_return {};
}

Task<void> RegionLoader::load(core::Operation& operation, std::string start, std::string end, std::int32_t limit) {
  if (!pd_scans_ || limit == 1) {
    co_await ok(locate(operation, std::move(start)));
    co_return {};
  }
  Result<std::vector<pd::RegionInfo>> found =
      co_await pd_.scan_regions(operation, std::move(start), std::move(end), limit);
  if (!found && found.error().kind() == ErrorKind::unsupported) {
    pd_scans_ = false;
    co_return {};
  }
  if (!found) co_return found.error();
  for (const pd::RegionInfo& info : *found) {
    if (const RegionPtr region = usable_region(info)) cache_.insert(region);
  }
  co_return {};
}

Task<void> RegionLoader::refresh(core::Operation& operation, std::string start, std::string end) {
  cache_.remove_range(start, end);
  std::optional<std::string> reached = std::move(start);
  while (reached && (end.empty() || *reached < end)) {
    const std::string from = *reached;
    co_await ok(load(operation, from, end, regions_per_question));
    reached = cache_.covered_until(from);
    if (reached != from) continue;
    // A gap in the answer, or a region without a leader: wait for this one.
    co_await ok(locate(operation, from));
    reached = cache_.covered_until(from);
  }
  co_return {};
}

}  // namespace tikv::region
