#include "testing/abilities.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tikv::testing {
namespace {

struct Gate {
  std::string name;
  bool Abilities::*ability;
  std::string first;  ///< the first version that has it
  std::string last_without;
};

class VersionGate : public ::testing::TestWithParam<Gate> {};

TEST_P(VersionGate, OpensWithItsVersionAndNotBefore) {
  const Gate& gate = GetParam();
  EXPECT_FALSE(abilities_of(gate.last_without).*gate.ability);
  EXPECT_FALSE(abilities_of("v4.0.16").*gate.ability);
  EXPECT_TRUE(abilities_of(gate.first).*gate.ability);
  EXPECT_TRUE(abilities_of("v" + gate.first).*gate.ability);
  EXPECT_TRUE(abilities_of("99.0.0").*gate.ability);
}
INSTANTIATE_TEST_SUITE_P(
    Table, VersionGate,
    ::testing::Values(Gate{"compare_and_swap", &Abilities::compare_and_swap, "5.0.1", "5.0.0"},
                      Gate{"raw_coprocessor", &Abilities::raw_coprocessor, "5.1.0", "5.0.6"},
                      Gate{"checksum", &Abilities::checksum, "5.2.0", "5.1.5"},
                      Gate{"api_versions", &Abilities::api_versions, "5.3.0", "5.2.4"},
                      Gate{"ttl_per_pair", &Abilities::ttl_per_pair, "5.3.0", "5.2.4"},
                      Gate{"api_version_texts", &Abilities::api_version_texts, "5.4.0", "5.3.4"},
                      Gate{"large_keys", &Abilities::large_keys, "5.4.0", "5.3.4"},
                      Gate{"api_v2", &Abilities::api_v2, "6.1.0", "6.0.0"},
                      Gate{"health_feedback", &Abilities::health_feedback, "8.0.0", "7.6.0"},
                      Gate{"mismatch_peer_id", &Abilities::mismatch_peer_id, "7.5.0", "7.4.0"},
                      Gate{"cluster_ids", &Abilities::cluster_ids, "8.1.0", "8.0.0"},
                      Gate{"compare_and_delete", &Abilities::compare_and_delete, "9.0.0", "9.0.0-beta.2"},
                      Gate{"node_state", &Abilities::node_state, "6.0.0", "5.4.3"},
                      Gate{"buckets", &Abilities::buckets, "6.1.0", "6.0.0"},
                      Gate{"keyspaces", &Abilities::keyspaces, "6.3.0", "6.2.0"},
                      Gate{"cluster_info", &Abilities::cluster_info, "7.0.0", "6.6.0"},
                      Gate{"all_keyspaces", &Abilities::all_keyspaces, "7.3.0", "7.2.0"},
                      Gate{"batch_scan_regions", &Abilities::batch_scan_regions, "8.2.0", "8.1.2"}),
    [](const auto& gate) { return gate.param.name; });

TEST(Versions, AreNamedByTheirLineOrInFull) {
  EXPECT_EQ(version_named("5.0"), "5.0.6");
  EXPECT_EQ(version_named("6.1"), "6.1.7");
  EXPECT_EQ(version_named("7.1"), "7.1.6");
  EXPECT_EQ(version_named("8.5"), "8.5.7");
  EXPECT_TRUE(abilities_of(version_named("newest").value()).compare_and_delete);
  EXPECT_EQ(version_named("6.5.3"), "6.5.3");
  EXPECT_EQ(version_named("v6.5.3"), "6.5.3");
  for (const auto* wrong : {"", "6", "6.5", "oldest", "6.5.3x", "6..3"})
    EXPECT_EQ(version_named(wrong), std::nullopt) << wrong;
}

TEST(Versions, ATextThatIsNoneCanEverything) {
  EXPECT_TRUE(abilities_of("nightly").compare_and_delete);
  EXPECT_TRUE(abilities_of("").batch_scan_regions);
}

}  // namespace
}  // namespace tikv::testing
