#include "region/region_cache.h"

#include <gtest/gtest.h>

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

TEST(RegionCache, FindsTheRegionThatHoldsAKey) {
  RegionCache cache;
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

TEST(RegionCache, KnowsNothingOfKeysInAGap) {
  RegionCache cache;
  EXPECT_EQ(cache.find("a"), nullptr);
  cache.insert(region(2, "g", "p"));
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("p"), nullptr);
}

TEST(RegionCache, SplitReplacesTheParent) {
  RegionCache cache;
  cache.insert(region(1, "", "", 1));
  EXPECT_TRUE(cache.insert(region(2, "m", "", 2)));
  EXPECT_EQ(cache.find("a"), nullptr) << "the parent overlapped, and is gone as a whole";
  EXPECT_TRUE(cache.insert(region(1, "", "m", 2)));
  EXPECT_EQ(cache.find("a")->id, 1U);
  EXPECT_EQ(cache.find("m")->id, 2U);
}

TEST(RegionCache, MergeReplacesBothParts) {
  RegionCache cache;
  cache.insert(region(1, "", "m", 2));
  cache.insert(region(2, "m", "", 2));
  EXPECT_TRUE(cache.insert(region(1, "", "", 3)));
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.find("z")->id, 1U);
  EXPECT_EQ(cache.find_by_id(2), nullptr);
}

TEST(RegionCache, OlderAnswersOfPdAreRefused) {
  RegionCache cache;
  cache.insert(region(1, "", "m", 2));
  cache.insert(region(2, "m", "", 2));
  EXPECT_FALSE(cache.insert(region(1, "", "", 1)));
  EXPECT_EQ(cache.find("z")->id, 2U);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(RegionCache, RemoveForgetsOnlyTheVeryRegionThatWasUsed) {
  RegionCache cache;
  const RegionPtr old = region(1, "", "", 1);
  cache.insert(old);
  const RegionPtr fresh = region(1, "", "", 2);
  cache.insert(fresh);
  cache.remove(old);  // somebody who was slow learns that the old one is wrong
  EXPECT_EQ(cache.find("a"), fresh);
  cache.remove(fresh);
  EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(RegionCache, LeaderMovesToAPeerThatIsKnown) {
  RegionCache cache;
  const RegionPtr first = region(1, "", "");
  cache.insert(first);
  EXPECT_TRUE(cache.set_leader(first, 2));
  EXPECT_EQ(cache.find("a")->leader_peer().store_id, 2U);
  EXPECT_EQ(first->leader_peer().store_id, 1U) << "calls under way keep their picture";
  EXPECT_FALSE(cache.set_leader(first, 1)) << "the picture is old";
  EXPECT_FALSE(cache.set_leader(cache.find("a"), 9)) << "no such peer";
}

}  // namespace
}  // namespace tikv::region
