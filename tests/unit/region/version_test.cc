#include "region/version.h"

#include <gtest/gtest.h>

namespace tikv::region {
namespace {

TEST(Version, ReadsWhatServersSend) {
  EXPECT_EQ(Version::parse("8.5.1"), (Version{8, 5, 1}));
  EXPECT_EQ(Version::parse("v7.1.0-alpha-43-gabcdef"), (Version{7, 1, 0}));
  EXPECT_EQ(Version::parse("5.0.4+dirty"), (Version{5, 0, 4}));
  for (const char* broken : {"", "v", "8", "8.5", "8.5.", "8.5.x", "nightly", "8.5.1x", "-1.2.3", "99999999999.0.0"}) {
    EXPECT_EQ(Version::parse(broken), std::nullopt) << broken;
  }
}

TEST(Version, OrdersByNumber) {
  EXPECT_LT((Version{5, 9, 9}), (Version{6, 0, 0}));
  EXPECT_LT((Version{5, 2, 9}), (Version{5, 10, 0}));
}

struct Row {
  Feature feature;
  std::vector<std::string> with;
  std::vector<std::string> without;
};

TEST(Feature, IsWhereItsTagsSay) {
  const Row rows[] = {
      {Feature::raw_ttl, {"5.0.0", "8.5.0"}, {"4.0.16"}},
      {Feature::raw_compare_and_swap, {"5.1.0", "9.0.0"}, {"5.0.6"}},
      {Feature::raw_checksum, {"5.2.0"}, {"5.1.5"}},
      {Feature::api_v2, {"6.1.0"}, {"6.0.0"}},
      {Feature::is_retry_request, {"5.0.4", "5.0.6", "5.1.1", "5.2.0", "8.0.0"}, {"5.0.3", "5.1.0", "4.0.9"}},
      {Feature::verify_is_primary, {"6.5.3", "6.5.11", "7.1.0"}, {"6.5.2", "6.6.0", "7.0.0"}},
      {Feature::region_wide_pessimistic_rollback, {"7.6.0"}, {"7.5.4"}},
      {Feature::batched_health_feedback, {"8.0.0"}, {"7.6.0"}},
      {Feature::broadcast_txn_status, {"8.4.0"}, {"8.3.0"}},
      {Feature::shared_locks, {"8.5.6"}, {"8.5.5", "9.0.0"}},
  };
  for (const Row& row : rows) {
    for (const std::string& version : row.with) {
      EXPECT_TRUE(has_feature(*Version::parse(version), row.feature)) << name_of(row.feature) << " " << version;
    }
    for (const std::string& version : row.without) {
      EXPECT_FALSE(has_feature(*Version::parse(version), row.feature)) << name_of(row.feature) << " " << version;
    }
  }
}

TEST(Feature, EachHasANameAndVersions) {
  for (auto i = 0; i <= static_cast<int>(Feature::shared_locks); ++i) {
    const auto feature = static_cast<Feature>(i);
    EXPECT_NE(name_of(feature), "an unknown feature") << i;
    EXPECT_FALSE(versions_with(feature).empty()) << i;
  }
  EXPECT_EQ(versions_with(Feature::is_retry_request), "5.0.4 to 5.0.x, 5.1.1 to 5.1.x, 5.2.0 and newer");
}

}  // namespace
}  // namespace tikv::region
