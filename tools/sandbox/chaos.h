#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "options.h"

namespace tikv::sandbox {

/// An endless list of commands that is random, but the same for the same seed. It breaks one node at
/// a time and mends it again, so a cluster of three stores always has most of itself.
class Chaos {
 public:
  explicit Chaos(const ChaosOptions& options);

  [[nodiscard]] std::vector<std::string> next();
  /// How many commands it has given.
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  using Words = std::vector<std::string>;

  [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  [[nodiscard]] std::string key();
  [[nodiscard]] std::string store();
  [[nodiscard]] Words fault();
  void mend(Words command);

  ChaosOptions options_;
  std::mt19937_64 random_;
  std::deque<std::pair<std::size_t, Words>> mending_;  // at that count
  std::size_t count_ = 0;
};

}  // namespace tikv::sandbox
