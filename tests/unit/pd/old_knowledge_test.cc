// What is known stays good for whoever gets no answer to the question for something newer.

#include <algorithm>

#include "pd/pd_client.h"
#include "unit/region/routing_fixture.h"

namespace tikv::pd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::CallSeen;
using test::Fate;
using ::testing::HasSubstr;

class OldKnowledgeTest : public test::RoutingTest {
 protected:
  OldKnowledgeTest() : RoutingTest(three_members()) {}
  static testing::ClusterOptions three_members() {
    testing::ClusterOptions options;
    options.regions = 8;
    options.pd_members = 3;
    return options;
  }
  void SetUp() override {
    RoutingTest::SetUp();
    ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
  }
  /// The connections of a store are refused, once each time that it is asked.
  void refuse_once(std::uint64_t store) {
    const std::string address = regions().store(store)->meta.address;
    bool refused = false;
    world.faults.decide = [address, refused](const CallSeen& call) mutable {
      if (call.address != address || std::exchange(refused, true)) return Fate::deliver;
      return Fate::cannot_connect;
    };
  }
  void pd_has_no_leader() { ASSERT_EQ(world.cluster.pd().members().transfer_leader(0), ""); }
  void pd_is_silent() {
    for (const std::uint64_t id : {1U, 2U, 3U}) world.simulation.network().set_silent(testing::Node::pd(id), true);
  }
  milliseconds took(std::string_view key) {
    const auto begin = world.loop->now();
    const auto got = world.run(client().get(key, {.timeout = seconds(10)}));
    EXPECT_TRUE(got) << got.error();
    return std::chrono::duration_cast<milliseconds>(world.loop->now() - begin);
  }
  /// Refuses a connection to the leader of `key` while PD is well, so that its address is doubted.
  void doubt_address_of(std::string_view key) { world.core->sender().stores().doubt(leader_of(key)); }
};

TEST_F(OldKnowledgeTest, AStoreThatWasOnceRefusedIsStillFoundWhilePdHasNoLeader) {
  doubt_address_of("O");
  pd_has_no_leader();
  EXPECT_LE(took("O"), milliseconds(10));
  EXPECT_LE(took("O"), milliseconds(10));
}

TEST_F(OldKnowledgeTest, AStoreThatWasOnceRefusedIsStillFoundWhilePdIsSilent) {
  doubt_address_of("O");
  pd_is_silent();
  EXPECT_LE(took("O"), milliseconds(300));
  EXPECT_LE(took("O"), milliseconds(10)) << "PD is not waited for by each call";
}

TEST_F(OldKnowledgeTest, TheGapIsThatOfAClientWithoutTheEarlierOutage) {
  const std::uint64_t store = leader_of("O");
  const auto gap = [&] {
    refuse_once(store);
    const milliseconds time = took("O");
    world.faults.decide = nullptr;
    return time;
  };
  const milliseconds before = gap();  // the leader is known again
  pd_has_no_leader();
  const milliseconds first = gap();
  const milliseconds second = gap();
  EXPECT_LE(first, before + milliseconds(150));
  EXPECT_LE(second, before + milliseconds(150));
}

TEST_F(OldKnowledgeTest, AStoreThatMovedIsFoundAsSoonAsPdAnswersAgain) {
  const std::uint64_t store = leader_of("O");
  pd_has_no_leader();
  ASSERT_EQ(world.cluster.stop_store(store), "");
  ASSERT_EQ(world.cluster.start_store(store, "moved:20160"), "");
  world.simulation.later(seconds(3), [this] { world.cluster.pd().members().transfer_leader(2); });
  EXPECT_LE(took("O"), milliseconds(6000));
  EXPECT_LE(took("O"), milliseconds(10));
}

TEST_F(OldKnowledgeTest, ARegionThatWasNotAskedForInALongTimeIsUsedWhilePdHasNoLeader) {
  world.loop->run_for(minutes(12));
  pd_has_no_leader();
  EXPECT_LE(took("O"), milliseconds(10));
  EXPECT_LE(took("O"), milliseconds(10));
  const auto got = world.run(client().batch_get({"0100", "8100", "G100", "t100"}, {.timeout = seconds(5)}));
  ASSERT_TRUE(got) << got.error();
  EXPECT_EQ(got->size(), 4U);
}

TEST_F(OldKnowledgeTest, OfARegionInDoubtASilentPdIsNotAskedByEachCall) {
  world.loop->run_for(minutes(12));
  pd_is_silent();
  EXPECT_LE(took("O"), milliseconds(300));
  EXPECT_LE(took("W"), milliseconds(10)) << "what another call has just waited for in vain";
}

TEST_F(OldKnowledgeTest, ARegionInDoubtIsAskedForAgainOncePdAnswers) {
  world.loop->run_for(minutes(12));
  pd_has_no_leader();
  EXPECT_LE(took("O"), milliseconds(10));
  ASSERT_EQ(world.cluster.pd().members().transfer_leader(3), "");
  world.loop->run_for(seconds(1));
  const std::uint64_t before = pd_questions();
  EXPECT_LE(took("O"), milliseconds(300));
  EXPECT_GT(pd_questions(), before) << "what was recalled is believed for a moment only";
  world.loop->run_for(seconds(1));
  const std::uint64_t after = pd_questions();
  EXPECT_LE(took("O"), milliseconds(10));
  EXPECT_EQ(pd_questions(), after) << "and what PD told for long";
}

TEST_F(OldKnowledgeTest, ARegionThatSplitMeanwhileIsFoundThroughItsStores) {
  world.loop->run_for(minutes(12));
  pd_has_no_leader();
  ASSERT_EQ(world.cluster.split("Okay"), "");
  const auto got = world.run(client().get("Omega", {.timeout = seconds(5)}));
  EXPECT_TRUE(got) << got.error();
}

TEST_F(OldKnowledgeTest, VersionsOfAMinuteAgoWillDoWhilePdHasNoLeader) {
  const auto require = [this] {
    return operate<void>([this](core::Operation& operation) {
      return world.core->sender().stores().require(operation, region::Feature::raw_checksum);
    });
  };
  ASSERT_TRUE(require());
  world.loop->run_for(minutes(2));
  pd_has_no_leader();
  const auto begin = world.loop->now();
  EXPECT_TRUE(require());
  EXPECT_LE(world.loop->now() - begin, milliseconds(10));
}

TEST_F(OldKnowledgeTest, ACallThatIsCancelledMeanwhileIsCancelled) {
  doubt_address_of("O");
  pd_is_silent();
  CancelScope scope;
  world.simulation.later(milliseconds(50), [&scope] { scope.cancel(); });
  const auto got = world.run(client().get("O", {.cancel = &scope}));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::cancelled);
}

TEST_F(OldKnowledgeTest, ADeadlineShorterThanThePatienceIsKept) {
  doubt_address_of("O");
  pd_is_silent();
  const auto begin = world.loop->now();
  const auto got = world.run(client().get("O", {.timeout = milliseconds(100)}));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_LE(world.loop->now() - begin, milliseconds(101));
}

}  // namespace
}  // namespace tikv::pd
