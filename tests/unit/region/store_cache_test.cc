// What the stores can do, as PD tells it.

#include "region/store_cache.h"

#include "unit/region/routing_fixture.h"

namespace tikv::region {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class StoreCacheTest : public test::RoutingTest {
 protected:
  Result<void> require(Feature feature) {
    return operate<void>([this, feature](core::Operation& operation) {
      return world.core->sender().stores().require(operation, feature);
    });
  }
  [[nodiscard]] std::uint64_t store_lists() const { return asked("/pdpb.PD/GetAllStores"); }
  /// A store of columns: PD lists it, and no call of ours goes there.
  std::uint64_t add_tiflash(const std::string& version) {
    const std::uint64_t id = regions().add_store();
    auto* label = &regions().store(id)->meta.labels.emplace_back();
    label->key = "engine";
    label->value = "tiflash";
    EXPECT_EQ(world.cluster.set_store_version(id, version), "");
    return id;
  }
};

TEST_F(StoreCacheTest, WhatAllStoresCanDoIsAllowed) {
  EXPECT_TRUE(require(Feature::raw_compare_and_swap));
  EXPECT_TRUE(require(Feature::raw_checksum));
}

TEST_F(StoreCacheTest, OneOldStoreIsEnoughToRefuseWithNameAndVersions) {
  ASSERT_EQ(world.cluster.set_store_version(2, "4.0.16"), "");
  const auto refused = require(Feature::raw_compare_and_swap);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(refused.error().message(), HasSubstr(name_of(Feature::raw_compare_and_swap)));
  EXPECT_THAT(refused.error().message(), HasSubstr("needs TiKV " + versions_with(Feature::raw_compare_and_swap)));
  EXPECT_THAT(refused.error().message(), HasSubstr("store 2 is of version 4.0.16"));
  EXPECT_FALSE(refused.error().retryable());
}

TEST_F(StoreCacheTest, AVersionThatCannotBeReadIsRefused) {
  ASSERT_EQ(world.cluster.set_store_version(3, ""), "");
  EXPECT_THAT(require(Feature::raw_checksum).error().message(), HasSubstr("store 3 is of version unknown"));
  ASSERT_EQ(world.cluster.set_store_version(3, "nightly"), "");
  world.loop->run_for(seconds(61));
  EXPECT_THAT(require(Feature::raw_checksum).error().message(), HasSubstr("store 3 is of version nightly"));
}

TEST_F(StoreCacheTest, ColumnarStoresAndThoseThatAreGoneDoNotCount) {
  add_tiflash("4.0.0");
  const std::uint64_t gone = regions().add_store();
  ASSERT_EQ(world.cluster.set_store_version(gone, "3.0.0"), "");
  ASSERT_EQ(world.cluster.set_store_state(gone, testing::metapb::StoreState::tombstone), "");
  EXPECT_TRUE(require(Feature::raw_compare_and_swap));
}

TEST_F(StoreCacheTest, AStoreThatMovesItsDataAwayStillCounts) {
  const std::uint64_t leaving = regions().add_store();
  ASSERT_EQ(world.cluster.set_store_version(leaving, "3.0.0"), "");
  ASSERT_EQ(world.cluster.set_store_state(leaving, testing::metapb::StoreState::offline), "");
  EXPECT_FALSE(require(Feature::raw_compare_and_swap));
}

TEST_F(StoreCacheTest, VersionsAreBelievedForAMinute) {
  EXPECT_TRUE(require(Feature::raw_checksum));
  ASSERT_EQ(world.cluster.set_store_version(1, "5.0.0"), "");
  world.loop->run_for(seconds(59));
  EXPECT_TRUE(require(Feature::raw_checksum));
  EXPECT_EQ(store_lists(), 1U);
  world.loop->run_for(seconds(2));
  EXPECT_FALSE(require(Feature::raw_checksum));
  EXPECT_EQ(store_lists(), 2U);
  ASSERT_EQ(world.cluster.set_store_version(1, "8.5.0"), "");
  world.loop->run_for(seconds(60));
  EXPECT_TRUE(require(Feature::raw_checksum)) << "upgraded";
}

TEST_F(StoreCacheTest, AStoreThatHadToBeLookedUpAnewMayBeOfAnotherVersion) {
  EXPECT_TRUE(require(Feature::raw_checksum));
  ASSERT_EQ(world.cluster.set_store_version(1, "5.0.0"), "");
  world.core->sender().stores().doubt(1);
  EXPECT_FALSE(require(Feature::raw_checksum));
}

}  // namespace
}  // namespace tikv::region
