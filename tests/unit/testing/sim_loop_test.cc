#include "testing/sim_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tikv::testing {
namespace {

using core::Timer;
using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(SimLoop, WorkRunsInTheOrderOfItsPostsAndTakesNoTime) {
  SimLoop loop;
  std::vector<int> seen;
  const core::Time start = loop.now();
  loop.post([&] {
    seen.push_back(1);
    loop.post([&] { seen.push_back(3); });
  });
  loop.post([&] { seen.push_back(2); });
  loop.run();
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_EQ(loop.now(), start);
}

TEST(SimLoop, TimeJumpsToTheNextTimer) {
  SimLoop loop;
  std::vector<core::Duration> fired;
  const core::Time start = loop.now();
  Timer late(loop, [&] { fired.push_back(loop.now() - start); });
  Timer early(loop, [&] { fired.push_back(loop.now() - start); });
  late.set(start + hours(2));
  early.set(start + milliseconds(5));
  loop.run();
  EXPECT_THAT(fired, ElementsAre(milliseconds(5), hours(2)));
}

TEST(SimLoop, RunUntilEndsAsSoonAsItIsTrueAndSaysWhenItNeverWillBe) {
  SimLoop loop;
  int ticks = 0;
  Timer tick(loop, [&] { ++ticks; });
  tick.set(loop.now() + milliseconds(1));
  EXPECT_TRUE(loop.run_until([&] { return ticks == 1; }));
  EXPECT_FALSE(loop.run_until([&] { return ticks == 2; }));
  EXPECT_TRUE(loop.run_until([] { return true; }));
}

TEST(SimLoop, RunForEndsAtItsTimeAndLeavesLaterTimersArmed) {
  SimLoop loop;
  int fired = 0;
  Timer inside(loop, [&] { ++fired; });
  Timer outside(loop, [&] { ++fired; });
  const core::Time start = loop.now();
  inside.set(start + milliseconds(10));
  outside.set(start + milliseconds(11));
  loop.run_for(milliseconds(10));
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(loop.now(), start + milliseconds(10));
  EXPECT_EQ(loop.pending(), 1U);
}

TEST(SimLoop, WallTimeFollowsAndCanBeMovedAlone) {
  SimLoop loop;
  const core::WallTime wall = loop.wall_now();
  loop.run_for(milliseconds(7));
  EXPECT_EQ(loop.wall_now() - wall, milliseconds(7));
  loop.skew_wall_clock(-hours(1));
  EXPECT_LT(loop.wall_now(), wall);
}

TEST(SimLoop, TheSeedDecidesWhatIsRandom) {
  SimLoop one(7);
  SimLoop same(7);
  SimLoop other(8);
  const std::uint64_t drawn = one.random();
  EXPECT_EQ(drawn, same.random());
  EXPECT_NE(drawn, other.random());
  EXPECT_NE(drawn, one.random());
}

TEST(SimLoop, WorkThatNeverRanIsDestroyedWithTheLoop) {
  auto held = std::make_shared<int>(1);
  {
    SimLoop loop;
    loop.post([held] { FAIL(); });
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(SimLoop, OnlyInsideItsWorkTheLoopIsCurrent) {
  SimLoop loop;
  bool inside = false;
  loop.post([&] { inside = loop.is_current(); });
  loop.run();
  EXPECT_TRUE(inside);
  EXPECT_FALSE(loop.is_current());
}

}  // namespace
}  // namespace tikv::testing
