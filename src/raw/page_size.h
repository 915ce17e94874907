#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tikv::raw {

/// How many pairs a scan asks for at a time. A store's answer has no limit in bytes, so this is what bounds it:
/// few pairs at first, where nobody knows what they weigh, then as many as weigh about the target.
class PageSize {
 public:
  /// Pairs asked of a region whose pairs nobody has seen.
  static constexpr std::size_t first = 16;
  /// So many times more may be asked for than the last time.
  static constexpr std::size_t growth = 8;
  static constexpr std::size_t default_most = 1024;
  /// What an answer is to weigh, bytes: a link shows progress, others wait for it a millisecond at most.
  static constexpr std::size_t default_target = std::size_t{512} << 10;

  void set_most(std::size_t most) noexcept { most_ = most; }
  void set_target(std::size_t bytes) noexcept { target_ = bytes; }
  /// Keys alone are asked for: they cannot weigh much.
  void begin_large() noexcept {
    light_ = true;
    page_ = most_;
  }

  /// The next page comes from this region, whose pairs weigh so much each as far as is known; 0: it is not.
  void enter(std::uint64_t region, std::size_t each) noexcept {
    if (light_ || (region_ == region && page_ != 0)) return;
    const bool began = page_ != 0;
    region_ = region;
    if (each > 0) {
      each_ = each;
      page_ = std::clamp<std::size_t>(target_ / each, 1, most_);
    } else {
      each_ = 0;
      page_ = began ? std::min({page_, first * growth, most_}) : std::min(first, most_);
    }
  }
  /// For up to `most` pairs.
  [[nodiscard]] std::size_t next(std::size_t most) const noexcept {
    return std::min(most, std::max<std::size_t>(page_, 1));
  }
  /// What an answer of so many pairs will weigh, as far as is known.
  [[nodiscard]] std::size_t expected_bytes(std::size_t pairs) const noexcept { return pairs * each_; }
  /// So much came from this region.
  void note(std::uint64_t region, std::size_t pairs, std::size_t bytes) noexcept {
    region_ = region;
    if (pairs == 0) return;
    each_ = std::max<std::size_t>(1, bytes / pairs);
    page_ = std::clamp<std::size_t>(target_ / each_, 1, std::min(most_, std::max<std::size_t>(page_, 1) * growth));
  }
  /// The answer was larger than the client takes; false if it was a single pair.
  bool shrink() noexcept {
    if (page_ <= 1) return false;
    page_ = std::max<std::size_t>(1, page_ / growth);
    return true;
  }

 private:
  std::size_t most_ = default_most;
  std::size_t target_ = default_target;
  std::size_t page_ = 0;  // 0: not begun
  std::size_t each_ = 0;
  std::uint64_t region_ = 0;
  bool light_ = false;
};

}  // namespace tikv::raw
