// Another cluster answers at the address of ours: of its stores, of one store, of PD. Nothing may land
// there, and nobody asks twice.

#include "unit/region/routing_fixture.h"

namespace tikv::region {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ForeignCluster : public test::RoutingTest, public ::testing::WithParamInterface<std::size_t> {
 protected:
  void SetUp() override {
    world.options.streams_per_store = GetParam();  // 0: every call by itself
    world.options.atomic = true;
    world.options.api_version = ApiVersion::v1ttl;
    ours = std::to_string(world.cluster.cluster_id());
    RoutingTest::SetUp();
    ASSERT_TRUE(world.run(client().put("key", "ours")));
    ASSERT_TRUE(world.run(client().compare_and_swap("key", "ours", "ours")));
    ASSERT_TRUE(world.run(client().checksum(KeyRange::all())));
    world.cluster.on_change([this](const testing::Change&) { ++written; });
  }
  void TearDown() override {
    world.cluster.on_change(nullptr);
    RoutingTest::TearDown();
  }
  template <class T>
  void expect_refused(const char* what, Task<T> call) {
    const std::uint64_t before = world.faults.calls;
    const milliseconds began = now();
    const Result<T> result = world.run(std::move(call));
    ASSERT_FALSE(result) << what;
    EXPECT_EQ(result.error().kind(), ErrorKind::cluster_id_mismatch) << what << ": " << result.error();
    EXPECT_FALSE(result.error().undetermined()) << what;
    EXPECT_THAT(result.error().message(), AllOf(HasSubstr(ours), HasSubstr("20160"), HasSubstr("advertise"))) << what;
    EXPECT_LE(world.faults.calls - before, 12U) << what << " asks each region and for each address once";
    EXPECT_LE(now() - began, milliseconds(5)) << what;
    EXPECT_EQ(written, 0U) << what;
  }
  void become_foreign() {
    for (const auto& [id, store] : regions().stores()) world.cluster.behaviour(id)->other_cluster = 4711;
  }

  std::string ours;
  std::uint64_t written = 0;
};

TEST_P(ForeignCluster, NothingLandsThereAndNobodyAsksTwice) {
  become_foreign();
  expect_refused("put", client().put("key", "1"));
  expect_refused("get", client().get("key"));
  expect_refused("delete", client().delete_key("key"));
  expect_refused("batch_put", client().batch_put(pairs_everywhere()));
  expect_refused("batch_get", client().batch_get(keys_of(pairs_everywhere())));
  expect_refused("batch_delete", client().batch_delete(keys_of(pairs_everywhere())));
  expect_refused("compare_and_swap", client().compare_and_swap("key", "ours", "1"));
  expect_refused("scan", client().scan(KeyRange::all()));
  expect_refused("checksum", client().checksum(KeyRange::prefix("k")));
  expect_refused("get_key_ttl", client().get_key_ttl("key"));
}

TEST_P(ForeignCluster, ManyAtOnceEndOnceEach) {
  become_foreign();
  std::size_t ended = 0;
  for (int i = 0; i < 50; ++i) {
    client().spawn<void>(client().put("key", std::to_string(i)), [&](const Result<void>& put) {
      ++ended;
      ASSERT_FALSE(put);
      EXPECT_EQ(put.error().kind(), ErrorKind::cluster_id_mismatch);
      EXPECT_FALSE(put.error().undetermined()) << "a refused stream has served none of this client's requests";
    });
  }
  const std::uint64_t before = world.faults.calls;
  world.loop->run_for(seconds(1));
  EXPECT_EQ(ended, 50U);
  EXPECT_EQ(written, 0U);
  EXPECT_LE(world.faults.calls - before, 51U);
}

TEST_P(ForeignCluster, AStoreThatIsOursAgainServesAtOnce) {
  world.cluster.behaviour(leader_of("key"))->other_cluster = 4711;
  expect_refused("put", client().put("key", "1"));
  world.cluster.behaviour(leader_of("key"))->other_cluster = 0;
  const milliseconds began = now();
  EXPECT_TRUE(world.run(client().put("key", "1")));
  EXPECT_LE(now() - began, milliseconds(5));
  EXPECT_EQ(stored("key"), "1");
}

TEST_P(ForeignCluster, AnOldDoubtIsNotForgottenThere) {
  world.faults.decide = [this](const test::CallSeen& seen) {
    if (!seen.method.starts_with("/tikvpb")) return test::Fate::deliver;
    become_foreign();
    world.faults.decide = nullptr;
    return test::Fate::lost_request;
  };
  const Result<void> put = world.run(client().put("key", "1", {.resend = Resend::always}));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::cluster_id_mismatch);
  EXPECT_TRUE(put.error().undetermined()) << "the first copy may have reached the store before";
}

TEST_P(ForeignCluster, ServersBefore81DoNotLook) {
  for (const auto& [id, store] : regions().stores()) {
    ASSERT_EQ(world.cluster.set_store_version(id, "8.0.0"), "");
  }
  become_foreign();
  EXPECT_TRUE(world.run(client().put("key", "1"))) << "nobody can notice";
}

TEST_P(ForeignCluster, StoresThatAreOlderThanBeforeAreNotAskedForWhatTheyLack) {
  for (const auto& [id, store] : regions().stores()) {
    ASSERT_EQ(world.cluster.set_store_version(id, "5.0.0"), "");
  }
  for (const seconds pause : {seconds(0), seconds(120)}) {  // as their versions are remembered, and as they are
    world.loop->run_for(pause);
    const Result<CasResult> swap = world.run(client().compare_and_swap("key", "ours", "1"));
    ASSERT_FALSE(swap);
    EXPECT_EQ(swap.error().kind(), ErrorKind::unsupported) << swap.error();
    EXPECT_FALSE(swap.error().undetermined());
  }
  EXPECT_EQ(written, 0U);
}

TEST_P(ForeignCluster, WhatPdSaysOfItsClusterSparesTheQuestionWhoLeads) {
  const std::uint64_t surveys = asked("/pdpb.PD/GetMembers");
  world.cluster.become(4711);
  const auto region = operate<pd::RegionInfo>(
      [this](core::Operation& operation) { return world.core->pd().region_by_key(operation, "key"); });
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().kind(), ErrorKind::cluster_id_mismatch) << region.error();
  EXPECT_EQ(asked("/pdpb.PD/GetMembers"), surveys);
}

TEST_P(ForeignCluster, WhatPdSaysToTimestampsSparesTheQuestionWhoLeads) {
  const std::uint64_t surveys = asked("/pdpb.PD/GetMembers");
  world.cluster.become(4711);
  const auto timestamp =
      operate<std::uint64_t>([this](core::Operation& operation) { return world.core->pd().timestamp(operation); });
  ASSERT_FALSE(timestamp);
  EXPECT_EQ(timestamp.error().kind(), ErrorKind::cluster_id_mismatch) << timestamp.error();
  EXPECT_EQ(asked("/pdpb.PD/GetMembers"), surveys);
}

TEST_P(ForeignCluster, APdOfAnotherClusterAtTheSameAddressIsNotBelieved) {
  world.cluster.become(4711);
  ASSERT_EQ(world.cluster.split("key"), "");
  const std::uint64_t before = world.faults.calls;
  for (const Result<void>& put : {world.run(client().put("key", "1")), world.run(client().refresh(KeyRange::all()))}) {
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().kind(), ErrorKind::cluster_id_mismatch) << put.error();
  }
  const auto timestamp =
      operate<std::uint64_t>([this](core::Operation& operation) { return world.core->pd().timestamp(operation); });
  ASSERT_FALSE(timestamp);
  EXPECT_EQ(timestamp.error().kind(), ErrorKind::cluster_id_mismatch) << timestamp.error();
  EXPECT_THAT(timestamp.error().message(), HasSubstr(ours));
  EXPECT_LE(world.faults.calls - before, 8U);
  EXPECT_EQ(written, 0U);
}

INSTANTIATE_TEST_SUITE_P(All, ForeignCluster, ::testing::Values(0, 1),
                         [](const auto& tested) { return std::string(tested.param == 0 ? "Alone" : "InBatches"); });

}  // namespace
}  // namespace tikv::region
