// Regions that split, merge and move under the client, with the real PD telling where they are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <optional>

#include "reference/known_data.h"
#include "reference/reference_cluster.h"
#include "sandbox/unique_writers.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::KnownData;
using test::ReferenceCluster;
using test::ReferenceRegion;
using ::testing::IsEmpty;

constexpr int keys = 300;
constexpr seconds recovery_bound{10};

class MovingRegionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!ReferenceCluster::available()) GTEST_SKIP() << "no Go: the reference cluster was not built";
    cluster.emplace();
    ASSERT_EQ(cluster->failure(), "");
    client.emplace(RawClient::connect(cluster->pd()).value());
    data.emplace(*client);
  }

  /// Cuts the keys into ten regions.
  void split_ten() {
    for (int i = keys / 10; i < keys; i += keys / 10) ASSERT_TRUE(cluster->split(KnownData::key(i)));
  }

  /// Lets another store lead each region of the keys.
  int move_all_leaders() {
    int moved = 0;
    for (const ReferenceRegion& region : cluster->regions()) {
      for (const std::uint64_t store : region.stores) {
        if (store == region.leader) continue;
        moved += cluster->transfer_leader(region.id, store) ? 1 : 0;
        break;
      }
    }
    return moved;
  }

  void TearDown() override {
    if (data && data->operations() > 0)
      std::cout << data->operations() << " operations answered as they must be" << std::endl;
  }

  std::optional<ReferenceCluster> cluster;
  std::optional<RawClient> client;
  std::optional<KnownData> data;
};

TEST_F(MovingRegionsTest, EveryVerbIsRightBeforeAndAfterSplits) {
  data->batch_put(0, keys, "first ");
  data->check(0, keys);
  ASSERT_NO_FATAL_FAILURE(split_ten());
  data->check(0, keys);
  data->batch_put(0, keys, "second ");
  for (int i = 0; i < keys; i += 7) data->remove(KnownData::key(i));
  data->check(0, keys);
}

TEST_F(MovingRegionsTest, LeadersAreFollowedRoundAfterRound) {
  ASSERT_NO_FATAL_FAILURE(split_ten());
  for (int round = 0; round < 5; ++round) {
    data->batch_put(0, keys, "round " + std::to_string(round) + " ");
    EXPECT_GE(move_all_leaders(), 10);
    data->put(KnownData::key(round), "put after the move");
    data->check(0, keys);
  }
}

TEST_F(MovingRegionsTest, MergedRegionsAreFoundAgain) {
  ASSERT_NO_FATAL_FAILURE(split_ten());
  data->batch_put(0, keys, "before the merges ");
  data->check(0, keys);
  for (int i = keys / 10; i + keys / 10 < keys; i += keys / 5) {
    const std::uint64_t from = cluster->region_of(KnownData::key(i)).id;
    const std::uint64_t into = cluster->region_of(KnownData::key(i + keys / 10)).id;
    ASSERT_TRUE(cluster->merge(from, into));
  }
  data->check(0, keys);
  data->batch_put(0, keys, "after the merges ");
  data->check(0, keys);
}

TEST_F(MovingRegionsTest, AStoreThatStopsAndComesBackIsUsedAgain) {
  ASSERT_NO_FATAL_FAILURE(split_ten());
  data->batch_put(0, keys, "while all run ");
  for (const std::uint64_t store : cluster->stores()) {
    for (const ReferenceRegion& region : cluster->regions()) cluster->transfer_leader(region.id, store);
    data->check(0, keys);
    ASSERT_TRUE(cluster->stop_store(store));
    data->batch_put(0, keys, "without store " + std::to_string(store) + " ");
    data->check(0, keys);
    ASSERT_TRUE(cluster->start_store(store));
    data->check(0, keys);
  }
}

TEST_F(MovingRegionsTest, ARegionWhoseLeaderIsGoneIsWaitedFor) {
  data->batch_put(0, keys, "before ");
  const ReferenceRegion region = cluster->region_of(KnownData::key(0));
  ASSERT_TRUE(cluster->stop_store(region.leader, true));
  ReadOptions hurried;
  hurried.timeout = milliseconds(500);
  const auto early = client->get(KnownData::key(0), hurried);
  EXPECT_FALSE(early) << "nobody leads the region";
  ASSERT_TRUE(cluster->start_store(region.leader));
  data->check(0, keys);
}

TEST_F(MovingRegionsTest, NothingIsLostWhileEverythingMoves) {
  test::UniqueWriters writers(*client, 16);
  ASSERT_LT(writers.wait_for_all(seconds(20)), seconds(20)) << "the workers do not get going";
  for (int round = 0; round < 8; ++round) {
    const std::string key(1, "AGMSYbht"[round]);
    EXPECT_TRUE(cluster->split(key + "/worker2"));
    EXPECT_GE(move_all_leaders(), 1);
    const std::uint64_t store = cluster->stores()[static_cast<std::size_t>(round) % cluster->stores().size()];
    EXPECT_TRUE(cluster->stop_store(store));
    writers.work_for(milliseconds(100));
    EXPECT_TRUE(cluster->start_store(store));
    EXPECT_LT(writers.wait_for_all(recovery_bound), recovery_bound) << "not all workers got on";
  }
  EXPECT_TRUE(writers.stop()) << "a worker hangs";
  writers.check_all(RawClient::connect(cluster->pd()).value());
  EXPECT_THAT(writers.wrong(), IsEmpty());
  std::cout << "eight rounds of split, moved leaders and a stopped store: " << writers.summary() << std::endl;
}

}  // namespace
}  // namespace tikv
