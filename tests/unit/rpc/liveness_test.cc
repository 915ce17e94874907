#include "rpc/liveness.h"

#include <gtest/gtest.h>

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using Step = Liveness::Step;

/// A connection that stood at time 1000 s, and a clock.
class LivenessTest : public ::testing::Test {
 protected:
  LivenessTest() { alive.ready(now, 1ms); }
  /// Goes on to the next step; how long after `begin`.
  core::Duration until(Step expected) {
    for (int i = 0; i < 100; ++i) {
      const Step step = alive.next_step(now, answers);
      if (step == expected) return now - begin;
      if (step == Step::none && alive.due(answers) == core::never) break;
      if (step == Step::none) now = std::max(now, alive.due(answers));
    }
    ADD_FAILURE() << "never";
    return {};
  }
  void later(core::Duration by) { now += by; }

  SilenceRules rules;
  Liveness alive{rules};
  core::Time begin{1000s};
  core::Time now = begin;
  std::uint64_t answers = 0;
};

TEST_F(LivenessTest, NothingIsAskedOfAPeerThatOwesNothing) {
  EXPECT_EQ(alive.due(answers), core::never);
  EXPECT_TRUE(alive.trusted(now));
  later(4999ms);
  EXPECT_TRUE(alive.trusted(now));
  later(1ms);
  EXPECT_FALSE(alive.trusted(now));
  EXPECT_EQ(alive.due(answers), core::never);
}

TEST_F(LivenessTest, APeerThatOwesIsPingedThenGetsCompanyThenIsSilentThenLost) {
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 500ms);
  EXPECT_TRUE(alive.trusted(now));
  EXPECT_EQ(until(Step::company), 700ms);
  EXPECT_FALSE(alive.trusted(now));
  EXPECT_EQ(until(Step::silent), 1000ms);
  later(1ns);
  EXPECT_EQ(until(Step::silent), 1500ms);
  EXPECT_EQ(until(Step::lost), 13500ms);
}

TEST_F(LivenessTest, BesideAnotherConnectionItIsLostSooner) {
  alive.owes(now);
  EXPECT_EQ(until(Step::company), 700ms);
  alive.superseded();
  EXPECT_EQ(until(Step::lost), 3500ms);
}

TEST_F(LivenessTest, WhatIsOwedIsOwedThoughNobodyWaits) {
  alive.owes(now);  // there is no way to say that the caller left
  EXPECT_EQ(until(Step::ping), 500ms);
}

TEST_F(LivenessTest, ASignOfLifeEndsAllDoubt) {
  alive.owes(now);
  EXPECT_EQ(until(Step::silent), 1000ms);
  EXPECT_TRUE(alive.heard(now));
  EXPECT_TRUE(alive.trusted(now));
  EXPECT_EQ(alive.due(answers), core::never);
  EXPECT_FALSE(alive.heard(now));
}

TEST_F(LivenessTest, AnIdleConnectionIsProvenAtOnce) {
  later(60s);
  alive.prove();
  EXPECT_TRUE(alive.proof_due());
  EXPECT_EQ(until(Step::ping), 60s);
  EXPECT_EQ(until(Step::company), 60200ms);
}

TEST_F(LivenessTest, PingsAreFiveSecondsApartUnlessAnswersCameBetween) {
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 500ms);
  alive.heard(now);
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 5500ms);
  alive.heard(now);
  ++answers;
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 6000ms);
}

TEST_F(LivenessTest, ARequestThatCameSinceIsWorthOneEarlyPing) {
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 500ms);
  alive.heard(now);
  alive.called();
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 1000ms);
  alive.heard(now);
  alive.called();
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 6000ms);
}

TEST_F(LivenessTest, APeerThatTakesBytesIsNotSilent) {
  alive.owes(now);
  EXPECT_EQ(until(Step::ping), 500ms);
  for (int i = 0; i < 50; ++i) {
    later(100ms);
    alive.took_bytes(now);
    EXPECT_EQ(alive.next_step(now, answers), Step::none);
  }
  EXPECT_EQ(until(Step::company), 5700ms);
}

TEST_F(LivenessTest, WhereConnectingTakesLongMoreIsWaitedForBounded) {
  Liveness far(rules);
  far.ready(now, 3s);
  far.owes(now);
  now += 500ms;
  EXPECT_EQ(far.next_step(now, 0), Step::ping);
  EXPECT_EQ(far.due(0) - now, 400ms);
  now += 400ms;
  EXPECT_EQ(far.next_step(now, 0), Step::company);
  EXPECT_EQ(far.due(0) - now, 500ms);
}

}  // namespace
}  // namespace tikv::rpc
