#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.h"

namespace tikv::region {

/// How often one client may ask out of turn who leads a region. A store that hangs keeps thousands of
/// requests waiting: a few of them find out, and what they learn sends the others.
class ProbeBudget {
 public:
  [[nodiscard]] bool take(core::Time now) noexcept {
    const core::Duration most = a_token * most_tokens;
    saved_ = std::min(most, saved_ + (now - counted_at_));
    counted_at_ = now;
    if (saved_ < a_token) return false;
    saved_ -= a_token;
    return true;
  }
  /// What was asked out of turn found a leader: such questions end by themselves.
  void give_back() noexcept { saved_ = std::min(a_token * most_tokens, saved_ + a_token); }

 private:
  static constexpr core::Duration a_token = std::chrono::milliseconds(50);
  static constexpr std::int64_t most_tokens = 20;

  core::Duration saved_ = a_token * most_tokens;
  core::Time counted_at_{};
};

}  // namespace tikv::region
