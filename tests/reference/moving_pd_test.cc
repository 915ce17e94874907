// Three members of the real PD, of which the leader resigns, dies or stops where it is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <optional>

#include "reference/known_data.h"
#include "reference/reference_cluster.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using test::KnownData;
using test::ReferenceCluster;

class MovingPdTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!ReferenceCluster::available()) GTEST_SKIP() << "no Go: the reference cluster was not built";
    test::ReferenceOptions options;
    options.members = 3;
    cluster.emplace(options);
    ASSERT_EQ(cluster->failure(), "");
    client.emplace(RawClient::connect(cluster->pd()).value());
    KnownData data(*client);
    data.batch_put(0, 100, "written before ");
    data.check(0, 100);
    leader = cluster->pd_leader();
    ASSERT_NE(leader, 0);
  }

  /// What needs PD: looks up the regions of all keys anew.
  void expect_that_regions_are_found() {
    const auto start = steady_clock::now();
    ReadOptions patient;  // a new leader, and then the stores' reports to it, take PD up to twenty seconds
    patient.timeout = seconds(60);
    const auto refreshed = client->refresh(KeyRange::all(), patient);
    EXPECT_TRUE(refreshed) << refreshed.error().message();
    const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    slowest = std::max(slowest, took);
    const auto got = client->get(KnownData::key(7));
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_TRUE(got->has_value());
  }

  std::optional<ReferenceCluster> cluster;
  std::optional<RawClient> client;
  int leader = 0;
  milliseconds slowest{};
};

TEST_F(MovingPdTest, ALeaderThatResignsIsFollowed) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(cluster->resign_pd_leader());
    expect_that_regions_are_found();
  }
  EXPECT_NE(cluster->pd_leader(), 0);
  std::cout << "PD's leader resigned three times; regions were found within " << slowest.count() << " ms" << std::endl;
}

TEST_F(MovingPdTest, ALeaderThatDiesIsFollowedAndMayComeBack) {
  cluster->kill_member(leader);
  expect_that_regions_are_found();
  const int follower = cluster->pd_leader();
  EXPECT_NE(follower, 0);
  EXPECT_NE(follower, leader);
  cluster->start_member(leader);
  expect_that_regions_are_found();
  std::cout << "PD's leader was killed; regions were found within " << slowest.count() << " ms" << std::endl;
}

TEST_F(MovingPdTest, KnownRegionsNeedNoPd) {
  for (int member = 1; member <= 3; ++member) cluster->freeze_member(member);
  KnownData data(*client);
  data.batch_put(0, 100, "written without PD ");
  data.check(0, 100);
  ReadOptions hurried;
  hurried.timeout = milliseconds(500);
  const auto refreshed = client->refresh(KeyRange::all(), hurried);
  EXPECT_FALSE(refreshed) << "PD does not answer";
  for (int member = 1; member <= 3; ++member) cluster->thaw_member(member);
  expect_that_regions_are_found();
}

}  // namespace
}  // namespace tikv
