#include "testing/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "testing/region_error_name.h"
#include "unit/testing/model_fixture.h"
#include "wire/tikvpb.h"

namespace tikv::testing {
namespace {

using ::testing::HasSubstr;

Injection stale_command(bool applied) {
  Injection injection;
  injection.error.stale_command.emplace();
  injection.applied = applied;
  return injection;
}

class FaultsTest : public ModelFixture {};

TEST_F(FaultsTest, AnInjectedErrorComesInsteadOfTheWork) {
  cluster.inject(stale_command(false));
  EXPECT_TRUE(put("k", "v").region_error->stale_command.has_value());
  EXPECT_TRUE(get("k").not_found);
  EXPECT_EQ(cluster.region_errors("StaleCommand"), 1U);
}

TEST_F(FaultsTest, AnErrorMayComeAfterTheWorkWasDone) {
  cluster.inject(stale_command(true));
  EXPECT_TRUE(put("k", "v").region_error->stale_command.has_value());
  EXPECT_EQ(get("k").value, "v");
}

TEST_F(FaultsTest, AnErrorAfterTheWorkWaitsForWorkThatIsDone) {
  cluster.inject(stale_command(true));
  kvrpcpb::RawPutRequest old;
  old.context = context_of("k");
  wire::ensure(wire::ensure(old.context).region_epoch).version = 99;
  const auto refused = at_leader<kvrpcpb::RawPutResponse>("k", "RawPut", old);
  EXPECT_TRUE(refused.region_error->epoch_not_match.has_value());
  EXPECT_FALSE(refused.region_error->stale_command.has_value());
  EXPECT_TRUE(put("k", "v").region_error->stale_command.has_value());
}

TEST_F(FaultsTest, OnlyMatchingRequestsAreMetAndOnlySoOften) {
  Injection injection = stale_command(false);
  injection.method = "RawPut";
  injection.node = Node::of_store(context_of("k").peer->store_id);
  injection.count = 2;
  cluster.inject(injection);
  EXPECT_FALSE(get("k").region_error.has_value());
  EXPECT_TRUE(put("k", "v").region_error.has_value());
  EXPECT_TRUE(put("k", "v").region_error.has_value());
  EXPECT_FALSE(put("k", "v").region_error.has_value());
  EXPECT_TRUE(cluster.faults().empty());
  injection.node = Node::of_store(77);
  cluster.inject(injection);
  EXPECT_FALSE(put("k", "v").region_error.has_value());
}

TEST_F(FaultsTest, AStatusEndsAUnaryCallWithOrWithoutTheWork) {
  for (const bool applied : {false, true}) {
    Injection injection;
    injection.status = {rpc::StatusCode::unavailable, "going away"};
    injection.applied = applied;
    cluster.inject(injection);
    kvrpcpb::RawPutRequest request;
    request.context = context_of("k");
    request.key = "k";
    request.value = "v";
    kvrpcpb::RawPutResponse response;
    const Node node = Node::of_store(request.context->peer->store_id);
    EXPECT_EQ(ask(node, "/tikvpb.Tikv/RawPut", request, response).status.code, rpc::StatusCode::unavailable);
    EXPECT_EQ(get("k").not_found, !applied);
  }
}

TEST_F(FaultsTest, PdTakesStatusesAndNoRegionErrors) {
  cluster.inject(stale_command(false));
  Injection injection;
  injection.method = "GetRegion";
  injection.status = {rpc::StatusCode::unknown, "etcd is slow"};
  cluster.inject(injection);
  pdpb::GetRegionRequest request;
  wire::ensure(request.header).cluster_id = cluster.cluster_id();
  pdpb::GetRegionResponse response;
  EXPECT_EQ(ask(Node::pd(), "/pdpb.PD/GetRegion", request, response).status.message, "etcd is slow");
  EXPECT_TRUE(ask(Node::pd(), "/pdpb.PD/GetRegion", request, response).status.ok());
  EXPECT_TRUE(put("k", "v").region_error->stale_command.has_value()) << "it waited for a store";
}

class BatchFaults : public ModelFixture {
 protected:
  void send(const std::string& first, const std::string& second) {
    wire::tikvpb::BatchCommandsRequest batch;
    for (const std::string& key : {first, second}) {
      auto& request = wire::ensure(batch.requests.emplace_back().raw_put);
      request.context = context_of(key);
      request.key = key;
      request.value = "v";
      batch.request_ids.push_back(static_cast<std::uint64_t>(batch.requests.size()));
    }
    stream->message(wire::encode(batch));
  }

  Recorded client;
  std::unique_ptr<StreamServer> stream =
      cluster.open_stream(Node::of_store(context_of("").peer->store_id), "/tikvpb.Tikv/BatchCommands", client);
};

TEST_F(BatchFaults, AnInjectedErrorHitsOneEntryOfABatch) {
  cluster.inject(stale_command(true));
  send("a", "b");
  wire::tikvpb::BatchCommandsResponse answers;
  ASSERT_TRUE(wire::decode(client.messages.at(0), answers));
  EXPECT_TRUE(answers.responses[0].raw_put->region_error->stale_command.has_value());
  EXPECT_FALSE(answers.responses[1].raw_put->region_error.has_value());
  EXPECT_EQ(get("a").value, "v");
}

TEST_F(BatchFaults, AnErrorForAnyMethodIsNotSpentOnTheStream) {
  Injection injection;
  injection.error.raft_entry_too_large.emplace();
  cluster.inject(injection);
  send("a", "b");
  EXPECT_TRUE(client.ends.empty());
  wire::tikvpb::BatchCommandsResponse answers;
  ASSERT_TRUE(wire::decode(client.messages.at(0), answers));
  EXPECT_TRUE(answers.responses[0].raw_put->region_error->raft_entry_too_large.has_value());
  EXPECT_TRUE(get("a").not_found);
  EXPECT_EQ(get("b").value, "v");
}

TEST_F(BatchFaults, AStatusEndsTheStreamBeforeOrAfterTheWork) {
  Injection injection;
  injection.method = "BatchCommands";
  injection.status = {rpc::StatusCode::unavailable, "the stream is over"};
  injection.applied = true;
  cluster.inject(injection);
  send("a", "b");
  EXPECT_TRUE(client.messages.empty());
  ASSERT_EQ(client.ends.size(), 1U);
  EXPECT_EQ(client.ends[0].message, "the stream is over");
  EXPECT_EQ(get("b").value, "v");
}

TEST_F(BatchFaults, AStatusForACommandEndsTheStreamThatBringsIt) {
  Injection injection;
  injection.method = "RawPut";
  injection.status = {rpc::StatusCode::unavailable, "no more"};
  cluster.inject(injection);
  send("a", "b");
  EXPECT_EQ(client.ends.size(), 1U);
  EXPECT_TRUE(get("a").not_found);
  EXPECT_TRUE(get("b").not_found);
}

TEST(RegionErrorName, NamesTheVariantOrSaysThatThereIsNone) {
  errorpb::Error error;
  EXPECT_EQ(region_error_name(error), "");
  error.message = "something";
  EXPECT_EQ(region_error_name(error), "Other");
  error.bucket_version_not_match.emplace();
  EXPECT_EQ(region_error_name(error), "BucketVersionNotMatch");
  error.not_leader.emplace();
  EXPECT_EQ(region_error_name(error), "NotLeader");
}

TEST(RegionErrorName, SetsWhatItNames) {
  for (const auto* name : {"NotLeader", "StaleCommand", "FlashbackInProgress", "UndeterminedResult"}) {
    errorpb::Error error;
    EXPECT_TRUE(set_region_error(name, error));
    EXPECT_EQ(region_error_name(error), name);
  }
  errorpb::Error error;
  EXPECT_FALSE(set_region_error("Nothing", error));
  EXPECT_EQ(region_error_name(error), "");
}

TEST_F(FaultsTest, TheReportCountsRegionErrorsStoreByStore) {
  cluster.inject(stale_command(false));
  put("k", "v");
  EXPECT_THAT(cluster.report(), HasSubstr("1 StaleCommand"));
}

}  // namespace
}  // namespace tikv::testing
