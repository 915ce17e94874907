#include "testing/raw_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tikv::testing {
namespace {

using Family = RawStore::Family;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Family family = Family::default_;
const core::WallTime now{std::chrono::seconds(1000)};

RawStore filled() {
  RawStore store;
  for (const auto* key : {"a", "b", "c", "d"}) store.put(family, key, {std::string("v") + key});
  return store;
}

std::vector<std::string> keys(const RawStore& store, std::string_view start, std::string_view end, bool down = false,
                              std::size_t limit = 100) {
  std::vector<std::string> found;
  const auto take = [&](RawStore::Visited visited) {
    found.emplace_back(visited.key);
    return found.size() < limit;
  };
  down ? store.scan_down(family, start, end, now, take) : store.scan(family, start, end, now, take);
  return found;
}

TEST(RawStore, PutTellsWhetherTheKeyIsNew) {
  RawStore store;
  EXPECT_TRUE(store.put(family, "k", {"1"}));
  EXPECT_FALSE(store.put(family, "k", {"2"}));
  EXPECT_EQ(store.get(family, "k", now)->value, "2");
}

TEST(RawStore, EraseTellsWhetherTheKeyWasThere) {
  RawStore store = filled();
  EXPECT_TRUE(store.erase(family, "a"));
  EXPECT_FALSE(store.erase(family, "a"));
  EXPECT_EQ(store.get(family, "a", now), nullptr);
}

TEST(RawStore, FamiliesDoNotSeeEachOther) {
  RawStore store = filled();
  EXPECT_EQ(store.get(Family::write, "a", now), nullptr);
  store.put(Family::write, "a", {"w"});
  EXPECT_EQ(store.get(family, "a", now)->value, "va");
  EXPECT_EQ(store.count("a", "b"), 2U);
}

TEST(RawStore, AnExpiredValueIsGone) {
  RawStore store = filled();
  store.put(family, "b", {"short", now});
  EXPECT_EQ(store.get(family, "b", now), nullptr);
  EXPECT_NE(store.get(family, "b", now - std::chrono::nanoseconds(1)), nullptr);
  EXPECT_THAT(keys(store, "", ""), ElementsAre("a", "c", "d"));
}

TEST(RawStore, ScansTakeTheStartAndLeaveTheEndOut) {
  const RawStore store = filled();
  EXPECT_THAT(keys(store, "b", "d"), ElementsAre("b", "c"));
  EXPECT_THAT(keys(store, "b", ""), ElementsAre("b", "c", "d"));
  EXPECT_THAT(keys(store, "bb", "", false, 1), ElementsAre("c"));
  EXPECT_THAT(keys(store, "d", "b"), IsEmpty());
  EXPECT_THAT(keys(store, "b", "d", true), ElementsAre("c", "b"));
  EXPECT_THAT(keys(store, "", "", true, 2), ElementsAre("d", "c"));
  EXPECT_THAT(keys(store, "d", "b", true), IsEmpty());
}

TEST(RawStore, ARangeIsErasedWithItsStartAndWithoutItsEnd) {
  RawStore store = filled();
  EXPECT_EQ(store.erase_range(family, "c", "a"), 0U);
  EXPECT_EQ(store.erase_range(family, "b", "d"), 2U);
  EXPECT_THAT(keys(store, "", ""), ElementsAre("a", "d"));
  EXPECT_EQ(store.erase_range(family, "b", ""), 1U);
}

TEST(RawStore, TheMiddleOfARangeIsFound) {
  const RawStore store = filled();
  EXPECT_EQ(store.key_at("a", "", 2), "c");
  EXPECT_EQ(store.key_at("b", "c", 1), std::nullopt);
}

TEST(RawStore, FamiliesHaveTikvsNames) {
  EXPECT_EQ(RawStore::family(""), Family::default_);
  EXPECT_EQ(RawStore::family("default"), Family::default_);
  EXPECT_EQ(RawStore::family("write"), Family::write);
  EXPECT_EQ(RawStore::family("lock"), Family::lock);
  EXPECT_EQ(RawStore::family("raft"), std::nullopt);
}

// The check value that catalogues of CRCs give for CRC-64/XZ.
TEST(RawStore, ChecksumsAreCrc64Xz) {
  EXPECT_EQ(crc64("123456789"), 0x995DC9BBDF1939FAULL);
  EXPECT_EQ(crc64("6789", crc64("12345")), crc64("123456789"));
}

}  // namespace
}  // namespace tikv::testing
