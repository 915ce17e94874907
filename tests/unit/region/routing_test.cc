// Stores that die, move, lag and refuse: who is asked instead, and how often PD is.

#include <set>

#include "unit/region/routing_fixture.h"

namespace tikv::region {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CallSeen;
using test::Fate;
using ::testing::HasSubstr;
using testing::metapb::PeerRole;
using testing::metapb::StoreState;

class StoreFaultsTest : public test::RoutingTest {
 protected:
  explicit StoreFaultsTest(const testing::ClusterOptions& options = eight_regions()) : RoutingTest(options) {}
  void SetUp() override {
    RoutingTest::SetUp();
    // All regions and stores are known.
    ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
    for (const auto& [id, store] : regions().stores()) ASSERT_GT(regions().leaders_on(id), 0U) << id;
  }
  /// Reads the key of every region.
  void expect_all_readable() {
    for (const KeyValue& pair : pairs_everywhere()) {
      const auto got = world.run(client().get(pair.key));
      ASSERT_TRUE(got) << got.error();
      EXPECT_EQ(*got, pair.value);
    }
  }
};

TEST_F(StoreFaultsTest, WhenALeadersStoreDiesItsPeersAreAskedBeforePd) {
  const std::uint64_t dead = leader_of("O");
  ASSERT_EQ(world.cluster.stop_store(dead), "");
  const std::uint64_t before = pd_questions();
  const std::uint64_t region_questions = asked("/pdpb.PD/GetRegion") + asked("/pdpb.PD/ScanRegions");
  const milliseconds begin = now();
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_EQ(pd_questions(), before);
  EXPECT_LE(now() - begin, milliseconds(10)) << "at once";
  const std::uint64_t regions_of_the_dead = 3;
  expect_all_readable();
  EXPECT_LT(pd_questions() - before, regions_of_the_dead) << "for its address alone: it may be back elsewhere";
  EXPECT_EQ(asked("/pdpb.PD/GetRegion") + asked("/pdpb.PD/ScanRegions"), region_questions);
  const std::uint64_t calls = world.faults.calls;
  expect_all_readable();
  EXPECT_EQ(world.faults.calls - calls, 8U) << "all leaders are known";
}

TEST_F(StoreFaultsTest, AStoreThatIsGoneForGoodIsNotAskedAgain) {
  const std::uint64_t gone = leader_of("O");
  const std::string address = regions().store(gone)->meta.address;
  ASSERT_EQ(world.cluster.set_store_state(gone, StoreState::tombstone), "");
  expect_all_readable();
  std::uint64_t calls = 0;
  world.faults.decide = [&](const CallSeen& call) {
    calls += call.address == address ? 1U : 0U;
    return Fate::deliver;
  };
  expect_all_readable();
  EXPECT_EQ(calls, 0U);
}

TEST_F(StoreFaultsTest, AStoreThatIsGoneBeforeItsAddressWasKnownIsPassedOver) {
  world.client.reset();
  ASSERT_TRUE(world.connect());
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  ASSERT_EQ(world.cluster.set_store_state(leader_of("O"), StoreState::tombstone), "");
  expect_all_readable();
}

TEST_F(StoreFaultsTest, AStoreThatRestartsElsewhereIsFound) {
  const std::uint64_t store = leader_of("O");
  ASSERT_EQ(world.cluster.stop_store(store), "");
  ASSERT_EQ(world.cluster.start_store(store, "elsewhere:1"), "");
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), store), "");
  const milliseconds begin = now();
  expect_all_readable();
  EXPECT_LE(now() - begin, milliseconds(1000));
  const std::uint64_t before = pd_questions();
  expect_all_readable();
  EXPECT_EQ(pd_questions(), before);
}

TEST_F(StoreFaultsTest, StoresThatSwapTheirAddressesAreToldApart) {
  ASSERT_EQ(world.cluster.swap_addresses(1, 2), "");
  world.loop->run_for(milliseconds(1));  // that the connections broke is known
  const milliseconds begin = now();
  for (const KeyValue& pair : pairs_everywhere()) {
    const auto put = world.run(client().put(pair.key, pair.value, {.resend = Resend::never}));
    ASSERT_TRUE(put) << put.error();
  }
  expect_all_readable();
  EXPECT_GT(world.cluster.region_errors("StoreNotMatch"), 0U);
  EXPECT_LE(now() - begin, milliseconds(2000));
}

TEST_F(StoreFaultsTest, RegionsThatComeWithEpochNotMatchSpareAQuestionToPd) {
  ASSERT_EQ(world.cluster.split("O05"), "");
  ASSERT_EQ(world.cluster.split("O2"), "");
  const std::uint64_t before = pd_questions();
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_EQ(world.cluster.region_errors("EpochNotMatch"), 1U);
  EXPECT_EQ(pd_questions(), before);
  const std::uint64_t calls = world.faults.calls;
  EXPECT_TRUE(world.run(client().get("O3")));
  EXPECT_EQ(world.faults.calls - calls, 1U) << "the other half is known, too";
}

TEST_F(StoreFaultsTest, APdThatLagsBehindASplitAndALeaderMoveDoesNotMatter) {
  world.cluster.pd().hold_view();
  ASSERT_EQ(world.cluster.split("O1"), "");
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O100"), follower_of("O100")), "");
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O0"), follower_of("O0")), "");
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_EQ(stored("O0"), std::nullopt);
  world.client.reset();
  ASSERT_TRUE(world.connect()) << "one who knows only what PD believes";
  expect_all_readable();
  EXPECT_TRUE(world.run(client().put("O0", "1")));
  const std::uint64_t questions = pd_questions();
  EXPECT_EQ(stored("O0"), "1");
  EXPECT_EQ(pd_questions(), questions) << "the stores are believed, who know better";
  world.cluster.pd().release_view();
  EXPECT_TRUE(world.run(client().refresh(KeyRange::all())));
  expect_all_readable();
}

TEST_F(StoreFaultsTest, APdThatLagsBehindAMergeIsWaitedFor) {
  world.cluster.pd().hold_view();
  ASSERT_EQ(world.cluster.merge(region_of("O"), region_of("W")), "");
  world.simulation.later(seconds(1), [this] { world.cluster.pd().release_view(); });
  const milliseconds begin = now();
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_LE(now() - begin, milliseconds(1600));
}

TEST_F(StoreFaultsTest, AStoreThatIsBusyTwiceIsDoubtedAndAnotherPeerAsked) {
  const std::uint64_t busy = leader_of("O");
  world.cluster.behaviour(busy)->busy = true;
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), follower_of("O")), "");
  const milliseconds begin = now();
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_GE(now() - begin, milliseconds(1000)) << "the first pause it asks for is kept";
  EXPECT_LE(now() - begin, milliseconds(2100)) << "and there is no second one";
}

TEST_F(StoreFaultsTest, AStoreThatIsBusyForAWhileIsWaitedFor) {
  const std::uint64_t busy = leader_of("O");
  world.cluster.behaviour(busy)->busy = true;
  world.simulation.later(seconds(5), [this, busy] { world.cluster.behaviour(busy)->busy = false; });
  const std::uint64_t errors = world.cluster.region_errors("ServerIsBusy");
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_LE(world.cluster.region_errors("ServerIsBusy") - errors, 5U) << "no storm";
  const auto in_vain = [this, busy] {
    world.cluster.behaviour(busy)->busy = true;
    return world.run(client().get("O100", {.timeout = seconds(8)}));
  }();
  ASSERT_FALSE(in_vain);
  EXPECT_THAT(in_vain.error().message(), HasSubstr("longest paused for server_busy"));
}

TEST_F(StoreFaultsTest, ADroppedCommandIsRepeatedOnlyIfThatIsHarmless) {
  testing::Injection stale;
  stale.error.stale_command.emplace();
  stale.method = "RawPut";
  world.cluster.inject(stale);
  EXPECT_TRUE(world.run(client().put("O100", "1")));
  world.cluster.inject(stale);
  const auto put = world.run(client().put("O100", "2", {.resend = Resend::never}));
  ASSERT_FALSE(put);
  EXPECT_TRUE(put.error().undetermined());
  EXPECT_EQ(stored("O100"), "1");
}

class PeersTest : public StoreFaultsTest {
 protected:
  static testing::ClusterOptions five_stores() {
    testing::ClusterOptions options = eight_regions();
    options.stores = 5;
    options.replicas = 5;
    return options;
  }
  PeersTest() : StoreFaultsTest(five_stores()) {}
};

TEST_F(PeersTest, WitnessesLearnersAndPeersThatAreDownAreNeverAsked) {
  const std::uint64_t region = region_of("O");
  const std::uint64_t leader = leader_of("O");
  std::vector<std::uint64_t> others;
  for (const auto& peer : regions().region_of("O").meta.peers) {
    if (peer.store_id != leader) others.push_back(peer.store_id);
  }
  ASSERT_EQ(others.size(), 4U);
  ASSERT_EQ(regions().set_witness(region, others[0], true), "");
  ASSERT_EQ(regions().set_peer_role(region, others[1], PeerRole::learner), "");
  ASSERT_EQ(regions().set_peer_down(region, others[2], true), "");
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  std::set<std::string> asked_addresses;
  world.faults.decide = [&](const CallSeen& call) {
    if (!call.method.starts_with("/pdpb.")) asked_addresses.emplace(call.address);
    return Fate::deliver;
  };
  ASSERT_EQ(world.cluster.transfer_leader(region, 0), "");
  world.simulation.later(seconds(3), [&] { world.cluster.transfer_leader(region, leader); });
  EXPECT_EQ(stored("O100"), "value of O100");
  const std::set<std::string> expected{regions().store(leader)->meta.address, regions().store(others[3])->meta.address};
  EXPECT_EQ(asked_addresses, expected);
}

// --- Budgets ------------------------------------------------------------------------------------

class BudgetTest : public StoreFaultsTest {
 protected:
  Error give_up_on(const std::string& key) {
    const milliseconds begin = now();
    const auto got = world.run(client().get(key, {.timeout = std::chrono::hours(1)}));
    took = now() - begin;
    EXPECT_FALSE(got);
    return got ? Error(ErrorKind::internal, "it was answered") : got.error();
  }
  milliseconds took{0};
};

TEST_F(BudgetTest, ARegionThatNobodyEverLeadsIsGivenUpAfterAMinuteOfPauses) {
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), 0), "");
  const Error error = give_up_on("O100");
  EXPECT_GE(took, seconds(58));
  EXPECT_LE(took, seconds(62));
  EXPECT_EQ(error.kind(), ErrorKind::region_unavailable);
  EXPECT_THAT(error.message(), HasSubstr("has no leader"));
  EXPECT_THAT(error.message(), HasSubstr("the pauses for region_scheduling have used up their budget of 60 s"));
  EXPECT_THAT(error.message(), HasSubstr("longest paused for region_scheduling"));
  EXPECT_TRUE(error.retryable());
}

TEST_F(BudgetTest, TheSameWhenPdBelievesInALeader) {
  world.cluster.pd().hold_view();
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), 0), "");
  const std::uint64_t questions = pd_questions();
  const Error error = give_up_on("O100");
  EXPECT_GE(took, seconds(58));
  EXPECT_LE(took, seconds(62));
  EXPECT_EQ(error.kind(), ErrorKind::region_unavailable);
  EXPECT_THAT(error.message(), HasSubstr("longest paused for region_scheduling"));
  EXPECT_LE(pd_questions() - questions, 140U) << "one for each pause";
}

TEST_F(BudgetTest, TheErrorNamesTheKindThatTookLongestNotTheLastOne) {
  const std::uint64_t region = region_of("O");
  const std::uint64_t leader = leader_of("O");
  world.cluster.behaviour(leader)->busy = true;
  world.simulation.later(seconds(100), [&] {
    world.cluster.behaviour(leader)->busy = false;
    world.cluster.transfer_leader(region, 0);
  });
  const Error error = give_up_on("O100");
  EXPECT_GE(took, seconds(150));
  EXPECT_LE(took, seconds(175));
  EXPECT_THAT(error.message(), HasSubstr("the pauses for region_scheduling have used up"));
  EXPECT_THAT(error.message(), HasSubstr("longest paused for server_busy"));
}

TEST_F(BudgetTest, AClusterOfWhichNothingAnswersIsGivenUpToo) {
  world.faults.decide = [](const CallSeen& call) {
    return call.method.starts_with("/pdpb.") ? Fate::deliver : Fate::cannot_connect;
  };
  const Error error = give_up_on("O100");
  EXPECT_LE(took, seconds(70));
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("longest paused for tikv_rpc"));
}

}  // namespace
}  // namespace tikv::region
