#include "region/store_health.h"

#include <gtest/gtest.h>

#include "region/probe_budget.h"

namespace tikv::region {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

core::Time at(core::Duration since_start) { return core::Time(std::chrono::hours(1) + since_start); }

TEST(StoreHealthTest, NothingKnownIsNothingBad) {
  const StoreHealth health;
  EXPECT_EQ(health.standing(at(seconds(0))), Standing::well);
  EXPECT_EQ(health.describe(at(seconds(0))), "");
  EXPECT_EQ(health.patience(at(seconds(0)), 0), seconds(2));
  EXPECT_LE(health.doubtful_until(), at(seconds(0)));
}

TEST(StoreHealthTest, ARefusedConnectionIsRememberedForAFewSecondsOrUntilAnAnswer) {
  StoreHealth health;
  health.refused(at(seconds(0)));
  EXPECT_EQ(health.standing(at(seconds(4))), Standing::unreachable);
  EXPECT_EQ(health.standing(at(seconds(5))), Standing::well);
  EXPECT_EQ(health.doubtful_until(), at(seconds(5)));
  health.refused(at(seconds(6)));
  health.answered(at(seconds(7)), milliseconds(1));
  EXPECT_EQ(health.standing(at(seconds(7))), Standing::well);
}

TEST(StoreHealthTest, OneLateAnswerIsNoSlowStoreManyAre) {
  StoreHealth health;
  health.answered(at(seconds(0)), milliseconds(1));
  health.answered(at(seconds(1)), milliseconds(2000));
  EXPECT_EQ(health.standing(at(seconds(1))), Standing::well);
  for (int i = 2; i < 6; ++i) health.answered(at(seconds(i)), milliseconds(2000));
  EXPECT_EQ(health.standing(at(seconds(6))), Standing::slow);
  EXPECT_EQ(health.standing(at(seconds(36))), Standing::well) << "old news";
  for (int i = 7; i < 40; ++i) health.answered(at(seconds(i)), milliseconds(1));
  EXPECT_EQ(health.standing(at(seconds(40))), Standing::well);
}

TEST(StoreHealthTest, ItsOwnReportCountsAndFades) {
  StoreHealth health;
  health.reported(at(seconds(0)), 1, 79);
  EXPECT_EQ(health.standing(at(seconds(0))), Standing::well);
  health.reported(at(seconds(0)), 2, 100);
  EXPECT_EQ(health.standing(at(seconds(59))), Standing::slow);
  EXPECT_EQ(health.standing(at(seconds(63))), Standing::well);
  EXPECT_GE(health.doubtful_until(), at(seconds(59)));
}

TEST(StoreHealthTest, AnOvertakenReportIsIgnoredUnlessTheStoreCountsAnew) {
  StoreHealth health;
  health.reported(at(seconds(0)), 100, 90);
  health.reported(at(seconds(1)), 99, 1);
  EXPECT_EQ(health.standing(at(seconds(1))), Standing::slow);
  health.reported(at(seconds(12)), 1, 1);
  EXPECT_EQ(health.standing(at(seconds(12))), Standing::well);
}

TEST(StoreHealthTest, ScoresOutOfRangeAreTakenForTheNearest) {
  StoreHealth health;
  health.reported(at(seconds(0)), 1, 1'000'000);
  EXPECT_EQ(health.describe(at(seconds(0))), "the store is slow: it reports 100 of 100, its answers take 0 ms");
  health.reported(at(seconds(0)), 2, -7);
  EXPECT_EQ(health.standing(at(seconds(0))), Standing::well);
}

TEST(StoreHealthTest, PatienceFollowsTheStoreAndDoubles) {
  StoreHealth health;
  for (int i = 0; i < 100; ++i) health.answered(at(seconds(0)), milliseconds(800));
  EXPECT_GT(health.patience(at(seconds(0)), 0), milliseconds(6000));
  EXPECT_LE(health.patience(at(seconds(0)), 0), milliseconds(6400));
  EXPECT_EQ(health.patience(at(seconds(60)), 0), seconds(2));
  EXPECT_EQ(health.patience(at(seconds(60)), 3), seconds(16));
  EXPECT_GT(health.patience(at(seconds(60)), 4'000'000'000), seconds(16)) << "no overflow";
}

TEST(StoreHealthTest, OnlyRequestsForAFewKeysSayHowFastAStoreIs) {
  EXPECT_TRUE(is_short("/tikvpb.Tikv/RawGet"));
  EXPECT_TRUE(is_short("/tikvpb.Tikv/RawCompareAndSwap"));
  for (const char* method : {"/tikvpb.Tikv/RawScan", "/tikvpb.Tikv/RawDeleteRange", "/tikvpb.Tikv/RawChecksum", ""}) {
    EXPECT_FALSE(is_short(method)) << method;
  }
}

TEST(ProbeBudgetTest, GivesABurstAndThenASteadyFew) {
  ProbeBudget budget;
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += budget.take(at(seconds(0))) ? 1 : 0;
  EXPECT_EQ(taken, 20);
  for (int i = 0; i < 1000; ++i) taken += budget.take(at(milliseconds(2 * i))) ? 1 : 0;
  EXPECT_GE(taken, 58);
  EXPECT_LE(taken, 60) << "twenty each second";
}

}  // namespace
}  // namespace tikv::region
