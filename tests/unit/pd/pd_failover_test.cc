// A placement driver of three members: its leader moves, stops, falls silent; calls and timestamps go on.

#include "pd/pd_client.h"

#include <algorithm>

#include "tikv/gather.h"
#include "unit/region/routing_fixture.h"

namespace tikv::pd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CallSeen;
using test::Fate;
using ::testing::HasSubstr;
using testing::Node;

testing::ClusterOptions three_members() {
  testing::ClusterOptions options;
  options.regions = 8;
  options.pd_members = 3;
  options.election_delay = milliseconds(1500);
  return options;
}

class PdFailoverTest : public test::RoutingTest {
 protected:
  PdFailoverTest() : RoutingTest(three_members()) {}

  /// A question that only PD can answer, and a timestamp: how long both took.
  milliseconds ask() {
    const milliseconds begin = now();
    const auto region = operate<RegionInfo>(
        [this](core::Operation& operation) { return world.core->pd().region_by_key(operation, "key"); });
    EXPECT_TRUE(region) << region.error();
    if (region) {
      EXPECT_EQ(region->meta.id, region_of("key"));
    }
    const auto timestamp =
        operate<std::uint64_t>([this](core::Operation& operation) { return world.core->pd().timestamp(operation); });
    EXPECT_TRUE(timestamp) << timestamp.error();
    if (timestamp) {
      EXPECT_GT(*timestamp, last_timestamp);
      last_timestamp = *timestamp;
    }
    return now() - begin;
  }
  [[nodiscard]] std::uint64_t leader() { return world.cluster.pd().members().leader(); }
  std::string address(std::uint64_t member) { return world.cluster.pd().members().member(member)->address; }

  std::uint64_t last_timestamp = 0;
};

TEST_F(PdFailoverTest, ALeaderThatMovesIsFollowedWithinOnePause) {
  EXPECT_LE(ask(), milliseconds(2));
  for (const std::uint64_t member : {2U, 3U, 1U}) {
    ASSERT_EQ(world.cluster.pd().members().transfer_leader(member), "");
    EXPECT_LE(ask(), milliseconds(250)) << "member " << member;
  }
  EXPECT_LE(ask(), milliseconds(2)) << "the leader is known again";
}

TEST_F(PdFailoverTest, ALeaderThatRefusesEveryCallIsAskedAtTheRateOfItsPauses) {
  world.faults.decide = [](const CallSeen& call) {
    return call.method == "/pdpb.PD/GetRegion" ? Fate::refused : Fate::deliver;
  };
  const std::uint64_t before = asked("/pdpb.PD/GetRegion");
  const auto failed = world.run(client().get("key", {.timeout = milliseconds(1000)}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_LE(asked("/pdpb.PD/GetRegion") - before, 8U);
}

TEST_F(PdFailoverTest, ALeaderThatRefusesOnceIsAskedAgainWithoutAPause) {
  bool refused = false;
  world.faults.decide = [&refused](const CallSeen& call) {
    return call.method == "/pdpb.PD/GetRegion" && !std::exchange(refused, true) ? Fate::refused : Fate::deliver;
  };
  EXPECT_LE(ask(), milliseconds(3));
}

TEST_F(PdFailoverTest, ARefusedCallIsNotRepeatedIfTheCallerWantsNoRetries) {
  world.faults.decide = [](const CallSeen& call) {
    return call.method == "/pdpb.PD/GetRegion" ? Fate::refused : Fate::deliver;
  };
  const std::uint64_t before = asked("/pdpb.PD/GetRegion");
  const auto failed = world.run(client().get("key", {.retry = {.max_attempts = 1}}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::unavailable);
  EXPECT_EQ(asked("/pdpb.PD/GetRegion") - before, 1U);
}

TEST_F(PdFailoverTest, WhoeverTriesOnceLeavesTheNewsToTheNext) {
  ask();
  ASSERT_EQ(world.cluster.pd().members().transfer_leader(2), "");
  const auto first = world.run(client().get("O", {.retry = RetryPolicy::never()}));
  EXPECT_FALSE(first) << "it met the old leader";
  const auto second = world.run(client().get("O", {.retry = RetryPolicy::never()}));
  EXPECT_TRUE(second) << second.error();
}

TEST_F(PdFailoverTest, ALeaderThatStopsIsWaitedOutUntilAnElection) {
  ask();
  ASSERT_EQ(world.cluster.stop_pd(1), "");
  const milliseconds took = ask();
  EXPECT_GE(took, milliseconds(1500));
  EXPECT_LE(took, milliseconds(5000));
  EXPECT_EQ(leader(), 2U);
  ASSERT_EQ(world.cluster.start_pd(1), "");
  ASSERT_EQ(world.cluster.stop_pd(2), "");
  EXPECT_LE(ask(), milliseconds(5000));
  EXPECT_NE(leader(), 2U);
}

TEST_F(PdFailoverTest, ALeaderThatFallsSilentIsLeftAfterASecond) {
  ask();
  world.simulation.network().set_silent(Node::pd(1), true);
  ASSERT_EQ(world.cluster.pd().members().transfer_leader(2), "") << "the others elect without it";
  const milliseconds took = ask();
  EXPECT_GE(took, milliseconds(700)) << "until it is known to be silent";
  EXPECT_LE(took, milliseconds(1500)) << "once: the timestamp goes to the new leader at once";
  EXPECT_LE(ask(), milliseconds(2));
}

TEST_F(PdFailoverTest, AFollowerThatFallsSilentIsNotNoticed) {
  world.simulation.network().set_silent(Node::pd(3), true);
  EXPECT_LE(ask(), milliseconds(2));
  ASSERT_EQ(world.cluster.pd().members().transfer_leader(2), "");
  EXPECT_LE(ask(), milliseconds(250)) << "the first who knows the leader is believed";
}

TEST_F(PdFailoverTest, ManyTimestampsAcrossElectionsAreStrictlyMonotone) {
  std::vector<std::uint64_t> all;
  for (int round = 0; round < 12; ++round) {
    if (round % 3 == 1) {
      ASSERT_EQ(world.cluster.pd().members().transfer_leader(1 + (leader() % 3)), "");
    }
    if (round == 5) world.simulation.network().break_connections(Node::pd(leader()));
    std::vector<Task<std::uint64_t>> tasks;
    for (int i = 0; i < 50; ++i) {
      tasks.push_back(in_operation<std::uint64_t>(
          *world.core, [this](core::Operation& operation) { return world.core->pd().timestamp(operation); },
          seconds(10)));
    }
    const auto results = world.run(gather(std::move(tasks), 50)).value();
    std::vector<std::uint64_t> round_timestamps;
    for (const auto& result : results) {
      ASSERT_TRUE(result) << result.error();
      round_timestamps.push_back(*result);
    }
    std::sort(round_timestamps.begin(), round_timestamps.end());
    if (!all.empty()) {
      EXPECT_GT(round_timestamps.front(), all.back()) << "above all given before the call began";
    }
    all.insert(all.end(), round_timestamps.begin(), round_timestamps.end());
  }
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "none is given twice";
}

TEST_F(PdFailoverTest, WithoutAnyLeaderTheErrorSaysSoInTime) {
  ASSERT_EQ(world.cluster.pd().members().transfer_leader(0), "");
  const milliseconds begin = now();
  const auto got = world.run(client().get("key", {.timeout = milliseconds(2500)}));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_EQ(now() - begin, milliseconds(2500));
  EXPECT_THAT(got.error().message(), HasSubstr("no leader"));
}

TEST_F(PdFailoverTest, AMemberThatIsNoPdIsNoMatterWhileAnotherAnswers) {
  world.client.reset();
  world.options.pd_addresses = {regions().store(1)->meta.address, "nowhere:1", address(2)};
  ASSERT_TRUE(world.connect());
  EXPECT_LE(ask(), milliseconds(10));
}

TEST_F(PdFailoverTest, OnlyAMemberThatIsNoPdIsAnErrorThatNamesIt) {
  world.client.reset();
  world.options.pd_addresses = {regions().store(1)->meta.address};
  const Result<void> met = world.connect();
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(met.error().message(), HasSubstr(world.options.pd_addresses[0]));
}

TEST_F(PdFailoverTest, OneAddressOfThreeIsEnoughToLearnTheOthers) {
  world.client.reset();
  world.options.pd_addresses = {address(3)};
  ASSERT_TRUE(world.connect());
  EXPECT_LE(ask(), milliseconds(2));
  ASSERT_EQ(world.cluster.stop_pd(3), "");
  EXPECT_LE(ask(), milliseconds(2)) << "the leader is another";
  ASSERT_EQ(world.cluster.start_pd(3), "");
  ASSERT_EQ(world.cluster.stop_pd(1), "");
  EXPECT_LE(ask(), milliseconds(5000));
}

TEST_F(PdFailoverTest, WhoSharesTheSearchForALeaderDoesNotShareADoubt) {
  ASSERT_TRUE(world.run(client().put("0", "its region is known")));
  world.faults.decide = [address = regions().store(leader_of("0"))->meta.address](const CallSeen& call) {
    if (call.method.starts_with("/pdpb.")) return Fate::silence;
    return call.address == address ? Fate::lost_answer : Fate::deliver;
  };
  std::optional<Result<void>> put;
  std::optional<Result<std::optional<std::string>>> got;
  client().spawn<void>(client().put("0", "1", {.timeout = seconds(5)}),
                       [&](auto result) { put.emplace(std::move(result)); });
  client().spawn<std::optional<std::string>>(client().get("G", {.timeout = seconds(5)}),
                                             [&](auto result) { got.emplace(std::move(result)); });
  world.loop->run_for(seconds(5));
  ASSERT_TRUE(got && put);
  EXPECT_THAT(put->error().message(), HasSubstr("raw_put (operation"));
  EXPECT_TRUE(put->error().undetermined()) << put->error();
  EXPECT_THAT(got->error().message(), HasSubstr("raw_get (operation"));
  EXPECT_FALSE(got->error().undetermined()) << got->error();
  EXPECT_TRUE(got->error().retryable());
}

}  // namespace
}  // namespace tikv::pd
