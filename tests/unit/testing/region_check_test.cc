#include "testing/region_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "unit/testing/model_fixture.h"

namespace tikv::testing {
namespace {

namespace errorpb = wire::errorpb;
namespace kvrpcpb = wire::kvrpcpb;

struct Case {
  std::string name;
  /// Changes the cluster, or what the client believes of it.
  std::function<void(ClusterModel&, kvrpcpb::Context&)> change;
  std::function<void(const errorpb::Error&)> expect;
};

std::ostream& operator<<(std::ostream& out, const Case& tested) { return out << tested.name; }

class RegionCheck : public ModelFixture, public ::testing::WithParamInterface<Case> {
 protected:
  RegionCheck() : ModelFixture({.regions = 2}) {}
};

// Asks the store that the client takes for the leader's.
TEST_P(RegionCheck, AWrongBeliefIsAnsweredWithTheErrorThatCorrectsIt) {
  put("key", "old");
  kvrpcpb::RawGetRequest request;
  request.context = context_of("key");
  const std::uint64_t asked = request.context->peer->store_id;
  request.key = "key";
  GetParam().change(cluster, wire::ensure(request.context));
  kvrpcpb::RawGetResponse response;
  ASSERT_TRUE(ask(Node::of_store(asked), "/tikvpb.Tikv/RawGet", request, response).status.ok());
  ASSERT_TRUE(response.region_error.has_value());
  EXPECT_EQ(response.value, "");
  GetParam().expect(*response.region_error);
}

const std::vector<Case> cases{
    {"the leader has moved",
     [](ClusterModel& cluster, kvrpcpb::Context& context) {
       for (const auto& peer : cluster.regions().region(context.region_id)->meta.peers) {
         if (peer.id != context.peer->id) cluster.transfer_leader(context.region_id, peer.store_id);
       }
     },
     [](const errorpb::Error& error) {
       EXPECT_TRUE(error.not_leader.has_value());
       EXPECT_NE(error.not_leader->leader->id, 0U);
     }},
    {"there is no leader",
     [](ClusterModel& cluster, kvrpcpb::Context& context) { cluster.transfer_leader(context.region_id, 0); },
     [](const errorpb::Error& error) {
       EXPECT_TRUE(error.not_leader.has_value());
       EXPECT_FALSE(error.not_leader->leader.has_value());
     }},
    {"the leader has moved and the region has been split",
     [](ClusterModel& cluster, kvrpcpb::Context& context) {
       cluster.split("keys");
       cluster.transfer_leader(context.region_id, 0);
     },
     [](const errorpb::Error& error) {
       EXPECT_TRUE(error.not_leader.has_value());
       EXPECT_FALSE(error.epoch_not_match.has_value());
     }},
    {"the region has been split", [](ClusterModel& cluster, kvrpcpb::Context&) { cluster.split("keys"); },
     [](const errorpb::Error& error) {
       ASSERT_EQ(error.epoch_not_match->current_regions.size(), 2);
       EXPECT_EQ(error.epoch_not_match->current_regions[0].start_key, "keys");
       EXPECT_EQ(error.epoch_not_match->current_regions[1].end_key, "keys");
     }},
    {"the client's epoch is newer than the store's",
     [](ClusterModel&, kvrpcpb::Context& context) {
       wire::ensure(context.region_epoch).version = context.region_epoch->version + 5;
     },
     [](const errorpb::Error& error) {
       ASSERT_EQ(error.epoch_not_match->current_regions.size(), 1) << "of its neighbours it knows no more";
     }},
    {"the region has been split three times",
     [](ClusterModel& cluster, kvrpcpb::Context&) {
       for (const char* const key : {"keys", "keyt", "keyu"}) cluster.split(key);
     },
     [](const errorpb::Error& error) {
       ASSERT_EQ(error.epoch_not_match->current_regions.size(), 4);
       for (std::size_t i = 0; i < 3; ++i) {
         EXPECT_EQ(error.epoch_not_match->current_regions[i].start_key,
                   error.epoch_not_match->current_regions[i + 1].end_key);
       }
     }},
    {"the region has been split twenty times",
     [](ClusterModel& cluster, kvrpcpb::Context&) {
       for (char last = 'a'; last < 'u'; ++last) cluster.split(std::string("keyx") + last);
     },
     [](const errorpb::Error& error) { EXPECT_EQ(error.epoch_not_match->current_regions.size(), 11); }},
    {"the region has been split, and its left part kept the id",
     [](ClusterModel& cluster, kvrpcpb::Context&) {
       cluster.regions().set_keeps_id(RegionMap::KeepsId::left);
       cluster.split("kex");
     },
     [](const errorpb::Error& error) {
       ASSERT_EQ(error.epoch_not_match->current_regions.size(), 2);
       EXPECT_EQ(error.epoch_not_match->current_regions[0].end_key, "kex");
       EXPECT_EQ(error.epoch_not_match->current_regions[1].start_key, "kex");
     }},
    {"the context names no epoch", [](ClusterModel&, kvrpcpb::Context& context) { context.region_epoch = {}; },
     [](const errorpb::Error& error) {
       EXPECT_EQ(error.message, "missing epoch!");
       EXPECT_FALSE(error.epoch_not_match.has_value());
     }},
    {"the region has been merged away",
     [](ClusterModel& cluster, kvrpcpb::Context& context) {
       cluster.merge(context.region_id, cluster.regions().region_of("").meta.id);
     },
     [](const errorpb::Error& error) { EXPECT_NE(error.region_not_found->region_id, 0U); }},
    {"another store was meant",
     [](ClusterModel&, kvrpcpb::Context& context) { wire::ensure(context.peer).store_id = 99; },
     [](const errorpb::Error& error) {
       EXPECT_EQ(error.store_not_match->request_store_id, 99U);
       EXPECT_NE(error.store_not_match->actual_store_id, 99U);
     }},
    {"the peer is another one", [](ClusterModel&, kvrpcpb::Context& context) { wire::ensure(context.peer).id = 4711; },
     [](const errorpb::Error& error) { EXPECT_EQ(error.mismatch_peer_id->request_peer_id, 4711U); }},
    {"the peer is another one, and the leader has moved",
     [](ClusterModel& cluster, kvrpcpb::Context& context) {
       cluster.transfer_leader(context.region_id, 0);
       wire::ensure(context.peer).id = 4711;
       context.region_epoch = {};
     },
     [](const errorpb::Error& error) {
       EXPECT_TRUE(error.mismatch_peer_id.has_value()) << "store, region, peer, leader, epoch";
       EXPECT_FALSE(error.not_leader.has_value());
     }},
    {"the leader has moved, and the epoch is old",
     [](ClusterModel& cluster, kvrpcpb::Context& context) {
       cluster.transfer_leader(context.region_id, 0);
       context.region_epoch = {};
     },
     [](const errorpb::Error& error) { EXPECT_TRUE(error.not_leader.has_value()); }},
    {"the peer is another one for a store before 7.5",
     [](ClusterModel& cluster, kvrpcpb::Context& context) {
       cluster.set_store_version(context.peer->store_id, "7.4.0");
       wire::ensure(context.peer).id = 4711;
     },
     [](const errorpb::Error& error) {
       EXPECT_FALSE(error.mismatch_peer_id.has_value());
       EXPECT_EQ(error.message.find("mismatch peer id 4711 != "), 0U);
     }},
};
INSTANTIATE_TEST_SUITE_P(Beliefs, RegionCheck, ::testing::ValuesIn(cases));

class RegionCheckOnce : public ModelFixture {};

TEST_F(RegionCheckOnce, AnotherConfVersionDoesNotMatterForKeys) {
  put("key", "value");
  kvrpcpb::RawGetRequest request;
  request.context = context_of("key");
  wire::ensure(wire::ensure(request.context).region_epoch).conf_ver = 1000;
  request.key = "key";
  EXPECT_EQ(at_leader<kvrpcpb::RawGetResponse>("key", "RawGet", request).value, "value");
}

TEST_F(RegionCheckOnce, TheEndOfARegionIsOutsideForKeysAndInsideForEndsOfRanges) {
  cluster.split("m");
  const RegionState& left = cluster.regions().region_of("a");
  errorpb::Error error;
  EXPECT_TRUE(check_key(left, "", error));
  EXPECT_TRUE(check_key_or_end(left, "m", error));
  EXPECT_FALSE(error.key_not_in_region.has_value());
  EXPECT_FALSE(check_key(left, "m", error));
  EXPECT_EQ(error.key_not_in_region->key, "m");
  EXPECT_EQ(error.key_not_in_region->end_key, "m");
  EXPECT_FALSE(check_key_or_end(cluster.regions().region_of("m"), "", error));
}

TEST_F(RegionCheckOnce, AStoppedStoreAnswersNothing) {
  kvrpcpb::RawGetRequest request;
  request.context = context_of("key");
  const Node node = Node::of_store(request.context->peer->store_id);
  cluster.stop_store(node.id);
  kvrpcpb::RawGetResponse response;
  EXPECT_EQ(ask(node, "/tikvpb.Tikv/RawGet", request, response).status.code, rpc::StatusCode::unavailable);
  EXPECT_EQ(ask(Node::of_store(99), "/tikvpb.Tikv/RawGet", request, response).status.code,
            rpc::StatusCode::unavailable);
}

}  // namespace
}  // namespace tikv::testing
