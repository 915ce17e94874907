#pragma once

#include <cstdint>
#include <string_view>

#include "core/time.h"
#include "testing/stable_hash.h"

namespace tikv::testing {

/// The next number of SplitMix64, and the state after it.
inline std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t mixed = state += 0x9E3779B97F4A7C15ULL;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}

/// A stream of random numbers of its own. What one part of a simulation draws does not change what
/// another part draws: each derives its stream from the seed and its name. No `std` distribution is
/// used, since their results differ between standard libraries.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view name) {
    StableHash hash;
    hash.add(seed);
    hash.add(name);
    state_ = hash.value();
  }

  std::uint64_t next() { return split_mix(state_); }
  /// In [0, bound); 0 for a bound of 0.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  /// True in `per_thousand` of a thousand cases.
  bool chance(std::uint64_t per_thousand) { return below(1000) < per_thousand; }
  /// In [least, most].
  core::Duration between(core::Duration least, core::Duration most) {
    const auto span = static_cast<std::uint64_t>((most - least).count());
    return least + core::Duration(static_cast<core::Duration::rep>(below(span + 1)));
  }

 private:
  std::uint64_t state_;
};

}  // namespace tikv::testing
