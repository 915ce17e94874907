#include "testing/raw_truth.h"

#include <algorithm>
#include <functional>

namespace tikv::testing {

namespace {

using Test = std::function<bool(const RawTruth::Value&)>;

/// The changes of a key with the ends of its values among them, in the order of time.
std::vector<RawTruth::Applied> with_ends(const std::vector<RawTruth::Applied>& history) {
  std::vector<RawTruth::Applied> all;
  for (std::size_t i = 0; i < history.size(); ++i) {
    all.push_back(history[i]);
    const core::Time next = i + 1 < history.size() ? history[i + 1].at : core::never;
    if (history[i].value && history[i].expires < next) all.push_back({history[i].expires, std::nullopt, core::never});
  }
  return all;
}

bool held_such(const std::vector<RawTruth::Applied>& written, core::Time begin, core::Time end, const Test& test) {
  const std::vector<RawTruth::Applied> history = with_ends(written);
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

void RawTruth::apply(core::Time at, std::string_view key, Value value, core::Time expires) {
  keys_[std::string(key)].push_back({at, std::move(value), expires});
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
  return first_applied(key, value, begin, end) != nullptr;
}

const RawTruth::Applied* RawTruth::first_applied(std::string_view key, const Value& value, core::Time begin,
                                                 core::Time end) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return nullptr;
  const auto applied = std::find_if(found->second.begin(), found->second.end(), [&](const Applied& change) {
    return change.at >= begin && change.at <= end && change.value == value;
  });
  return applied == found->second.end() ? nullptr : &*applied;
}

RawTruth::Value RawTruth::before(std::string_view key, const Applied& write) const {
  const auto found = keys_.find(key);
  const Applied* last = nullptr;
  if (found != keys_.end()) {
    for (const Applied& change : found->second) {
      if (&change == &write) break;
      last = &change;
    }
  }
  return last == nullptr || last->expires <= write.at ? std::nullopt : last->value;
}

RawTruth::Value RawTruth::at(std::string_view key, core::Time moment) const {
  const auto found = keys_.find(key);
  Value value;
  if (found == keys_.end()) return value;
  for (const Applied& change : found->second) {
    if (change.at > moment) break;
    value = change.expires != core::never && change.expires <= moment ? std::nullopt : change.value;
  }
  return value;
}

bool RawTruth::constant(std::string_view key, core::Time begin, core::Time end) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return true;
  const std::vector<Applied> history = with_ends(found->second);
  return std::none_of(history.begin(), history.end(),
                      [&](const Applied& change) { return change.at >= begin && change.at <= end; });
}

std::size_t RawTruth::times_applied(std::string_view key, const Value& value) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(found->second, [&](const Applied& applied) { return applied.value == value; }));
}

}  // namespace tikv::testing
