#include "testing/raw_coprocessor.h"

#include <gtest/gtest.h>

#include <string>

namespace tikv::testing {
namespace {

struct Requirement {
  std::string text;
  std::optional<bool> fits;  ///< 1.2.3
};
class VersionRequirement : public ::testing::TestWithParam<Requirement> {};

TEST_P(VersionRequirement, IsReadAsCargoReadsIt) {
  EXPECT_EQ(version_fits({1, 2, 3}, GetParam().text), GetParam().fits) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    Table, VersionRequirement,
    ::testing::Values(Requirement{"1.2.3", true}, Requirement{"1.2", true}, Requirement{"1", true},
                      Requirement{"^1.2.4", false}, Requirement{"^1.3", false}, Requirement{"^0.9", false},
                      Requirement{"~1.2", true}, Requirement{"~1.1", false}, Requirement{"~1", true},
                      Requirement{"=1.2.3", true}, Requirement{"=1.2", true}, Requirement{"=1.2.2", false},
                      Requirement{">=1.2.3", true}, Requirement{">1.2.3", false}, Requirement{">1.1", true},
                      Requirement{"<1.2.3", false}, Requirement{"<=1.2.3", true}, Requirement{"<2", true},
                      Requirement{">= 1.0, < 2.0", true}, Requirement{">=1.0,<1.2", false}, Requirement{"*", true},
                      Requirement{"1.*", true}, Requirement{"1.3.*", false}, Requirement{"2.x", false},
                      Requirement{"", std::nullopt}, Requirement{"a", std::nullopt},
                      Requirement{"1.2.3.4", std::nullopt}, Requirement{">=1.0,", std::nullopt},
                      Requirement{"1.*.3", std::nullopt}));

TEST(VersionRequirements, BelowOneOnlyTheLastPartsMayChange) {
  EXPECT_EQ(version_fits({0, 2, 3}, "^0.2.1"), true);
  EXPECT_EQ(version_fits({0, 3, 0}, "^0.2.1"), false);
  EXPECT_EQ(version_fits({0, 0, 4}, "^0.0.3"), false);
  EXPECT_EQ(version_fits({0, 0, 3}, "^0.0"), true);
  EXPECT_EQ(version_fits({0, 9, 9}, "^0"), true);
}

TEST(Plugins, AreRefusedInTheStoresWords) {
  EXPECT_EQ(refuse_plugin("count", "^1.2"), "");
  EXPECT_EQ(refuse_plugin("sum", "^1.2"), "No registered coprocessor with name 'sum'");
  EXPECT_EQ(refuse_plugin("count", "^2"),
            "The plugin 'count' with version '1.2.3' does not satisfy the version constraint '^2'");
  EXPECT_NE(refuse_plugin("count", "soon"), "");
}

}  // namespace
}  // namespace tikv::testing
