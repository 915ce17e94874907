#include "region/store_health.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/limits.h"

namespace tikv::region {

namespace {

std::string milliseconds(core::Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

}  // namespace

void StoreHealth::answered(core::Time now, core::Duration took) noexcept {
  unreachable_until_ = {};
  answered_like(now, took);
}

void StoreHealth::answered_like(core::Time now, core::Duration took) noexcept {
  const core::Duration before = now - answered_at_ > answers_count_for ? core::Duration{} : usual_answer_;
  usual_answer_ = before + (took - before) / 8;
  answered_at_ = now;
}

void StoreHealth::reported(core::Time now, std::uint64_t sequence, std::int64_t slow_score) noexcept {
  // A store that was started anew may count anew.
  constexpr core::Duration overtaken_at_most = std::chrono::seconds(10);
  if (sequence <= sequence_ && now - reported_at_ < overtaken_at_most) return;
  sequence_ = sequence;
  reported_at_ = now;
  report_ = std::clamp<std::int64_t>(slow_score, 1, 100);
}

std::int64_t StoreHealth::report(core::Time now) const noexcept {
  const std::int64_t faded = std::chrono::duration_cast<std::chrono::seconds>(now - reported_at_).count() / 3;
  return std::max<std::int64_t>(1, report_ - faded);
}

core::Duration StoreHealth::usual_answer(core::Time now) const noexcept {
  return now - answered_at_ > answers_count_for ? core::Duration{} : usual_answer_;
}

Standing StoreHealth::standing(core::Time now) const noexcept {
  if (now < unreachable_until_) return Standing::unreachable;
  if (report(now) >= slow_report || usual_answer(now) >= slow_answer) return Standing::slow;
  return Standing::well;
}

bool StoreHealth::may_be_told(core::Time now, Standing standing) noexcept {
  if (standing == Standing::well) return std::exchange(told_of_trouble_, false);
  if (told_at_ != core::Time::min() && now - told_at_ < core::limits::between_reports) return false;
  told_at_ = now;
  told_of_trouble_ = true;
  return true;
}

core::Time StoreHealth::doubtful_until() const noexcept {
  core::Time until = unreachable_until_;
  if (usual_answer_ >= slow_answer) until = std::max(until, saturating_add(answered_at_, answers_count_for));
  if (report_ >= slow_report) {
    until = std::max(until, saturating_add(reported_at_, std::chrono::seconds(3 * (report_ - slow_report + 1))));
  }
  return until;
}

core::Duration StoreHealth::patience(core::Time now, std::uint32_t times) const noexcept {
  constexpr std::uint32_t most_doublings = 10;
  const core::Duration usual = std::max<core::Duration>(least_patience, 8 * usual_answer(now));
  return usual * (std::int64_t{1} << std::min(times, most_doublings));
}

std::string StoreHealth::describe(core::Time now) const {
  if (standing(now) == Standing::well) return {};
  if (now < unreachable_until_) return "no connection to the store could be made of late";
  std::string text = "the store is slow:";
  if (report_ > 1) text += " it reports " + std::to_string(report(now)) + " of 100,";
  return text + " its answers take " + milliseconds(usual_answer(now));
}

bool is_short(std::string_view method) noexcept {
  static constexpr std::array<std::string_view, 6> methods = {"RawGet",      "RawPut",       "RawDelete",
                                                              "RawBatchGet", "RawGetKeyTTL", "RawCompareAndSwap"};
  const std::string_view name = method.substr(method.rfind('/') + 1);
  return std::find(methods.begin(), methods.end(), name) != methods.end();
}

}  // namespace tikv::region
