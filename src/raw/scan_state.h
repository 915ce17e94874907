#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tikv/key_range.h"

namespace tikv::raw {

/// Pairs asked of one region at a time.
inline constexpr std::size_t default_page = 1024;

/// How far a scan has got: what is left of its range, and how large its pages may be.
class ScanState {
 public:
  ScanState(const KeyRange& range, bool downwards, bool keys)
      : reverse(downwards), key_only(keys), finished(range.empty()), start_(range.start()), end_(range.end()) {}

  bool reverse;
  bool key_only;
  bool finished;

  [[nodiscard]] const std::string& start() const noexcept { return start_; }
  [[nodiscard]] const std::string& end() const noexcept { return end_; }
  /// A key of the region that comes next.
  [[nodiscard]] std::string next_key() const;
  /// How many pairs to ask for if up to `most` are wanted.
  [[nodiscard]] std::size_t page(std::size_t most) const noexcept { return most < page_ ? most : page_; }
  void set_largest_page(std::size_t page) noexcept { page_ = largest_page_ = page; }

  /// The region has no more keys of the range: [region_start, region_end) is done.
  void pass_region(const std::string& region_start, const std::string& region_end);
  /// The scan has got as far as this key.
  void pass_key(std::string_view key);
  /// Learns from a page how many pairs fit the next one.
  void note_page(std::size_t pairs, std::size_t bytes) noexcept;
  /// The answer was larger than the client takes; false if it was a single pair.
  bool shrink_page() noexcept;

 private:
  std::string start_;
  std::string end_;
  std::size_t page_ = default_page;
  std::size_t largest_page_ = default_page;
};

/// A key above all that TiKV stores, which may have 8 KiB.
[[nodiscard]] std::string key_above_all();
/// A key below `bound`, with none between the two that TiKV would store: it lies in the region that ends
/// at `bound` or holds it inside. Of an empty bound, which is the end of all keys: `key_above_all`.
[[nodiscard]] std::string key_just_below(std::string_view bound);

}  // namespace tikv::raw
