#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/operation.h"
#include "core/shared_questions.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "tikv/task.h"

namespace tikv::region {

/// The keys of a region that cannot be used just now, and why.
struct MissingRegion {
  std::string start;
  std::string end;  ///< empty: to the last key
  std::string why;
  bool hopeless = false;  ///< to wait for it will not help

  [[nodiscard]] bool contains(std::string_view key) const noexcept {
    return key >= start && (end.empty() || key < end);
  }
};

/// Fills the cache of regions from PD.
class RegionLoader {
 public:
  /// What PD is asked for at a time. TiKV's own client asks for no more.
  static constexpr std::int32_t most_regions_per_question = 128;

  RegionLoader(pd::PdClient& pd, RegionCache& cache, const KeyCodec& codec) : pd_(pd), cache_(cache), codec_(codec) {}

  /// The region that holds `key`, from the cache or from PD; waits for one that has a leader.
  Task<RegionPtr> locate(core::Operation& operation, std::string key);
  /// Asks PD once for up to `limit` regions that overlap [start, end), from `start` on, takes those that
  /// can be used, and gives the others. Waits for none, and nothing promises that they cover anything:
  /// look at the cache.
  Task<std::vector<MissingRegion>> load(core::Operation& operation, std::string start, std::string end,
                                        std::int32_t limit);
  /// Forgets what is known of [start, end) and loads it again, whole.
  Task<void> refresh(core::Operation& operation, std::string start, std::string end);

 private:
  /// Is there an answer of old for `key`, and `failed` nothing that keeps us from using it?
  [[nodiscard]] bool falls_back(core::Operation& operation, std::string_view key, const Error* failed);
  /// Asks PD once for the region of `key`, or waits for the answer to somebody's question for a region
  /// near it; gives the region that was asked for if it cannot be used.
  Task<std::optional<MissingRegion>> look_up(core::Operation& operation, std::string key);
  /// The same, shared with those who are as patient.
  Task<std::optional<MissingRegion>> ask_one(core::Operation& operation, std::string key, bool hasty);
  /// Asks PD once for the region of `key` and puts it into the cache if it can be used.
  Task<void> load_one(core::Operation& operation, std::string key, std::optional<MissingRegion>& missing);

  pd::PdClient& pd_;
  RegionCache& cache_;
  const KeyCodec& codec_;
  bool pd_scans_ = true;  // until PD says that it does not know how
  /// By the gap of the cache that is being loaded.
  core::SharedQuestions<std::string, std::optional<MissingRegion>> questions_;
  core::SharedQuestions<std::string, std::optional<MissingRegion>> hasty_questions_;
};

}  // namespace tikv::region
