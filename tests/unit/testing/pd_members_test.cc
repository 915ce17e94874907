#include "testing/pd_members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "unit/testing/model_fixture.h"

namespace tikv::testing {
namespace {

using std::chrono::seconds;

TEST(PdMembers, AnotherMemberLeadsAfterAnElectionIfMoreThanHalfRun) {
  PdMembers members(3);
  EXPECT_EQ(members.leader(), 1U);
  EXPECT_EQ(members.stop(1), "");
  EXPECT_EQ(members.leader(), 0U);
  members.elect();
  EXPECT_EQ(members.leader(), 2U);
  EXPECT_EQ(members.stop(3), "");
  EXPECT_EQ(members.leader(), 0U) << "one of three cannot lead";
  members.elect();
  EXPECT_EQ(members.leader(), 0U);
  EXPECT_EQ(members.start(1), "");
  members.elect();
  EXPECT_EQ(members.leader(), 1U);
}

TEST(PdMembers, LeadershipMovesOnlyToRunningMembersAndStaysAwayOnceTaken) {
  PdMembers members(3);
  EXPECT_EQ(members.transfer_leader(3), "");
  EXPECT_EQ(members.leader(), 3U);
  members.stop(2);
  EXPECT_NE(members.transfer_leader(2), "");
  EXPECT_NE(members.transfer_leader(4), "");
  EXPECT_NE(members.stop(0), "");
  EXPECT_EQ(members.transfer_leader(0), "");
  members.elect();
  EXPECT_EQ(members.leader(), 0U) << "until somebody is named";
  EXPECT_EQ(members.transfer_leader(1), "");
  EXPECT_EQ(members.leader(), 1U);
}

class PdClusterTest : public ModelFixture {
 protected:
  PdClusterTest() : ModelFixture({.pd_members = 3, .election_delay = seconds(2)}) {}

  pdpb::GetMembersResponse members_from(std::uint64_t member) {
    pdpb::GetMembersResponse response;
    EXPECT_TRUE(ask(Node::pd(member), "/pdpb.PD/GetMembers", pdpb::GetMembersRequest(), response).status.ok());
    return response;
  }
  rpc::Status get_region_from(std::uint64_t member) {
    pdpb::GetRegionRequest request;
    wire::ensure(request.header).cluster_id = cluster.cluster_id();
    pdpb::GetRegionResponse response;
    return ask(Node::pd(member), "/pdpb.PD/GetRegion", request, response).status;
  }
};

TEST_F(PdClusterTest, EveryMemberTellsWhoLeadsButOnlyThatOneServes) {
  for (std::uint64_t member = 1; member <= 3; ++member) {
    const auto told = members_from(member);
    EXPECT_EQ(told.members.size(), 3);
    EXPECT_EQ(told.leader->member_id, 1U);
  }
  EXPECT_TRUE(get_region_from(1).ok());
  EXPECT_EQ(get_region_from(2).code, rpc::StatusCode::unavailable);
  EXPECT_EQ(get_region_from(2).message, "not leader");
  cluster.pd().members().transfer_leader(2);
  EXPECT_TRUE(get_region_from(2).ok());
  EXPECT_FALSE(get_region_from(1).ok());
}

TEST_F(PdClusterTest, AStoppedLeaderIsFollowedAfterTheElection) {
  EXPECT_EQ(cluster.stop_pd(1), "");
  EXPECT_EQ(cluster.node_at("pd1:2379"), std::nullopt);
  EXPECT_FALSE(members_from(2).leader.has_value());
  EXPECT_EQ(get_region_from(2).code, rpc::StatusCode::unavailable);
  loop.run_for(seconds(2));
  EXPECT_EQ(members_from(3).leader->member_id, 2U);
  EXPECT_TRUE(get_region_from(2).ok());
  EXPECT_EQ(cluster.start_pd(1, "elsewhere:1"), "");
  EXPECT_EQ(cluster.node_at("elsewhere:1"), Node::pd(1));
  EXPECT_EQ(members_from(1).members[0].client_urls[0], "http://elsewhere:1");
}

TEST_F(PdClusterTest, TimestampsGrowWhoeverGivesThemAndFollowersGiveNone) {
  const auto timestamp_from = [&](std::uint64_t member, Recorded& client) -> std::int64_t {
    const auto stream = cluster.open_stream(Node::pd(member), "/pdpb.PD/Tso", client);
    pdpb::TsoRequest request;
    wire::ensure(request.header).cluster_id = cluster.cluster_id();
    request.count = 1;
    stream->message(wire::encode(request));
    pdpb::TsoResponse response;
    if (client.messages.empty() || !wire::decode(client.messages[0], response)) return 0;
    return (response.timestamp->physical << 18) + response.timestamp->logical;
  };
  Recorded first;
  Recorded second;
  Recorded third;
  const std::int64_t before = timestamp_from(1, first);
  EXPECT_EQ(timestamp_from(2, second), 0);
  ASSERT_EQ(second.ends.size(), 1U);
  EXPECT_EQ(second.ends[0].code, rpc::StatusCode::unknown);
  EXPECT_THAT(second.ends[0].message, ::testing::HasSubstr("is not leader of cluster"));
  cluster.pd().members().transfer_leader(2);
  EXPECT_GT(timestamp_from(2, third), before);
}

TEST_F(PdClusterTest, AStreamToAMemberThatRestartedIsSilent) {
  Recorded client;
  const auto stream = cluster.open_stream(Node::pd(1), "/pdpb.PD/Tso", client);
  cluster.stop_pd(1);
  cluster.start_pd(1);
  stream->message("anything");
  stream->half_close();
  EXPECT_TRUE(client.messages.empty());
  EXPECT_TRUE(client.ends.empty());
  EXPECT_NE(cluster.stop_pd(9), "");
}

class LaggingPd : public ModelFixture {};

TEST_F(LaggingPd, AHeldViewKnowsNothingOfWhatHappensUntilItIsReleased) {
  const auto region_of = [&](const std::string& key) {
    pdpb::GetRegionRequest request;
    request.region_key = key;
    return pd<pdpb::GetRegionResponse>("GetRegion", request);
  };
  const std::uint64_t leader = region_of("z").leader->store_id;
  cluster.pd().hold_view();
  cluster.split("m");
  cluster.stop_store(leader);
  EXPECT_EQ(region_of("z").region->start_key, "");
  EXPECT_EQ(region_of("z").leader->store_id, leader);
  EXPECT_EQ(region_of("z").down_peers.size(), 0);
  EXPECT_EQ((pd<pdpb::ScanRegionsResponse>("ScanRegions", pdpb::ScanRegionsRequest()).regions.size()), 1);
  cluster.pd().release_view();
  EXPECT_EQ(region_of("z").region->start_key, "m");
  EXPECT_NE(region_of("z").leader->store_id, leader);
  EXPECT_EQ(region_of("z").down_peers.size(), 1);
}

}  // namespace
}  // namespace tikv::testing
