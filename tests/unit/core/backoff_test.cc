#include "core/backoff.h"

#include <gtest/gtest.h>

#include "testing/sim_loop.h"

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

TEST(Backoff, EndsWhenTheBudgetOfAKindIsUsedUp) {
  testing::SimLoop loop;
  Backoff backoff;
  Duration total{0};
  int pauses = 0;
  while (const std::optional<Duration> pause = backoff.next(BackoffKind::region_miss, loop)) {
    total += *pause;
    ASSERT_LT(++pauses, 1000);
  }
  EXPECT_GE(total, backoff_rule(BackoffKind::region_miss).budget);
  EXPECT_LE(total, backoff_rule(BackoffKind::region_miss).budget + backoff_rule(BackoffKind::region_miss).limit);
  EXPECT_TRUE(backoff.next(BackoffKind::tikv_rpc, loop).has_value()) << "each kind has its own";
}

TEST(PauseTotals, NameTheKindThatTookLongest) {
  PauseTotals totals;
  EXPECT_EQ(totals.longest().count, 0U);
  totals.add(BackoffKind::region_miss, milliseconds(2));
  totals.add(BackoffKind::region_miss, milliseconds(4));
  totals.add(BackoffKind::server_busy, milliseconds(5));
  EXPECT_EQ(totals.longest().kind, BackoffKind::region_miss);
  EXPECT_EQ(totals.longest().count, 2U);
  EXPECT_EQ(totals.longest().total, milliseconds(6));
}

}  // namespace
}  // namespace tikv::core
