#include "region/peer_choice.h"

#include <gtest/gtest.h>

namespace tikv::region {
namespace {

using core::BackoffKind;

Region three_peers(std::size_t leader = 0) {
  Region region;
  region.id = 4;
  region.epoch = Epoch{7, 3};
  region.peers = {Peer{41, 1}, Peer{42, 2}, Peer{43, 3}};
  region.leader = leader;
  return region;
}

Verdict next_peer() {
  Verdict verdict;
  verdict.next = Next::next_peer;
  verdict.wait = BackoffKind::tikv_rpc;
  return verdict;
}
Verdict led_from(std::uint64_t store) {
  Verdict verdict;
  verdict.leader_store = store;
  return verdict;
}
Verdict busy() {
  Verdict verdict;
  verdict.wait = BackoffKind::server_busy;
  verdict.busy = true;
  return verdict;
}

class PeerChoiceTest : public ::testing::Test {
 protected:
  PeerChoiceTest() { choice.look_at(region); }
  PeerChoice::Step after(const Verdict& verdict) { return choice.after(verdict, region); }

  Region region = three_peers();
  PeerChoice choice;
};

TEST_F(PeerChoiceTest, BeginsWithTheLeader) {
  EXPECT_EQ(choice.current(), 0U);
  PeerChoice other;
  other.look_at(three_peers(2));
  EXPECT_EQ(other.current(), 2U);
}

TEST_F(PeerChoiceTest, APeerThatDoesNotAnswerIsFollowedByTheOthersAtOnceAndThenByANewLook) {
  for (const std::size_t expected : {1U, 2U}) {
    const PeerChoice::Step step = after(next_peer());
    EXPECT_FALSE(step.pause);
    EXPECT_FALSE(step.reload);
    EXPECT_EQ(choice.current(), expected);
  }
  const PeerChoice::Step step = after(next_peer());
  EXPECT_TRUE(step.pause);
  EXPECT_TRUE(step.reload);
  EXPECT_EQ(choice.current(), 0U) << "and begins anew";
}

TEST_F(PeerChoiceTest, ALeaderThatIsNamedIsFollowedAtOnce) {
  const PeerChoice::Step step = after(led_from(3));
  EXPECT_FALSE(step.pause);
  EXPECT_EQ(choice.current(), 2U);
}

TEST_F(PeerChoiceTest, ALeaderThatHasJustFailedIsBelievedAfterAPause) {
  EXPECT_FALSE(after(next_peer()).pause);
  EXPECT_EQ(choice.current(), 1U);
  const PeerChoice::Step step = after(led_from(1));
  EXPECT_TRUE(step.pause);
  EXPECT_FALSE(step.reload);
  EXPECT_EQ(choice.current(), 0U);
}

TEST_F(PeerChoiceTest, PeersThatNameEachOtherAreLeftAfterTenAttempts) {
  int attempts = 0;
  for (; attempts < 100; ++attempts) {
    if (after(led_from(choice.current() == 0 ? 2 : 1)).reload) break;
  }
  EXPECT_LE(attempts, 20);
  EXPECT_GE(attempts, 10);
}

TEST_F(PeerChoiceTest, WhatIsRepeatedAtOnceEndsAfterTenAttemptsWithAPause) {
  Verdict refused;  // at once, at the same peer
  for (int i = 0; i < 9; ++i) {
    const PeerChoice::Step step = after(refused);
    EXPECT_FALSE(step.pause);
    EXPECT_FALSE(step.reload);
  }
  const PeerChoice::Step step = after(refused);
  EXPECT_TRUE(step.pause);
  EXPECT_TRUE(step.reload);
}

TEST_F(PeerChoiceTest, AStoreThatStaysBusyMakesAnotherPeerAskedOnce) {
  EXPECT_TRUE(after(busy()).pause);
  EXPECT_EQ(choice.current(), 0U);
  const PeerChoice::Step step = after(busy());
  EXPECT_FALSE(step.pause) << "another peer may know of a new leader";
  EXPECT_EQ(choice.current(), 1U);
  EXPECT_FALSE(after(led_from(1)).pause);
  EXPECT_EQ(choice.current(), 0U) << "it is still the leader";
  EXPECT_TRUE(after(busy()).pause);
  EXPECT_EQ(choice.current(), 0U) << "and waited for";
}

TEST_F(PeerChoiceTest, AnotherVersionStartsAnew) {
  EXPECT_FALSE(after(next_peer()).reload);
  Region split = three_peers(2);
  split.epoch.version = 8;
  choice.look_at(split);
  EXPECT_EQ(choice.current(), 2U);
}

TEST_F(PeerChoiceTest, PeersThatComeAndGoWithoutANewVersionStartAnew) {
  EXPECT_FALSE(after(next_peer()).reload);
  EXPECT_FALSE(after(next_peer()).reload);
  EXPECT_EQ(choice.current(), 2U);
  Region smaller = three_peers();  // a peer is down by now, which is no new version
  smaller.peers.pop_back();
  choice.look_at(smaller);
  EXPECT_EQ(choice.current(), 0U);
  Region replaced = three_peers(1);
  replaced.peers[2] = Peer{49, 4};
  EXPECT_FALSE(choice.after(next_peer(), smaller).reload);
  choice.look_at(replaced);
  EXPECT_EQ(choice.current(), 1U);
}

TEST_F(PeerChoiceTest, ALeaderThatOthersFoundIsTaken) {
  choice.look_at(three_peers(2));
  EXPECT_EQ(choice.current(), 2U);
}

TEST_F(PeerChoiceTest, ALeaderThatOthersFoundIsNotTakenIfItFailedHere) {
  EXPECT_FALSE(after(led_from(3)).pause);
  EXPECT_FALSE(after(next_peer()).pause);  // store 3 did not answer
  const std::size_t fresh = choice.current();
  EXPECT_NE(fresh, 2U);
  choice.look_at(three_peers(2));
  EXPECT_EQ(choice.current(), fresh);
}

TEST_F(PeerChoiceTest, RelocationAlwaysReloads) {
  Verdict verdict;
  verdict.next = Next::relocate;
  const PeerChoice::Step step = after(verdict);
  EXPECT_TRUE(step.reload);
  EXPECT_TRUE(step.pause) << "never a loop without a pause";
}

TEST_F(PeerChoiceTest, ALeaderThatCannotBeReachedIsNotAskedFirst) {
  choice.weigh(region, {Standing::unreachable, Standing::slow, Standing::well});
  EXPECT_EQ(choice.current(), 2U) << "of the others the best";
  EXPECT_FALSE(after(led_from(1)).pause) << "it may be back";
  choice.weigh(region, {Standing::unreachable, Standing::slow, Standing::well});
  EXPECT_EQ(choice.current(), 0U) << "who names a leader is followed";
}

TEST_F(PeerChoiceTest, ALeaderIsAskedIfNobodyElseCanBeReachedEither) {
  choice.weigh(region, {Standing::unreachable, Standing::unreachable, Standing::unreachable});
  EXPECT_EQ(choice.current(), 0U);
}

TEST_F(PeerChoiceTest, ASlowLeaderIsStillTheLeader) {
  choice.weigh(region, {Standing::slow, Standing::well, Standing::well});
  EXPECT_EQ(choice.current(), 0U);
}

TEST_F(PeerChoiceTest, OfThePeersThatMayKnowTheBestIsAskedFirst) {
  choice.weigh(region, {Standing::well, Standing::unreachable, Standing::slow});
  EXPECT_FALSE(after(next_peer()).pause);
  EXPECT_EQ(choice.current(), 2U);
  EXPECT_FALSE(after(next_peer()).pause);
  EXPECT_EQ(choice.current(), 1U) << "and the others all the same";
}

}  // namespace
}  // namespace tikv::region
