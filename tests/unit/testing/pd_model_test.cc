#include "testing/pd_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "unit/testing/model_fixture.h"

namespace tikv::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PdModelTest : public ModelFixture {
 protected:
  PdModelTest() : ModelFixture({.regions = 3}) {}

  std::vector<std::string> batch_scan(const std::vector<std::pair<std::string, std::string>>& ranges, int limit = 0) {
    pdpb::BatchScanRegionsRequest request;
    request.limit = limit;
    for (const auto& [start, end] : ranges) {
      request.ranges.emplace_back().start_key = start;
      request.ranges[request.ranges.size() - 1].end_key = end;
    }
    const auto response = pd<pdpb::BatchScanRegionsResponse>("BatchScanRegions", request);
    if (response.header->error.has_value()) return {response.header->error->message};
    std::vector<std::string> starts;
    for (const auto& region : response.regions) starts.push_back(region.region->start_key);
    return starts;
  }
};

TEST_F(PdModelTest, MembersAreToldToWhoeverAsks) {
  cluster.set_pd_address("127.0.0.1:4321");
  pdpb::GetMembersResponse response;
  ASSERT_TRUE(ask(Node::pd(), "/pdpb.PD/GetMembers", pdpb::GetMembersRequest(), response).status.ok());
  EXPECT_EQ(response.header->cluster_id, cluster.cluster_id());
  ASSERT_EQ(response.members.size(), 1);
  EXPECT_THAT(response.leader->client_urls, ElementsAre("http://127.0.0.1:4321"));
}

TEST_F(PdModelTest, EveryCallOfAnotherClusterIsRefused) {
  pdpb::RequestHeader wrong;
  wrong.cluster_id = cluster.cluster_id() + 1;
  const auto refused = [&](std::string_view method, auto request, auto response) {
    request.header = wrong;
    const Answer answer = ask(Node::pd(), "/pdpb.PD/" + std::string(method), request, response);
    EXPECT_EQ(answer.status.code, rpc::StatusCode::failed_precondition) << method;
    EXPECT_THAT(answer.status.message, HasSubstr("mismatch cluster id")) << method;
  };
  refused("GetStore", pdpb::GetStoreRequest(), pdpb::GetStoreResponse());
  refused("GetAllStores", pdpb::GetAllStoresRequest(), pdpb::GetAllStoresResponse());
  refused("GetRegion", pdpb::GetRegionRequest(), pdpb::GetRegionResponse());
  refused("GetPrevRegion", pdpb::GetRegionRequest(), pdpb::GetRegionResponse());
  refused("GetRegionByID", pdpb::GetRegionByIDRequest(), pdpb::GetRegionResponse());
  refused("ScanRegions", pdpb::ScanRegionsRequest(), pdpb::ScanRegionsResponse());
  refused("BatchScanRegions", pdpb::BatchScanRegionsRequest(), pdpb::BatchScanRegionsResponse());
  refused("GetGCSafePoint", pdpb::GetGCSafePointRequest(), pdpb::GetGCSafePointResponse());
}

TEST_F(PdModelTest, RegionsAreFoundByKeyByIdAndByTheNextKey) {
  pdpb::GetRegionRequest by_key;
  by_key.region_key = "z";
  const auto last = pd<pdpb::GetRegionResponse>("GetRegion", by_key);
  EXPECT_EQ(last.region->end_key, "");
  EXPECT_NE(last.leader->id, 0U);

  pdpb::GetRegionByIDRequest by_id;
  by_id.region_id = last.region->id;
  EXPECT_EQ(pd<pdpb::GetRegionResponse>("GetRegionByID", by_id).region->start_key, last.region->start_key);

  const auto before = pd<pdpb::GetRegionResponse>("GetPrevRegion", by_key);
  EXPECT_EQ(before.region->end_key, last.region->start_key);
}

TEST_F(PdModelTest, WhatDoesNotExistIsAnAnswerWithoutARegion) {
  pdpb::GetRegionByIDRequest by_id;
  by_id.region_id = 424242;
  EXPECT_FALSE(pd<pdpb::GetRegionResponse>("GetRegionByID", by_id).region.has_value());
  EXPECT_FALSE(pd<pdpb::GetRegionResponse>("GetPrevRegion", pdpb::GetRegionRequest()).region.has_value());
}

TEST_F(PdModelTest, AnUnknownStoreIsAnError) {
  pdpb::GetStoreRequest request;
  wire::ensure(request.header).cluster_id = cluster.cluster_id();
  request.store_id = 77;
  pdpb::GetStoreResponse response;
  EXPECT_EQ(ask(Node::pd(), "/pdpb.PD/GetStore", request, response).status.code, rpc::StatusCode::unknown);
}

TEST_F(PdModelTest, TombstonesAreLeftOutOnRequest) {
  cluster.regions().store(2)->meta.state = metapb::StoreState::tombstone;
  pdpb::GetAllStoresRequest request;
  EXPECT_EQ(pd<pdpb::GetAllStoresResponse>("GetAllStores", request).stores.size(), 3);
  request.exclude_tombstone_stores = true;
  EXPECT_EQ(pd<pdpb::GetAllStoresResponse>("GetAllStores", request).stores.size(), 2);
}

TEST_F(PdModelTest, AScanTellsRegionsInBothForms) {
  pdpb::ScanRegionsRequest request;
  request.limit = 2;
  const auto response = pd<pdpb::ScanRegionsResponse>("ScanRegions", request);
  ASSERT_EQ(response.regions.size(), 2);
  ASSERT_EQ(response.region_metas.size(), 2);
  ASSERT_EQ(response.leaders.size(), 2);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(response.regions[i].region->id, response.region_metas[i].id);
    EXPECT_EQ(response.regions[i].leader->id, response.leaders[i].id);
  }
}

TEST_F(PdModelTest, ARegionWithoutALeaderIsTold) {
  cluster.transfer_leader(cluster.regions().region_of("").meta.id, 0);
  const auto response = pd<pdpb::ScanRegionsResponse>("ScanRegions", pdpb::ScanRegionsRequest());
  EXPECT_EQ(response.leaders[0].id, 0U);
  EXPECT_FALSE(response.regions[0].leader.has_value());
}

TEST_F(PdModelTest, PeersOnAStoppedStoreAreDown) {
  cluster.stop_store(2);
  const auto response = pd<pdpb::GetRegionResponse>("GetRegion", pdpb::GetRegionRequest());
  ASSERT_EQ(response.down_peers.size(), 1);
  EXPECT_EQ(response.down_peers[0].peer->store_id, 2U);
}

TEST_F(PdModelTest, ManyRangesBringNoRegionTwice) {
  const auto cuts = even_split_keys(3);
  EXPECT_THAT(batch_scan({{"", "1"}, {"2", "3"}, {"z", ""}}), ElementsAre("", cuts[1]));
  EXPECT_THAT(batch_scan({{"", ""}}, 2), ElementsAre("", cuts[0]));
  EXPECT_THAT(batch_scan({{"m", "n"}, {"a", "b"}}), ElementsAre(HasSubstr("not in order")));
}

TEST_F(PdModelTest, BytesThatAreNoMessageAreRefused) {
  std::optional<Answer> answer;
  cluster.handle(Node::pd(), "/pdpb.PD/GetRegion", "\xFF\xFF\xFF", [&](Answer came) { answer = std::move(came); });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status.code, rpc::StatusCode::internal);
}

TEST_F(PdModelTest, TimestampsAreUniqueWhenTheClockStandsStillOrGoesBack) {
  std::uint64_t last = cluster.pd().allocate_timestamps(1);
  const auto grows = [&](std::uint32_t count) {
    const std::uint64_t newest = cluster.pd().allocate_timestamps(count);
    ASSERT_GT(newest - (count - 1), last);
    last = newest;
  };
  for (int i = 0; i < 1000; ++i) grows(10000);  // more than a millisecond has room for
  loop.skew_wall_clock(-std::chrono::hours(1));
  grows(1);
  loop.skew_wall_clock(std::chrono::hours(2));
  grows(5);
  const auto wall = std::chrono::floor<std::chrono::milliseconds>(loop.wall_now()).time_since_epoch().count();
  EXPECT_EQ(last >> 18, static_cast<std::uint64_t>(wall));
}

TEST_F(PdModelTest, ATimestampStreamAnswersEachMessageAndEndsWithTheClient) {
  Recorded client;
  const auto stream = cluster.open_stream(Node::pd(), "/pdpb.PD/Tso", client);
  ASSERT_NE(stream, nullptr);
  pdpb::TsoRequest request;
  wire::ensure(request.header).cluster_id = cluster.cluster_id();
  request.count = 3;
  stream->message(wire::encode(request));
  stream->message(wire::encode(request));
  ASSERT_EQ(client.messages.size(), 2U);
  pdpb::TsoResponse first;
  pdpb::TsoResponse second;
  ASSERT_TRUE(wire::decode(client.messages[0], first) && wire::decode(client.messages[1], second));
  EXPECT_EQ(first.count, 3U);
  EXPECT_EQ(second.timestamp->logical - first.timestamp->logical, 3);
  stream->half_close();
  ASSERT_EQ(client.ends.size(), 1U);
  EXPECT_TRUE(client.ends[0].ok());
}

TEST_F(PdModelTest, ATimestampStreamEndsOnceAtABadMessage) {
  pdpb::TsoRequest wrong_cluster;
  wrong_cluster.count = 1;
  pdpb::TsoRequest none;
  wire::ensure(none.header).cluster_id = cluster.cluster_id();
  for (const std::string& bad : {wire::encode(wrong_cluster), wire::encode(none), std::string("\xFF")}) {
    Recorded client;
    const auto stream = cluster.open_stream(Node::pd(), "/pdpb.PD/Tso", client);
    stream->message(bad);
    stream->message(bad);
    stream->half_close();
    EXPECT_TRUE(client.messages.empty());
    ASSERT_EQ(client.ends.size(), 1U);
    EXPECT_FALSE(client.ends[0].ok());
  }
}

}  // namespace
}  // namespace tikv::testing
