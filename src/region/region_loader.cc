#include "region/region_loader.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/pause.h"

namespace tikv::region {

namespace {

/// A region as PD tells it, in the client's keys.
struct Told {
  pd::RegionInfo info;
  KeyCodec::Place place = KeyCodec::Place::inside;
};

Told localized(const KeyCodec& codec, pd::RegionInfo info) {
  Told told;
  told.place = info.meta.id == 0 ? KeyCodec::Place::inside : localize(codec, info);
  told.info = std::move(info);
  return told;
}

RegionPtr usable_region(const Told& told) {
  const pd::RegionInfo& info = told.info;
  if (told.place != KeyCodec::Place::inside) return nullptr;
  if (info.meta.id == 0 || info.leader.id == 0) return nullptr;
  return make_region(info);
}

std::string why_not(const Told& told) {
  const pd::RegionInfo& info = told.info;
  if (info.meta.id == 0) return "PD knows no region for the key: is the cluster bootstrapped?";
  const std::string name = "region " + std::to_string(info.meta.id);
  if (told.place == KeyCodec::Place::unreadable) {
    return name +
           " has bounds that are not of API version 2, which this client is set to: the cluster uses another one";
  }
  if (told.place == KeyCodec::Place::outside) return name + " is not of this keyspace, and PD told it for a key of it";
  if (info.leader.id == 0) return name + " has no leader";
  return name +
         " has no peer that could serve it or bounds that cannot be, or PD lags behind what the stores say of it";
}

MissingRegion missing_region(const Told& told) {
  MissingRegion missing;
  missing.start = told.info.meta.start_key;
  missing.end = told.info.meta.end_key;
  missing.why = why_not(told);
  missing.hopeless = told.place == KeyCodec::Place::unreadable;
  return missing;
}

/// Nothing is known of its region, so nothing follows for other keys.
MissingRegion missing_key(const std::string& key, std::string why) {
  MissingRegion missing;
  missing.start = key;
  missing.end = key + '\0';
  missing.why = std::move(why);
  return missing;
}

}  // namespace

Task<RegionPtr> RegionLoader::locate(core::Operation& operation, std::string key) {
  core::Backoff backoff;
  for (;;) {
    if (RegionPtr known = cache_.find(key)) co_return known;
    const std::optional<MissingRegion> missing = co_await ok(look_up(operation, key));
    if (cache_.find(key) || !missing || !missing->contains(key)) continue;
    if (missing->hopeless) co_return operation.tell(Error(ErrorKind::unsupported, missing->why));
    Error cause(ErrorKind::region_unavailable, missing->why);
    co_await ok(core::pause(operation, backoff, core::BackoffKind::region_scheduling, std::move(cause)));
  }
}

// A region in doubt is better than none: while PD does not answer at once, its stores are asked, which know
// what became of it.
bool RegionLoader::falls_back(core::Operation& operation, std::string_view key, const Error* failed) {
  if (operation.interrupted()) return false;
  const bool silent =
      failed == nullptr || failed->kind() == ErrorKind::unavailable || failed->kind() == ErrorKind::deadline_exceeded;
  if (!silent) return false;
  if (failed != nullptr) pd_.note_no_answer();
  cache_.recall(key);
  return true;
}

Task<std::optional<MissingRegion>> RegionLoader::look_up(core::Operation& operation, std::string key) {
  const pd::PlacementTime waiting(operation);
  if (!cache_.can_recall(key)) co_return co_await ask_one(operation, std::move(key), false);
  if (!pd_.worth_asking() && falls_back(operation, key, nullptr)) co_return std::nullopt;
  core::Operation hasty(operation, pd::PdClient::patience_with_old_answer);
  Result<std::optional<MissingRegion>> answer = co_await ask_one(hasty, key, true);
  if (answer) co_return std::move(answer);
  if (falls_back(operation, key, &answer.error())) co_return std::nullopt;
  if (operation.interrupted()) co_return operation.interruption_error("waiting for the region of a key");
  co_return answer.error();
}

Task<std::optional<MissingRegion>> RegionLoader::ask_one(core::Operation& operation, std::string key, bool hasty) {
  auto& questions = hasty ? hasty_questions_ : questions_;
  std::string gap = cache_.gap_start(key);
  core::SharedQuestions<std::string, std::optional<MissingRegion>>::Ask ask =
      [this, &operation, &key](std::optional<MissingRegion>& missing) { return load_one(operation, key, missing); };
  co_return co_await questions.answer(operation, std::move(gap), std::move(ask), "waiting for the region of a key");
}

Task<void> RegionLoader::load_one(core::Operation& operation, std::string key, std::optional<MissingRegion>& missing) {
  pd::RegionInfo answer = co_await ok(pd_.region_by_key(operation, codec_.region_key(key)));
  const Told told = localized(codec_, std::move(answer));
  const RegionPtr region = usable_region(told);
  if (region && region->contains(key)) cache_.insert(region);  // refused where PD lags behind what the stores told us
  missing.reset();  // only now: those who shared the question before look at its answer
  if (cache_.find(key)) co_return {};
  missing = missing_region(told);
  const bool of_the_key = told.info.meta.id != 0 && told.place == KeyCodec::Place::inside && missing->contains(key);
  if (of_the_key) co_return {};
  const bool hopeless = missing->hopeless;
  missing = missing_key(key, missing->why);
  missing->hopeless = hopeless;
  co_return {};
}

Task<std::vector<MissingRegion>> RegionLoader::load(core::Operation& operation, std::string start, std::string end,
                                                    std::int32_t limit) {
  std::vector<MissingRegion> missing;
  if (!pd_scans_ || limit == 1) {
    std::optional<MissingRegion> one = co_await ok(look_up(operation, std::move(start)));
    if (one) missing.push_back(*std::move(one));
    co_return std::move(missing);
  }
  const pd::PlacementTime waiting(operation);
  const bool hasty = cache_.can_recall(start);
  if (hasty && !pd_.worth_asking() && falls_back(operation, start, nullptr)) co_return std::move(missing);
  std::optional<core::Operation> part;
  if (hasty) part.emplace(operation, pd::PdClient::patience_with_old_answer);
  Result<std::vector<pd::RegionInfo>> found = co_await pd_.scan_regions(
      hasty ? *part : operation, codec_.region_key(start), codec_.region_range_end(end), limit);
  part.reset();
  if (!found && found.error().kind() == ErrorKind::unsupported) {
    pd_scans_ = false;
    co_return co_await load(operation, std::move(start), std::move(end), 1);
  }
  if (!found && hasty && falls_back(operation, start, &found.error())) co_return std::move(missing);
  if (!found) co_return found.error();
  for (pd::RegionInfo& info : *found) {
    const Told told = localized(codec_, std::move(info));
    if (told.place == KeyCodec::Place::outside) continue;
    const RegionPtr region = usable_region(told);
    if (region && !region->overlaps(start, end)) continue;  // not asked for
    if (!region || !cache_.insert(region)) missing.push_back(missing_region(told));
  }
  co_return std::move(missing);
}

Task<void> RegionLoader::refresh(core::Operation& operation, std::string start, std::string end) {
  cache_.remove_range(start, end);
  std::optional<std::string> reached = std::move(start);
  while (reached && (end.empty() || *reached < end)) {
    const std::string from = *reached;
    co_await ok(load(operation, from, end, most_regions_per_question));
    reached = cache_.covered_until(from);
    if (reached != from) continue;
    // A gap in the answer, or a region without a leader: wait for this one.
    co_await ok(locate(operation, from));
    reached = cache_.covered_until(from);
  }
  co_return {};
}

}  // namespace tikv::region
