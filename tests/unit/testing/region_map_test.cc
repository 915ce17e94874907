#include "testing/region_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace tikv::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> starts(const RegionMap& regions, std::string_view start, std::string_view end,
                                std::size_t limit = 0) {
  std::vector<std::string> found;
  for (const RegionState* region : regions.scan(start, end, limit)) found.push_back(region->meta.start_key);
  return found;
}

/// What must hold for every map, whatever was done to it.
void expect_whole(const RegionMap& regions) {
  std::string reached;
  std::set<std::uint64_t> ids;
  std::size_t count = 0;
  regions.each_region([&](const RegionState& region) {
    EXPECT_EQ(region.meta.start_key, reached) << "a gap or an overlap";
    EXPECT_TRUE(ids.insert(region.meta.id).second);
    for (const auto& peer : region.meta.peers) EXPECT_TRUE(ids.insert(peer.id).second) << "a peer twice";
    reached = region.meta.end_key;
    ++count;
  });
  EXPECT_EQ(reached, "");
  EXPECT_EQ(count, regions.region_count());
}

TEST(RegionMap, OneRegionCoversAllKeysAtFirst) {
  RegionMap regions(3, 3);
  EXPECT_EQ(regions.region_count(), 1U);
  EXPECT_EQ(regions.region_of("").meta.id, regions.region_of("\xFF\xFF").meta.id);
  EXPECT_EQ(regions.region_of("a").meta.peers.size(), 3);
  expect_whole(regions);
}

TEST(RegionMap, PeersAreAsManyAsReplicasAndStoresAllow) {
  EXPECT_EQ(RegionMap(2, 3).region_of("").meta.peers.size(), 2);
  EXPECT_EQ(RegionMap(5, 3).region_of("").meta.peers.size(), 3);
}

TEST(RegionMap, ASplitGivesBothPartsANewVersionAndTheRightOneTheOldId) {
  RegionMap regions(3, 3);
  const std::uint64_t old_id = regions.region_of("").meta.id;
  const auto old_epoch = regions.region_of("").meta.region_epoch;
  regions.region_of("").keys = 10;
  EXPECT_EQ(regions.split("m", 4), "");
  const RegionState& left = regions.region_of("a");
  const RegionState& right = regions.region_of("m");
  EXPECT_NE(left.meta.id, old_id);
  EXPECT_EQ(right.meta.id, old_id);
  for (const RegionState* part : {&left, &right}) {
    EXPECT_EQ(part->meta.region_epoch->version, old_epoch->version + 1);
    EXPECT_EQ(part->meta.region_epoch->conf_ver, old_epoch->conf_ver);
    EXPECT_EQ(part->meta.peers.size(), 3);
  }
  EXPECT_EQ(left.keys, 4U);
  EXPECT_EQ(right.keys, 6U);
  EXPECT_EQ(left.leader_store, right.leader_store);
  expect_whole(regions);
}

TEST(RegionMap, ASplitMayGiveTheOldIdToTheLeftPart) {
  RegionMap regions(3, 3);
  regions.set_keeps_id(RegionMap::KeepsId::left);
  const metapb::Region before = regions.region_of("").meta;
  regions.region_of("").keys = 10;
  ASSERT_EQ(regions.split("m", 4), "");
  const RegionState& left = regions.region_of("a");
  const RegionState& right = regions.region_of("m");
  EXPECT_EQ(left.meta.id, before.id);
  EXPECT_NE(right.meta.id, before.id);
  EXPECT_EQ(left.meta.end_key, "m");
  EXPECT_EQ(right.meta.start_key, "m");
  EXPECT_EQ(left.keys, 4U);
  EXPECT_EQ(right.keys, 6U);
  EXPECT_EQ(left.meta.region_epoch->version, before.region_epoch->version + 1);
  EXPECT_EQ(right.meta.region_epoch->version, left.meta.region_epoch->version);
  EXPECT_EQ(right.leader_store, left.leader_store);
  EXPECT_NE(right.meta.peers[0].id, left.meta.peers[0].id);
}

TEST(RegionMap, ASplitWhereARegionStartsChangesNothing) {
  RegionMap regions(3, 3);
  regions.split("m", 0);
  const auto epoch = regions.region_of("m").meta.region_epoch->version;
  EXPECT_EQ(regions.split("m", 0), "");
  EXPECT_EQ(regions.split("", 0), "");
  EXPECT_EQ(regions.region_count(), 2U);
  EXPECT_EQ(regions.region_of("m").meta.region_epoch->version, epoch);
}

TEST(RegionMap, AMergeInEitherDirectionKeepsTheTargetWithANewerVersion) {
  for (const bool into_left : {true, false}) {
    RegionMap regions(3, 3);
    regions.split("m", 0);
    regions.region_of("a").keys = 1;
    regions.region_of("m").keys = 2;
    const std::uint64_t target = regions.region_of(into_left ? "a" : "m").meta.id;
    const std::uint64_t source = regions.region_of(into_left ? "m" : "a").meta.id;
    const std::uint64_t version = regions.region(target)->meta.region_epoch->version;
    EXPECT_EQ(regions.merge(source, target), "");
    EXPECT_EQ(regions.region(source), nullptr);
    EXPECT_EQ(regions.region_of("a").meta.id, target);
    EXPECT_EQ(regions.region_of("z").meta.id, target);
    EXPECT_EQ(regions.region(target)->keys, 3U);
    EXPECT_GT(regions.region(target)->meta.region_epoch->version, version);
    expect_whole(regions);
  }
}

TEST(RegionMap, OnlyNeighboursMerge) {
  RegionMap regions(3, 3);
  regions.split("b", 0);
  regions.split("c", 0);
  EXPECT_NE(regions.merge(regions.region_of("a").meta.id, regions.region_of("c").meta.id), "");
  EXPECT_NE(regions.merge(regions.region_of("c").meta.id, regions.region_of("a").meta.id), "");
  EXPECT_NE(regions.merge(12345, regions.region_of("a").meta.id), "");
  EXPECT_NE(regions.merge(regions.region_of("a").meta.id, regions.region_of("a").meta.id), "");
  EXPECT_EQ(regions.region_count(), 3U);
}

TEST(RegionMap, ScansAreInOrderClippedAndLimited) {
  RegionMap regions(1, 1);
  for (const auto* key : {"b", "d", "f"}) regions.split(key, 0);
  EXPECT_THAT(starts(regions, "", ""), ElementsAre("", "b", "d", "f"));
  EXPECT_THAT(starts(regions, "c", "d"), ElementsAre("b"));
  EXPECT_THAT(starts(regions, "c", std::string_view("d\0", 2)), ElementsAre("b", "d"));
  EXPECT_THAT(starts(regions, "", "", 2), ElementsAre("", "b"));
  EXPECT_THAT(starts(regions, "z", ""), ElementsAre("f"));
}

TEST(RegionMap, TheRegionBeforeIsTheNeighbourOnTheLeft) {
  RegionMap regions(1, 1);
  regions.split("m", 0);
  EXPECT_EQ(regions.region_before("a"), nullptr);
  EXPECT_EQ(regions.region_before("m")->meta.id, regions.region_of("a").meta.id);
}

TEST(RegionMap, LeadersMoveOnlyToRunningPeers) {
  RegionMap regions(4, 3);
  const std::uint64_t region = regions.region_of("").meta.id;
  std::vector<std::uint64_t> peers;
  for (const auto& peer : regions.region_of("").meta.peers) peers.push_back(peer.store_id);
  EXPECT_EQ(regions.transfer_leader(region, peers[1]), "");
  EXPECT_EQ(regions.region(region)->leader_store, peers[1]);
  EXPECT_NE(regions.transfer_leader(region, 4), "") << "no peer there";
  EXPECT_NE(regions.transfer_leader(region + 1000, peers[0]), "");
  regions.stop_store(peers[2]);
  EXPECT_NE(regions.transfer_leader(region, peers[2]), "") << "stopped";
  EXPECT_EQ(regions.transfer_leader(region, 0), "");
  EXPECT_EQ(regions.region(region)->leader(), nullptr);
}

TEST(RegionMap, WhatAStoppedStoreLedHasNoLeaderUntilAnElection) {
  RegionMap regions(3, 3);
  for (const auto* key : {"b", "d", "f"}) {
    regions.split(key, 0);
    regions.balance_leader(regions.region_of(key).meta.id);
  }
  for (std::uint64_t store = 1; store <= 3; ++store) EXPECT_GT(regions.leaders_on(store), 0U);
  const std::size_t led = regions.leaders_on(1);
  EXPECT_EQ(regions.stop_store(1), "");
  EXPECT_EQ(regions.leaders_on(1), 0U);
  EXPECT_EQ(regions.leaderless().size(), led);
  regions.elect(regions.leaderless());
  EXPECT_EQ(regions.leaders_on(2) + regions.leaders_on(3), 4U);
  regions.stop_store(2);
  regions.stop_store(3);
  regions.elect(regions.leaderless());
  EXPECT_EQ(regions.leaders_on(0), 4U) << "nobody is left to lead";
  EXPECT_EQ(regions.start_store(2), "");
  regions.elect(regions.leaderless());
  EXPECT_EQ(regions.leaders_on(2), 4U);
  EXPECT_NE(regions.stop_store(99), "");
}

TEST(RegionMap, ALeaderTakenAwayByHandDoesNotComeBackByAnElection) {
  RegionMap regions(3, 3);
  const std::uint64_t region = regions.region_of("").meta.id;
  regions.transfer_leader(region, 0);
  EXPECT_THAT(regions.leaderless(), IsEmpty());
  regions.elect({region});
  EXPECT_EQ(regions.region(region)->leader_store, 0U);
}

TEST(RegionMap, ACopyStaysAsItIs) {
  RegionMap regions(3, 3);
  regions.split("m", 0);
  const auto copy = regions.copy();
  regions.split("q", 0);
  regions.transfer_leader(regions.region_of("a").meta.id, 2);
  EXPECT_EQ(copy->region_count(), 2U);
  EXPECT_EQ(copy->region_of("a").leader_store, 1U);
  EXPECT_EQ(copy->region(copy->region_of("z").meta.id), &copy->region_of("z"));
  expect_whole(*copy);
}

}  // namespace
}  // namespace tikv::testing
