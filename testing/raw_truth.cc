#include "testing/raw_truth.h"

#include <algorithm>
#include <functional>

namespace tikv::testing {

namespace {

using Test = std::function<bool(const RawTruth::Value&)>;

bool held_such(const std::vector<RawTruth::Applied>& history, core::Time begin, core::Time end, const Test& test) {
  // What it held at `begin`: of several changes at that moment each may have been seen.
  RawTruth::Value before;
  for (const RawTruth::Applied& change : history) {
    if (change.at >= begin) break;
    before = change.value;
  }
  if (test(before)) return true;
  return std::any_of(history.begin(), history.end(), [&](const RawTruth::Applied& change) {
    return change.at >= begin && change.at <= end && test(change.value);
  });
}

}  // namespace

void RawTruth::apply(core::Time at, std::string_view key, Value value) {
  keys_[std::string(key)].push_back({at, std::move(value)});
}

bool RawTruth::held(std::string_view key, const Value& value, core::Time begin, core::Time end) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return !value;
  return held_such(found->second, begin, end, [&](const Value& seen) { return seen == value; });
}

bool RawTruth::held_something(std::string_view key, core::Time begin, core::Time end) const {
  const auto found = keys_.find(key);
  return found != keys_.end() &&
         held_such(found->second, begin, end, [](const Value& seen) { return seen.has_value(); });
}

bool RawTruth::applied(std::string_view key, const Value& value, core::Time begin, core::Time end) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const Applied& change) {
    return change.at >= begin && change.at <= end && change.value == value;
  });
}

std::size_t RawTruth::times_applied(std::string_view key, const Value& value) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(found->second, [&](const Applied& applied) { return applied.value == value; }));
}

}  // namespace tikv::testing
