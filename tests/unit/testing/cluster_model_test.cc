#include "testing/cluster_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "unit/testing/model_fixture.h"
#include "wire/tikvpb.h"

namespace tikv::testing {
namespace {

namespace kvrpcpb = wire::kvrpcpb;
namespace tikvpb = wire::tikvpb;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ClusterTest : public ModelFixture {};

TEST_F(ClusterTest, TheRawServiceKeepsCountOfTheKeysOfEachRegion) {
  for (const char digit : std::string("0123456789")) put(std::string("k") + digit, "v");
  put("k3", "again");
  kvrpcpb::RawDeleteRequest request;
  request.key = "k0";
  at_leader<kvrpcpb::RawDeleteResponse>("k0", "RawDelete", request);
  cluster.split("k5");
  EXPECT_EQ(cluster.regions().region_of("k1").keys, 4U);
  EXPECT_EQ(cluster.regions().region_of("k5").keys, 5U);
}

TEST_F(ClusterTest, AnUnknownMethodIsUnimplementedOnEveryNode) {
  pdpb::GetMembersRequest request;
  pdpb::GetMembersResponse response;
  EXPECT_EQ(ask(Node::pd(), "/pdpb.PD/Nothing", request, response).status.code, rpc::StatusCode::unimplemented);
  EXPECT_EQ(ask(Node::of_store(1), "/tikvpb.Tikv/KvPrewrite", request, response).status.code,
            rpc::StatusCode::unimplemented);
}

TEST(EvenSplitKeys, AscendFromOneRegionToThousands) {
  EXPECT_THAT(even_split_keys(1), IsEmpty());
  EXPECT_THAT(even_split_keys(2), ElementsAre("V"));
  for (const std::size_t regions : {3U, 8U, 62U, 63U, 5000U}) {
    const auto keys = even_split_keys(regions);
    EXPECT_EQ(keys.size(), regions - 1);
    EXPECT_TRUE(std::ranges::is_sorted(keys, std::less_equal<>())) << regions;
  }
}

TEST(Printable, ShowsEveryByteInOneWay) {
  EXPECT_EQ(printable("plain key"), "plain key");
  EXPECT_EQ(printable(std::string_view("\0\xFF\n", 3)), "\\x00\\xFF\\x0A");
  EXPECT_EQ(printable("\\x00"), "\\\\x00");
}

class GrowingCluster : public ModelFixture {
 protected:
  GrowingCluster() : ModelFixture({.region_max_keys = 100}) {}
};

TEST_F(GrowingCluster, RegionsThatGrowAreCutAndTheirLeadersSpread) {
  for (int i = 0; i < 1000; ++i) put("key" + std::to_string(1000 + i), "v");
  EXPECT_GE(cluster.regions().region_count(), 10U);
  cluster.regions().each_region([](const RegionState& region) { EXPECT_LE(region.keys, 100U); });
  std::uint64_t total = 0;
  cluster.regions().each_region([&](const RegionState& region) { total += region.keys; });
  EXPECT_EQ(total, 1000U);
  for (std::uint64_t store = 1; store <= 3; ++store) EXPECT_GE(cluster.regions().leaders_on(store), 3U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(get("key" + std::to_string(1000 + i)).value, "v");
}

TEST_F(GrowingCluster, TheReportNamesStoresAndRegions) {
  put("key", "v");
  cluster.split("m\n");
  cluster.stop_store(3);
  const std::string report = cluster.report();
  EXPECT_THAT(report, HasSubstr("store 3 at store3:20160 (stopped)"));
  EXPECT_THAT(report, HasSubstr("[, m\\x0A): 1 keys"));
  EXPECT_THAT(report, HasSubstr("[m\\x0A, end): 0 keys"));
}

class BatchCommands : public ModelFixture {
 protected:
  void SetUp() override {
    node = Node::of_store(context_of("").peer->store_id);
    stream = cluster.open_stream(node, "/tikvpb.Tikv/BatchCommands", client);
    ASSERT_NE(stream, nullptr);
  }
  void add_put(std::uint64_t id, const std::string& key, std::uint64_t epoch_ahead = 0) {
    auto& request = wire::ensure(batch.requests.emplace_back().raw_put);
    request.context = context_of(key);
    wire::ensure(wire::ensure(request.context).region_epoch).version =
        request.context->region_epoch->version + epoch_ahead;
    request.key = key;
    request.value = "v" + key;
    batch.request_ids.push_back(id);
  }
  tikvpb::BatchCommandsResponse send() {
    stream->message(wire::encode(batch));
    batch = {};
    tikvpb::BatchCommandsResponse response;
    if (client.messages.empty()) return response;
    EXPECT_TRUE(wire::decode(client.messages.back(), response));
    return response;
  }

  Node node;
  Recorded client;
  std::unique_ptr<StreamServer> stream;
  tikvpb::BatchCommandsRequest batch;
};

TEST_F(BatchCommands, EachCommandSucceedsOrFailsByItself) {
  add_put(5, "a");
  add_put(6, "b", 1);
  add_put(9, "c");
  const auto response = send();
  EXPECT_THAT(response.request_ids, ElementsAre(5, 6, 9));
  ASSERT_EQ(response.responses.size(), 3);
  EXPECT_FALSE(response.responses[0].raw_put->region_error.has_value());
  EXPECT_TRUE(response.responses[1].raw_put->region_error->epoch_not_match.has_value());
  EXPECT_EQ(get("a").value, "va");
  EXPECT_TRUE(get("b").not_found);
  EXPECT_EQ(get("c").value, "vc");
}

TEST_F(BatchCommands, EveryKnownCommandIsAnsweredWithItsOwnKind) {
  const auto check = [&](auto add, auto answered) {
    add(batch.requests.emplace_back());
    batch.request_ids.push_back(1);
    const auto response = send();
    ASSERT_EQ(response.responses.size(), 1);
    EXPECT_TRUE(answered(response.responses[0]));
  };
  using Request = tikvpb::BatchCommandsRequest::Request;
  using Response = tikvpb::BatchCommandsResponse::Response;
  const auto with_context = [&](auto* request) { request->context = context_of(""); };
  check([&](Request& r) { with_context(&wire::ensure(r.raw_get)); },
        [](const Response& r) { return r.raw_get.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_batch_get)); },
        [](const Response& r) { return r.raw_batch_get.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_put)); },
        [](const Response& r) { return r.raw_put.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_batch_put)); },
        [](const Response& r) { return r.raw_batch_put.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_delete)); },
        [](const Response& r) { return r.raw_delete.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_batch_delete)); },
        [](const Response& r) { return r.raw_batch_delete.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_scan)); },
        [](const Response& r) { return r.raw_scan.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_delete_range)); },
        [](const Response& r) { return r.raw_delete_range.has_value(); });
  check([&](Request& r) { with_context(&wire::ensure(r.raw_batch_scan)); },
        [](const Response& r) { return r.raw_batch_scan.has_value(); });
  check([](Request& r) { wire::ensure(r.empty).test_id = 44; },
        [](const Response& r) { return r.empty->test_id == 44; });
}

TEST_F(BatchCommands, ACommandThatTheStoreDoesNotKnowIsAnsweredByNothing) {
  batch.requests.emplace_back();
  batch.request_ids.push_back(2);
  add_put(1, "a");
  const auto response = send();
  EXPECT_THAT(response.request_ids, ElementsAre(2, 1));
  EXPECT_EQ(response.responses[0], tikvpb::BatchCommandsResponse::Response());
  EXPECT_TRUE(response.responses[1].raw_put.has_value());
}

TEST_F(BatchCommands, BytesThatAreNoBatchEndTheStream) {
  stream->message("\xFF");
  add_put(3, "b");
  send();
  EXPECT_TRUE(client.messages.empty());
  ASSERT_EQ(client.ends.size(), 1U);
  EXPECT_EQ(client.ends[0].code, rpc::StatusCode::internal);
  EXPECT_TRUE(get("b").not_found) << "the stream is dead";
}

TEST_F(BatchCommands, AStoppedStoreOpensNoStream) {
  cluster.stop_store(node.id);
  Recorded other;
  EXPECT_EQ(cluster.open_stream(node, "/tikvpb.Tikv/BatchCommands", other), nullptr);
}

}  // namespace
}  // namespace tikv::testing
