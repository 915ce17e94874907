#include "raw/scan_state.h"

#include <algorithm>

namespace tikv::raw {

namespace {

/// More than the longest key: TiKV's limit is 8 KiB, and API version 2 puts four bytes before it.
constexpr std::size_t beyond_keys = (std::size_t{8} << 10) + 8;
/// What a page may weigh: a slow link should show progress, and an answer must not fill the memory.
constexpr std::size_t page_bytes = std::size_t{8} << 20;

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

void ScanState::note_page(std::size_t pairs, std::size_t bytes) noexcept {
  if (pairs == 0 || key_only) return;
  const std::size_t each = std::max<std::size_t>(1, bytes / pairs);
  page_ = std::clamp<std::size_t>(page_bytes / each, 1, largest_page_);
}

bool ScanState::shrink_page() noexcept {
  if (page_ <= 1) return false;
  page_ = std::max<std::size_t>(1, page_ / 8);
  return true;
}

}  // namespace tikv::raw
