#include "core/backoff.h"

#include <gtest/gtest.h>

namespace tikv::core {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesFromItsBaseToItsLimit) {
  EXPECT_EQ(backoff_delay(BackoffKind::region_miss, 0, 0), milliseconds(2));
  EXPECT_EQ(backoff_delay(BackoffKind::region_miss, 3, 0), milliseconds(16));
  EXPECT_EQ(backoff_delay(BackoffKind::region_miss, 8, 0), milliseconds(500));
  EXPECT_EQ(backoff_delay(BackoffKind::region_miss, 4'000'000'000U, 0), milliseconds(500));
}

TEST(Backoff, JitterIsBetweenHalfAndFull) {
  for (std::uint64_t random = 0; random < 1000; ++random) {
    const Duration delay = backoff_delay(BackoffKind::tikv_rpc, 2, random * 0x9e3779b97f4a7c15U);
    EXPECT_GE(delay, milliseconds(200));
    EXPECT_LE(delay, milliseconds(400));
  }
}

TEST(Backoff, EveryKindHasARule) {
  for (std::size_t i = 0; i < backoff_kinds; ++i) {
    const BackoffRule& rule = backoff_rule(static_cast<BackoffKind>(i));
    EXPECT_FALSE(rule.name.empty());
    EXPECT_GT(rule.base.count(), 0);
    EXPECT_LT(rule.base, rule.limit);
  }
}

}  // namespace
}  // namespace tikv::core
