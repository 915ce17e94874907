#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "raw/page_size.h"
#include "tikv/key_range.h"
#include "tikv/raw_types.h"

namespace tikv::raw {

/// How far a scan has got: what is left of its range, and how large its pages may be.
class ScanState {
 public:
  ScanState(const KeyRange& range, bool downwards, bool keys)
      : reverse(downwards), key_only(keys), finished(range.empty()), start_(range.start()), end_(range.end()) {
    if (keys) page.begin_large();
  }

  bool reverse;
  bool key_only;
  bool finished;
  PageSize page;

  [[nodiscard]] const std::string& start() const noexcept { return start_; }
  [[nodiscard]] const std::string& end() const noexcept { return end_; }
  /// A key of the region that comes next.
  [[nodiscard]] std::string next_key() const;
  void set_largest_page(std::size_t pairs) noexcept {
    page.set_most(pairs);
    if (key_only) page.begin_large();
  }
  /// What is wrong with an answer of these pairs, of which `asked` were wanted; empty if nothing is.
  [[nodiscard]] std::string complaint(const std::vector<KeyValue>& pairs, std::size_t asked) const;

  /// The region has no more keys of the range: [region_start, region_end) is done.
  void pass_region(const std::string& region_start, const std::string& region_end);
  /// The scan has got as far as this key.
  void pass_key(std::string_view key);

 private:
  std::string start_;
  std::string end_;
};

/// A key above all that TiKV stores, which may have 8 KiB.
[[nodiscard]] std::string key_above_all();
/// A key below `bound`, with none between the two that TiKV would store: it lies in the region that ends
/// at `bound` or holds it inside. Of an empty bound, which is the end of all keys: `key_above_all`.
[[nodiscard]] std::string key_just_below(std::string_view bound);

}  // namespace tikv::raw
