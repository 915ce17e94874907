// Stores that are slow, busy, stopped, moved, or of another kind than they were.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "unit/testing/model_fixture.h"
#include "wire/tikvpb.h"

namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoreFaults : public ModelFixture {
 protected:
  explicit StoreFaults(const ClusterOptions& options = {}) : ModelFixture(options) {}

  /// Asks the leader for a write; the answer is in `answers` when it has come.
  void start_put(const std::string& key) {
    kvrpcpb::RawPutRequest request;
    request.context = context_of(key);
    request.key = key;
    request.value = "v";
    cluster.handle(Node::of_store(request.context->peer->store_id), "/tikvpb.Tikv/RawPut", wire::encode(request),
                   [this](Answer answer) { answers.push_back(std::move(answer)); });
  }
  [[nodiscard]] bool written(const std::string& key) {
    return cluster.raw_data().get(RawStore::Family::default_, key, loop.wall_now()) != nullptr;
  }
  /// A batch of writes on the stream of the leader of all.
  void send_batch(StreamServer& stream, const std::vector<std::string>& keys) {
    wire::tikvpb::BatchCommandsRequest batch;
    for (const std::string& key : keys) {
      batch.requests.emplace_back().raw_put = {.context = context_of(key), .key = key};
      batch.request_ids.push_back(batch.requests.size());
    }
    stream.message(wire::encode(batch));
  }
  wire::tikvpb::BatchCommandsResponse parsed(const std::string& message) {
    wire::tikvpb::BatchCommandsResponse response;
    EXPECT_TRUE(wire::decode(message, response));
    return response;
  }

  const std::uint64_t leader = cluster.regions().region_of("").leader_store;
  std::vector<Answer> answers;
};

TEST_F(StoreFaults, ASlowStoreAnswersLateButServesAtOnce) {
  cluster.behaviour(leader)->answer_delay = milliseconds(100);
  start_put("k");
  EXPECT_TRUE(written("k"));
  loop.run_for(milliseconds(49));
  EXPECT_THAT(answers, IsEmpty());
  loop.run_for(milliseconds(51));
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_TRUE(answers[0].status.ok());
}

TEST_F(StoreFaults, AStoreWithAQueueServesLate) {
  cluster.behaviour(leader)->apply_delay = milliseconds(100);
  start_put("k");
  EXPECT_FALSE(written("k"));
  loop.run_for(milliseconds(100));
  EXPECT_TRUE(written("k"));
  EXPECT_THAT(answers, SizeIs(1));
}

TEST_F(StoreFaults, WhatAStoppedStoreHasNotAnsweredIsNeverAnswered) {
  cluster.behaviour(leader)->answer_delay = milliseconds(100);
  start_put("served");
  cluster.behaviour(leader)->apply_delay = milliseconds(100);
  start_put("queued");
  cluster.stop_store(leader);
  cluster.start_store(leader);
  loop.run_for(seconds(10));
  EXPECT_THAT(answers, IsEmpty());
  EXPECT_TRUE(written("served"));
  EXPECT_FALSE(written("queued"));
}

TEST_F(StoreFaults, ASlowStoreAnswersTheEntriesOfABatchOneByOneInAnyOrder) {
  cluster.behaviour(leader)->answer_delay = milliseconds(100);
  Recorded client;
  const auto stream = cluster.open_stream(Node::of_store(leader), "/tikvpb.Tikv/BatchCommands", client);
  send_batch(*stream, {"a", "b", "c", "d", "e", "f"});
  stream->half_close();
  EXPECT_THAT(client.ends, IsEmpty()) << "it has answers to give";
  loop.run_for(milliseconds(100));
  ASSERT_THAT(client.messages, SizeIs(6));
  std::vector<std::uint64_t> ids;
  for (const std::string& message : client.messages) {
    const auto response = parsed(message);
    ASSERT_EQ(response.responses.size(), 1);
    EXPECT_TRUE(response.responses[0].raw_put.has_value());
    ids.push_back(response.request_ids[0]);
  }
  EXPECT_FALSE(std::ranges::is_sorted(ids));
  std::ranges::sort(ids);
  EXPECT_THAT(ids, ElementsAre(1, 2, 3, 4, 5, 6));
  ASSERT_THAT(client.ends, SizeIs(1));
  EXPECT_TRUE(client.ends[0].ok());
}

TEST_F(StoreFaults, AStreamThatIsGoneHearsNothingAndOneOfAStoppedStoreIsSilent) {
  cluster.behaviour(leader)->answer_delay = milliseconds(100);
  Recorded gone;
  Recorded silent;
  auto left = cluster.open_stream(Node::of_store(leader), "/tikvpb.Tikv/BatchCommands", gone);
  const auto kept = cluster.open_stream(Node::of_store(leader), "/tikvpb.Tikv/BatchCommands", silent);
  send_batch(*left, {"a"});
  send_batch(*kept, {"b"});
  left.reset();
  cluster.stop_store(leader);
  cluster.start_store(leader);
  loop.run_for(seconds(1));
  kept->half_close();
  for (const Recorded* client : {&gone, &silent}) {
    EXPECT_THAT(client->messages, IsEmpty());
    EXPECT_THAT(client->ends, IsEmpty());
  }
}

TEST_F(StoreFaults, ABusyStoreSaysHowLong) {
  cluster.behaviour(leader)->busy = true;
  cluster.behaviour(leader)->estimated_wait_ms = 250;
  EXPECT_EQ(put("k", "v").region_error->server_is_busy->estimated_wait_ms, 250U);
  cluster.behaviour(leader)->busy = false;
  EXPECT_FALSE(put("k", "v").region_error.has_value());
  EXPECT_EQ(cluster.behaviour(99), nullptr);
}

TEST_F(StoreFaults, AStoreThatMovesIsFoundAtItsNewAddressOnly) {
  std::vector<Node> told;
  cluster.on_stop([&](Node node) { told.push_back(node); });
  cluster.stop_store(leader);
  EXPECT_EQ(cluster.node_at("store1:20160"), std::nullopt);
  EXPECT_EQ(cluster.start_store(leader, "store1:20161"), "");
  EXPECT_EQ(cluster.node_at("store1:20161"), Node::of_store(leader));
  EXPECT_EQ(cluster.node_at("store1:20160"), std::nullopt);
  EXPECT_THAT(told, ElementsAre(Node::of_store(leader)));
  EXPECT_NE(cluster.start_store(99), "");
}

TEST_F(StoreFaults, WhoKnowsTheOldAddressesAfterASwapFindsTheWrongStore) {
  kvrpcpb::RawGetRequest request;
  request.context = context_of("k");
  request.key = "k";
  const std::string old_address = cluster.regions().store(leader)->meta.address;
  EXPECT_EQ(cluster.swap_addresses(leader, 2), "");
  const auto node = cluster.node_at(old_address);
  ASSERT_TRUE(node.has_value());
  kvrpcpb::RawGetResponse response;
  ask(*node, "/tikvpb.Tikv/RawGet", request, response);
  EXPECT_EQ(response.region_error->store_not_match->actual_store_id, 2U);
  EXPECT_NE(cluster.swap_addresses(leader, leader), "");
}

class SlowElections : public StoreFaults {
 protected:
  SlowElections() : StoreFaults({.election_delay = seconds(3)}) {}
};

TEST_F(SlowElections, ARegionHasNoLeaderUntilTheElectionIsOver) {
  auto context = context_of("k");
  const std::uint64_t other = leader == 1 ? 2 : 1;
  context.peer = *cluster.regions().region_of("k").peer_on(other);
  const auto ask_other = [&] {
    kvrpcpb::RawGetRequest request;
    request.context = context;
    request.key = "k";
    return at_leader<kvrpcpb::RawGetResponse>("k", "RawGet", request);
  };
  EXPECT_EQ(ask_other().region_error->not_leader->leader->store_id, leader);
  cluster.stop_store(leader);
  const auto during = ask_other();
  EXPECT_TRUE(during.region_error->not_leader.has_value());
  EXPECT_FALSE(during.region_error->not_leader->leader.has_value());
  loop.run_for(seconds(3));
  EXPECT_NE(cluster.regions().region_of("k").leader_store, 0U);
  EXPECT_FALSE(put("k", "v").region_error.has_value());
}

TEST_F(StoreFaults, StatesAndVersionsAreToldByPd) {
  EXPECT_EQ(cluster.set_store_version(2, "6.5.0"), "");
  EXPECT_EQ(cluster.set_store_state(2, metapb::StoreState::offline), "");
  EXPECT_EQ(cluster.set_store_state(3, metapb::StoreState::tombstone), "");
  const auto stores = pd<pdpb::GetAllStoresResponse>("GetAllStores", pdpb::GetAllStoresRequest());
  EXPECT_EQ(stores.stores[1].version, "6.5.0");
  EXPECT_EQ(stores.stores[1].node_state, metapb::NodeState::removing);
  EXPECT_EQ(stores.stores[2].state, metapb::StoreState::tombstone);
  EXPECT_EQ(stores.stores[2].node_state, metapb::NodeState::removed);
  EXPECT_NE(cluster.start_store(3), "") << "gone for good";
  EXPECT_EQ(cluster.node_at("store3:20160"), std::nullopt);
}

TEST_F(StoreFaults, PeersComeGoAndChangeAndEachTimeTheConfVersionGrows) {
  RegionMap& regions = cluster.regions();
  const std::uint64_t id = regions.region_of("").meta.id;
  const auto conf_ver = [&] { return regions.region(id)->meta.region_epoch->conf_ver; };
  const std::uint64_t before = conf_ver();
  const std::uint64_t added = regions.add_store();
  EXPECT_EQ(regions.add_peer(id, added, metapb::PeerRole::learner), "");
  EXPECT_NE(regions.add_peer(id, added), "") << "it has one there";
  EXPECT_NE(regions.transfer_leader(id, added), "") << "a learner";
  EXPECT_EQ(regions.set_peer_role(id, added, metapb::PeerRole::voter), "");
  EXPECT_EQ(regions.transfer_leader(id, added), "");
  EXPECT_NE(regions.remove_peer(id, added), "") << "it leads";
  EXPECT_EQ(regions.set_witness(id, 2, true), "");
  EXPECT_NE(regions.transfer_leader(id, 2), "") << "a witness";
  EXPECT_EQ(regions.remove_peer(id, 3), "");
  EXPECT_EQ(regions.region(id)->peer_on(3), nullptr);
  EXPECT_EQ(conf_ver(), before + 4);
  EXPECT_NE(regions.remove_peer(id, 3), "");
}

TEST_F(StoreFaults, ADownPeerOfARunningStoreIsReported) {
  const std::uint64_t id = cluster.regions().region_of("").meta.id;
  EXPECT_EQ(cluster.regions().set_peer_down(id, 2, true), "");
  const auto told = pd<pdpb::GetRegionResponse>("GetRegion", pdpb::GetRegionRequest());
  ASSERT_EQ(told.down_peers.size(), 1);
  EXPECT_EQ(told.down_peers[0].peer->store_id, 2U);
  EXPECT_EQ(cluster.regions().set_peer_down(id, 2, false), "");
  EXPECT_EQ((pd<pdpb::GetRegionResponse>("GetRegion", pdpb::GetRegionRequest()).down_peers.size()), 0);
}

TEST_F(StoreFaults, BucketsAreToldOnRequestAndGoWithASplit) {
  const std::uint64_t id = cluster.regions().region_of("").meta.id;
  EXPECT_EQ(cluster.regions().set_buckets(id, {"c", "m"}), "");
  EXPECT_NE(cluster.regions().set_buckets(id, {"m", "c"}), "");
  pdpb::GetRegionRequest request;
  EXPECT_FALSE(pd<pdpb::GetRegionResponse>("GetRegion", request).buckets.has_value());
  request.need_buckets = true;
  const auto told = pd<pdpb::GetRegionResponse>("GetRegion", request);
  EXPECT_THAT(told.buckets->keys, ElementsAre("", "c", "m", ""));
  EXPECT_EQ(told.buckets->version, 1U);
  cluster.split("m");
  EXPECT_FALSE(pd<pdpb::GetRegionResponse>("GetRegion", request).buckets.has_value());
}

TEST_F(StoreFaults, HealthIsToldOnceASecondAndOnlyByNewStores) {
  cluster.behaviour(leader)->slow_score = 42;
  cluster.behaviour(leader)->transport_load = 7;
  Recorded client;
  const auto stream = cluster.open_stream(Node::of_store(leader), "/tikvpb.Tikv/BatchCommands", client);
  const auto answer = [&] {
    send_batch(*stream, {"a"});
    return parsed(client.messages.back());
  };
  const auto first = answer();
  EXPECT_EQ(first.health_feedback->slow_score, 42);
  EXPECT_EQ(first.health_feedback->store_id, leader);
  EXPECT_EQ(first.transport_layer_load, 7U);
  EXPECT_FALSE(answer().health_feedback.has_value());
  loop.run_for(seconds(1));
  EXPECT_GT(answer().health_feedback->feedback_seq_no, first.health_feedback->feedback_seq_no);
  cluster.set_store_version(leader, "7.5.1");
  loop.run_for(seconds(1));
  EXPECT_FALSE(answer().health_feedback.has_value());
}

}  // namespace
}  // namespace tikv::testing
