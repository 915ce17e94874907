// The sandbox as gRPC's own client library sees it: a gRPC server like any other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <string>

#include "judge/kvrpcpb.pb.h"
#include "judge/pdpb.pb.h"
#include "judge/tikvpb.pb.h"
#include "sandbox/running_sandbox.h"
#include "sandbox_peer/peer.h"

namespace tikv::test {
namespace {

namespace kvrpcpb = judge::kvrpcpb;
namespace pdpb = judge::pdpb;
namespace tikvpb = judge::tikvpb;

class SandboxPeer : public ::testing::Test {
 protected:
  explicit SandboxPeer(const std::vector<std::string>& more = {}) : sandbox_(more), pd_(sandbox_.pd()) {}

  void SetUp() override {
    ASSERT_FALSE(sandbox_.pd().empty());
    pdpb::GetMembersResponse members;
    ASSERT_TRUE(pd_.call("/pdpb.PD/GetMembers", pdpb::GetMembersRequest(), members).ok());
    cluster_id_ = members.header().cluster_id();
    pdpb::GetAllStoresRequest request;
    request.mutable_header()->set_cluster_id(cluster_id_);
    pdpb::GetAllStoresResponse stores;
    ASSERT_TRUE(pd_.call("/pdpb.PD/GetAllStores", request, stores).ok());
    for (const auto& store : stores.stores()) stores_.try_emplace(store.id(), store.address());
  }

  pdpb::ScanRegionsResponse regions() {
    pdpb::ScanRegionsRequest request;
    request.mutable_header()->set_cluster_id(cluster_id_);
    pdpb::ScanRegionsResponse response;
    EXPECT_TRUE(pd_.call("/pdpb.PD/ScanRegions", request, response).ok());
    return response;
  }

  pdpb::Region region_of(const std::string& key) {
    const pdpb::ScanRegionsResponse all = regions();
    for (const auto& region : all.regions()) {
      const auto& range = region.region();
      if (key >= range.start_key() && (range.end_key().empty() || key < range.end_key())) return region;
    }
    ADD_FAILURE() << "no region covers " << key;
    return {};
  }

  static kvrpcpb::Context context_for(const pdpb::Region& region, const judge::metapb::Peer& peer) {
    kvrpcpb::Context context;
    context.set_region_id(region.region().id());
    *context.mutable_region_epoch() = region.region().region_epoch();
    *context.mutable_peer() = peer;
    return context;
  }

  Peer& store(std::uint64_t id) { return stores_.at(id); }

  RunningSandbox sandbox_;
  Peer pd_;
  std::uint64_t cluster_id_ = 0;
  std::map<std::uint64_t, Peer> stores_;
};

TEST_F(SandboxPeer, MembersNameTheAddressThatWasPrinted) {
  pdpb::GetMembersResponse members;
  ASSERT_TRUE(pd_.call("/pdpb.PD/GetMembers", pdpb::GetMembersRequest(), members).ok());
  EXPECT_THAT(members.leader().client_urls(), ::testing::ElementsAre("http://" + sandbox_.pd()));
  EXPECT_NE(members.header().cluster_id(), 0U);
}

TEST_F(SandboxPeer, RegionsCoverAllKeysAndEveryStoreLeadsSome) {
  const pdpb::ScanRegionsResponse all = regions();
  ASSERT_EQ(all.regions_size(), 8);
  std::map<std::uint64_t, int> led;
  std::string reached;
  for (const auto& region : all.regions()) {
    EXPECT_EQ(region.region().start_key(), reached);
    EXPECT_EQ(region.region().peers_size(), 3);
    reached = region.region().end_key();
    ++led[region.leader().store_id()];
  }
  EXPECT_EQ(reached, "");
  EXPECT_EQ(led.size(), 3U);
}

TEST_F(SandboxPeer, WhatIsPutOnTheLeaderIsReadThere) {
  const pdpb::Region region = region_of("greeting");
  kvrpcpb::RawPutRequest put;
  *put.mutable_context() = context_for(region, region.leader());
  put.set_key("greeting");
  put.set_value(std::string("h\0llo", 5));
  kvrpcpb::RawPutResponse stored;
  ASSERT_TRUE(store(region.leader().store_id()).call("/tikvpb.Tikv/RawPut", put, stored).ok());
  EXPECT_FALSE(stored.has_region_error()) << stored.region_error().message();

  kvrpcpb::RawGetRequest get;
  *get.mutable_context() = put.context();
  get.set_key("greeting");
  kvrpcpb::RawGetResponse got;
  ASSERT_TRUE(store(region.leader().store_id()).call("/tikvpb.Tikv/RawGet", get, got).ok());
  EXPECT_EQ(got.value(), put.value());
}

TEST_F(SandboxPeer, AnotherStoreNamesTheLeader) {
  const pdpb::Region region = region_of("greeting");
  for (const auto& peer : region.region().peers()) {
    if (peer.id() == region.leader().id()) continue;
    kvrpcpb::RawGetRequest get;
    *get.mutable_context() = context_for(region, peer);
    get.set_key("greeting");
    kvrpcpb::RawGetResponse got;
    ASSERT_TRUE(store(peer.store_id()).call("/tikvpb.Tikv/RawGet", get, got).ok());
    EXPECT_EQ(got.region_error().not_leader().leader().id(), region.leader().id());
  }
}

TEST_F(SandboxPeer, AnotherClustersIdIsRefused) {
  pdpb::GetStoreRequest request;
  request.mutable_header()->set_cluster_id(cluster_id_ + 1);
  request.set_store_id(1);
  pdpb::GetStoreResponse response;
  const grpc::Status status = pd_.call("/pdpb.PD/GetStore", request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("mismatch cluster id"));
}

TEST_F(SandboxPeer, AStoreRefusesARequestThatNamesAnotherCluster) {
  const pdpb::Region region = region_of("key");
  kvrpcpb::RawPutRequest put;
  *put.mutable_context() = context_for(region, region.leader());
  put.mutable_context()->set_cluster_id(cluster_id_ + 1);
  put.set_key("key");
  put.set_value("1");
  Peer& leader = store(region.leader().store_id());
  kvrpcpb::RawPutResponse response;
  const grpc::Status status = leader.call("/tikvpb.Tikv/RawPut", put, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "the cluster id of the request does not match the TiKV cluster");

  Peer::Stream stream(leader, "/tikvpb.Tikv/BatchCommands");
  tikvpb::BatchCommandsRequest batch;
  *batch.add_requests()->mutable_rawput() = put;
  batch.add_request_ids(1);
  ASSERT_TRUE(stream.write(batch));
  tikvpb::BatchCommandsResponse answers;
  EXPECT_FALSE(stream.read(answers));
  const grpc::Status end = stream.finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(end.error_message(), "cluster of request=" + std::to_string(cluster_id_ + 1) +
                                     " does not match TiKV cluster id=" + std::to_string(cluster_id_));

  kvrpcpb::RawGetRequest get;
  *get.mutable_context() = put.context();
  get.mutable_context()->set_cluster_id(cluster_id_);
  get.set_key("key");
  kvrpcpb::RawGetResponse got;
  ASSERT_TRUE(leader.call("/tikvpb.Tikv/RawGet", get, got).ok());
  EXPECT_TRUE(got.not_found());
}

TEST_F(SandboxPeer, AnUnknownMethodIsUnimplemented) {
  pdpb::GetMembersResponse response;
  EXPECT_EQ(pd_.call("/pdpb.PD/Nothing", pdpb::GetMembersRequest(), response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

/// A message that is nothing but its bytes.
struct Bytes {
  std::string bytes;
  [[nodiscard]] std::string SerializeAsString() const { return bytes; }
  bool ParseFromString(const std::string& from) {
    bytes = from;
    return true;
  }
};

TEST_F(SandboxPeer, StoresSayThatTheyServe) {
  for (auto& [id, store] : stores_) {
    Bytes answer;
    ASSERT_TRUE(store.call("/grpc.health.v1.Health/Check", Bytes{}, answer).ok());
    EXPECT_EQ(answer.bytes, "\x08\x01") << "status 1 is SERVING";
  }
}

TEST_F(SandboxPeer, TimestampsOfAStreamOnlyGrow) {
  Peer::Stream stream(pd_, "/pdpb.PD/Tso");
  ASSERT_TRUE(stream.started());
  std::uint64_t last = 0;
  for (std::uint32_t count = 1; count <= 50; ++count) {
    pdpb::TsoRequest request;
    request.mutable_header()->set_cluster_id(cluster_id_);
    request.set_count(count);
    ASSERT_TRUE(stream.write(request));
    pdpb::TsoResponse response;
    ASSERT_TRUE(stream.read(response));
    ASSERT_EQ(response.count(), count);
    const std::uint64_t newest = (static_cast<std::uint64_t>(response.timestamp().physical()) << 18) +
                                 static_cast<std::uint64_t>(response.timestamp().logical());
    ASSERT_GT(newest - (count - 1), last);
    last = newest;
  }
  ASSERT_TRUE(stream.writes_done());
  EXPECT_TRUE(stream.finish().ok());
}

TEST_F(SandboxPeer, ATimestampStreamOfAnotherClusterEnds) {
  Peer::Stream stream(pd_, "/pdpb.PD/Tso");
  pdpb::TsoRequest request;
  request.set_count(1);
  ASSERT_TRUE(stream.write(request));
  pdpb::TsoResponse response;
  EXPECT_FALSE(stream.read(response));
  EXPECT_EQ(stream.finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(SandboxPeer, CommandsOfABatchAreAnsweredByTheirIds) {
  const pdpb::Region region = region_of("batched");
  Peer::Stream stream(store(region.leader().store_id()), "/tikvpb.Tikv/BatchCommands");
  tikvpb::BatchCommandsRequest batch;
  auto& put = *batch.add_requests()->mutable_rawput();
  *put.mutable_context() = context_for(region, region.leader());
  put.set_key("batched");
  put.set_value("1");
  auto& get = *batch.add_requests()->mutable_rawget();
  *get.mutable_context() = put.context();
  get.set_key("batched");
  batch.add_request_ids(71);
  batch.add_request_ids(72);
  ASSERT_TRUE(stream.write(batch));
  tikvpb::BatchCommandsResponse answers;
  ASSERT_TRUE(stream.read(answers));
  ASSERT_THAT(answers.request_ids(), ::testing::ElementsAre(71, 72));
  EXPECT_TRUE(answers.responses(0).has_rawput());
  EXPECT_EQ(answers.responses(1).rawget().value(), "1");
}

class SandboxWithKeys : public SandboxPeer {
 protected:
  SandboxWithKeys() : SandboxPeer({"--split-keys", R"(a\x00\,,b\\)"}) {}
};

TEST_F(SandboxWithKeys, RegionsBeginAtTheGivenKeys) {
  const pdpb::ScanRegionsResponse all = regions();
  ASSERT_EQ(all.regions_size(), 3);
  EXPECT_EQ(all.regions(1).region().start_key(), std::string("a\0,", 3));
  EXPECT_EQ(all.regions(2).region().start_key(), "b\\");
}

TEST_F(SandboxPeer, AReportIsPrintedOnDemand) {
  sandbox_.process().signal(SIGUSR1);
  EXPECT_THAT(sandbox_.process().read_line(), ::testing::StartsWith("store 1 at 127.0.0.1:"));
  pdpb::GetMembersResponse members;
  EXPECT_TRUE(pd_.call("/pdpb.PD/GetMembers", pdpb::GetMembersRequest(), members).ok()) << "it goes on";
}

TEST_F(SandboxPeer, APortInUseIsAnErrorAndNotShared) {
  const std::string port = sandbox_.pd().substr(sandbox_.pd().rfind(':') + 1);
  ChildProcess second({TIKV_SANDBOX_PROGRAM, "--pd-port", port});
  EXPECT_EQ(second.read_all(), "");
  EXPECT_EQ(second.wait(), 1);
}

TEST(SandboxOptions, WhatMakesNoSenseIsRefused) {
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"--stores", "0"}, Words{"--stores", "three"}, Words{"--regions", "0"},
                             Words{"--pd-port", "65536"}, Words{"--split-keys", "a\\q"}, Words{"--split-keys", "a,,b"},
                             Words{"--split-keys", "a\\x0"}, Words{"--unknown"}}) {
    Words command{TIKV_SANDBOX_PROGRAM};
    command.insert(command.end(), words.begin(), words.end());
    ChildProcess refused(command);
    EXPECT_EQ(refused.read_all(), "") << words.front();
    EXPECT_EQ(refused.wait(), 2) << words.front();
  }
}

class SandboxSignal : public ::testing::TestWithParam<int> {};

TEST_P(SandboxSignal, EndsItWithSuccessWhileStreamsAreOpen) {
  RunningSandbox sandbox;
  ASSERT_FALSE(sandbox.pd().empty());
  Peer pd(sandbox.pd());
  Peer::Stream stream(pd, "/pdpb.PD/Tso");
  ASSERT_TRUE(stream.started());
  sandbox.process().signal(GetParam());
  const std::string words = sandbox.process().read_all();
  EXPECT_EQ(sandbox.process().wait(), 0);
  EXPECT_THAT(words, ::testing::HasSubstr("store 3 at 127.0.0.1:"));
  EXPECT_FALSE(stream.finish().ok());
}
INSTANTIATE_TEST_SUITE_P(Signals, SandboxSignal, ::testing::Values(SIGINT, SIGTERM));

}  // namespace
}  // namespace tikv::test
