#include "region/region_cache.h"

#include <gtest/gtest.h>

#include "core/limits.h"
#include "testing/sim_loop.h"

namespace tikv::region {
namespace {

RegionPtr region(std::uint64_t id, std::string start, std::string end, std::uint64_t version = 1) {
  auto made = std::make_shared<Region>();
  made->id = id;
  made->epoch = Epoch{version, 1};
  made->start = std::move(start);
  made->end = std::move(end);
  made->peers = {Peer{id * 10 + 1, 1}, Peer{id * 10 + 2, 2}};
  return made;
}

class RegionCacheTest : public ::testing::Test {
 protected:
  testing::SimLoop loop;
  RegionCache cache = RegionCache(loop);
};

TEST_F(RegionCacheTest, FindsTheRegionThatHoldsAKey) {
  EXPECT_TRUE(cache.insert(region(1, "", "g")));
  EXPECT_TRUE(cache.insert(region(2, "g", "p")));
  EXPECT_TRUE(cache.insert(region(3, "p", "")));
  EXPECT_EQ(cache.find("a")->id, 1U);
  EXPECT_EQ(cache.find("g")->id, 2U);
  EXPECT_EQ(cache.find("o\xff")->id, 2U);
  EXPECT_EQ(cache.find("p")->id, 3U);
  EXPECT_EQ(cache.find("zzz")->id, 3U);
  EXPECT_EQ(cache.find("")->id, 1U);
}

/// A region that weighs a megabyte and more, as far as the cache can tell.
RegionPtr heavy_region(std::uint64_t id) {
  static const std::shared_ptr<const Buckets> buckets = [] {
    auto made = std::make_shared<Buckets>();
    made->keys = {std::string(std::size_t{1} << 20, 'k')};
    return made;
  }();
  const auto bound = [](std::uint64_t number) { return "k" + std::to_string(10'000 + number); };
  auto made = std::make_shared<Region>(*region(id, bound(id), bound(id + 1)));
  made->buckets = buckets;
  return made;
}

TEST_F(RegionCacheTest, WhatIsKeptWeighsNoMoreThanItsLimit) {
  for (std::uint64_t id = 1; id <= 400; ++id) ASSERT_TRUE(cache.insert(heavy_region(id)));
  EXPECT_LE(cache.size(), core::limits::region_cache >> 20);
  EXPECT_GE(cache.size(), core::limits::region_cache >> 21);
  EXPECT_NE(cache.find_by_id(400), nullptr);
}

TEST_F(RegionCacheTest, WhatIsDoubtedWeighsNoMoreThanItsLimit) {
  std::size_t kept = 0;
  for (std::uint64_t id = 1; id <= 20; ++id) {
    const RegionPtr heavy = heavy_region(id);
    ASSERT_TRUE(cache.insert(heavy));
    cache.forget(heavy, "a test");
  }
  for (std::uint64_t id = 1; id <= 20; ++id) kept += cache.can_recall(heavy_region(id)->start) ? 1U : 0U;
  EXPECT_LE(kept, core::limits::doubted_regions >> 20);
  EXPECT_GT(kept, 0U);
}

TEST_F(RegionCacheTest, KnowsNothingOfKeysInAGap) {
  EXPECT_EQ(cache.find("a"), nullptr);
  cache.insert(region(2, "g", "p"));
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("p"), nullptr);
}

TEST_F(RegionCacheTest, SplitReplacesTheParent) {
  cache.insert(region(1, "", "", 1));
  EXPECT_TRUE(cache.insert(region(2, "m", "", 2)));
  EXPECT_EQ(cache.find("a"), nullptr) << "the parent overlapped, and is gone as a whole";
  EXPECT_TRUE(cache.insert(region(1, "", "m", 2)));
  EXPECT_EQ(cache.find("a")->id, 1U);
  EXPECT_EQ(cache.find("m")->id, 2U);
}

TEST_F(RegionCacheTest, MergeReplacesBothParts) {
  cache.insert(region(1, "", "m", 2));
  cache.insert(region(2, "m", "", 2));
  EXPECT_TRUE(cache.insert(region(1, "", "", 3)));
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.find("z")->id, 1U);
  EXPECT_EQ(cache.find_by_id(2), nullptr);
}

TEST_F(RegionCacheTest, OlderAnswersOfPdAreRefused) {
  cache.insert(region(1, "", "m", 2));
  cache.insert(region(2, "m", "", 2));
  EXPECT_FALSE(cache.insert(region(1, "", "", 1)));
  EXPECT_EQ(cache.find("z")->id, 2U);
  EXPECT_EQ(cache.size(), 2U);
}

TEST_F(RegionCacheTest, RemoveForgetsOnlyTheVeryRegionThatWasUsed) {
  const RegionPtr old = region(1, "", "", 1);
  cache.insert(old);
  const RegionPtr fresh = region(1, "", "", 2);
  cache.insert(fresh);
  cache.remove(old);  // somebody who was slow learns that the old one is wrong
  EXPECT_EQ(cache.find("a"), fresh);
  cache.remove(fresh);
  EXPECT_EQ(cache.find("a"), nullptr);
}

TEST_F(RegionCacheTest, LeaderMovesToAPeerThatIsKnown) {
  const RegionPtr first = region(1, "", "");
  cache.insert(first);
  EXPECT_TRUE(cache.set_leader(first, 2));
  EXPECT_EQ(cache.find("a")->leader_peer().store_id, 2U);
  EXPECT_EQ(first->leader_peer().store_id, 1U) << "calls under way keep their picture";
  EXPECT_FALSE(cache.set_leader(first, 1)) << "the picture is old";
  EXPECT_FALSE(cache.set_leader(cache.find("a"), 9)) << "no such peer";
}

TEST_F(RegionCacheTest, WhatNobodyUsesIsForgottenAfterItsLifetime) {
  cache.insert(region(1, "", ""));
  loop.run_for(std::chrono::seconds(599));
  EXPECT_NE(cache.find("a"), nullptr);
  loop.run_for(std::chrono::seconds(661));
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.size(), 0U);
}

TEST_F(RegionCacheTest, WhatIsUsedStays) {
  cache.insert(region(1, "", ""));
  for (int minutes = 0; minutes < 60; ++minutes) {
    loop.run_for(std::chrono::minutes(1));
    EXPECT_NE(cache.find("a"), nullptr) << minutes;
  }
}

TEST_F(RegionCacheTest, ARegionWithADownPeerIsLookedUpAnewHoweverMuchItIsUsed) {
  auto degraded = std::make_shared<Region>(*region(1, "", ""));
  degraded->degraded = true;
  cache.insert(degraded);
  int minutes = 0;
  while (cache.find("a") != nullptr && minutes < 60) {
    loop.run_for(std::chrono::minutes(1));
    ++minutes;
  }
  EXPECT_GE(minutes, 10);
  EXPECT_LE(minutes, 11);
}

TEST_F(RegionCacheTest, IdleRegionsLeaveAsNewOnesCome) {
  for (int i = 0; i < 1000; ++i) {
    cache.insert(
        region(static_cast<std::uint64_t>(i) + 1, "a" + std::to_string(1000 + i), "a" + std::to_string(1001 + i)));
  }
  loop.run_for(std::chrono::seconds(700));
  for (int i = 0; i < 500; ++i) {
    cache.insert(
        region(static_cast<std::uint64_t>(i) + 5000, "b" + std::to_string(1000 + i), "b" + std::to_string(1001 + i)));
  }
  EXPECT_EQ(cache.size(), 500U);
}

TEST_F(RegionCacheTest, CoverageEndsAtTheFirstGap) {
  EXPECT_EQ(cache.covered_until("a"), "a");
  cache.insert(region(1, "", "g"));
  cache.insert(region(2, "g", "p"));
  cache.insert(region(4, "t", ""));
  EXPECT_EQ(cache.covered_until("a"), "p");
  EXPECT_EQ(cache.covered_until("p"), "p");
  EXPECT_EQ(cache.covered_until("u"), std::nullopt);
  cache.insert(region(3, "p", "t"));
  EXPECT_EQ(cache.covered_until("a"), std::nullopt);
}

TEST_F(RegionCacheTest, ARangeIsForgottenWithAllThatItTouches) {
  cache.insert(region(1, "", "g"));
  cache.insert(region(2, "g", "p"));
  cache.insert(region(3, "p", ""));
  cache.remove_range("h", "p");
  EXPECT_EQ(cache.find("h"), nullptr);
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_NE(cache.find("p"), nullptr);
  cache.remove_range("", "");
  EXPECT_EQ(cache.size(), 0U);
}

TEST_F(RegionCacheTest, BucketsStayWithTheirRegionUntilNewerOnesCome) {
  cache.insert(region(1, "", "", 1));
  auto buckets = std::make_shared<Buckets>();
  buckets->version = 5;
  buckets->keys = {"", "g", ""};
  cache.set_buckets(cache.find("a"), buckets);
  ASSERT_NE(cache.find("a")->buckets, nullptr);
  cache.insert(region(1, "", "", 2));
  ASSERT_NE(cache.find("a")->buckets, nullptr) << "a region is told more often than its buckets";
  EXPECT_EQ(cache.find("a")->buckets->version, 5U);
  auto older = std::make_shared<Buckets>();
  older->version = 4;
  cache.set_buckets(cache.find("a"), older);
  EXPECT_EQ(cache.find("a")->buckets->version, 5U);
}

}  // namespace
}  // namespace tikv::region
