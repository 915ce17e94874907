#include "raw/scan_state.h"

#include <algorithm>

namespace tikv::raw {

namespace {

/// More than the longest key: TiKV's limit is 8 KiB, and API version 2 puts four bytes before it.
constexpr std::size_t beyond_keys = (std::size_t{8} << 10) + 8;

}  // namespace

std::string key_above_all() { return std::string(beyond_keys, '\xff'); }

std::string key_just_below(std::string_view bound) {
  if (bound.empty()) return key_above_all();
  std::string key(bound);
  if (key.back() == '\0') {
    key.pop_back();
    return key;
  }
  key.back() = static_cast<char>(static_cast<unsigned char>(key.back()) - 1);
  key.resize(std::max(beyond_keys, key.size() + 1), '\xff');
  return key;
}

std::string ScanState::next_key() const { return reverse ? key_just_below(end_) : start_; }

void ScanState::pass_region(const std::string& region_start, const std::string& region_end) {
  if (reverse) {
    finished = region_start.empty() || region_start <= start_;
    end_ = region_start;
    return;
  }
  finished = region_end.empty() || (!end_.empty() && region_end >= end_);
  start_ = region_end;
}

void ScanState::pass_key(std::string_view key) {
  if (reverse) {
    end_ = key;
    finished = end_ <= start_;
    return;
  }
  start_ = std::string(key) + '\0';
  finished = !end_.empty() && start_ >= end_;
}

std::string ScanState::complaint(const std::vector<KeyValue>& pairs, std::size_t asked) const {
  if (pairs.size() > asked) {
    return "it was asked for " + std::to_string(asked) + " pairs and sent " + std::to_string(pairs.size());
  }
  const std::string* last = nullptr;
  for (const KeyValue& pair : pairs) {
    if (pair.key < start_ || (!end_.empty() && pair.key >= end_))
      return "it sent a key outside the range that was asked for";
    const bool in_order = last == nullptr || (reverse ? pair.key < *last : *last < pair.key);
    if (!in_order) return "it sent keys out of order";
    last = &pair.key;
  }
  return {};
}

}  // namespace tikv::raw
