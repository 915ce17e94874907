// Clients of other people and ours work on the same keys of one sandbox.

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "foreign/judge.h"

namespace tikv {
namespace {

using test::ForeignClient;
using test::ForeignHabits;
using test::Judge;
using test::RunningSandbox;

struct Published {
  std::string name;     ///< of the test
  std::string program;  ///< that build made
  std::string api_version;
  std::string keyspace;  ///< API version 2; empty: the client has no keyspaces, it uses the default one
  ForeignHabits habits;
};

void PrintTo(const Published& client, std::ostream* out) { *out << client.name; }

class ForeignTest : public ::testing::TestWithParam<Published> {};

std::vector<std::string> sandbox_options(const Published& client) {
  std::vector<std::string> options{"--api-version", client.api_version};
  if (!client.keyspace.empty()) options.insert(options.end(), {"--keyspace", client.keyspace});
  return options;
}

RawClient our_client(const RunningSandbox& sandbox, const std::string& api_version, const std::string& keyspace,
                     bool atomic) {
  std::string url = "tikv://" + sandbox.pd() + "?api_version=" + api_version;
  if (!keyspace.empty()) url += "&keyspace=" + keyspace;
  if (atomic) url += "&atomic=true";
  return RawClient::connect(url).value();
}

test::StoreRules rules_of(const Published& client) {
  test::StoreRules rules;
  rules.have_ttl = client.api_version != "1";
  rules.have_families = client.api_version != "2";
  // 'r' for raw, and the id of the keyspace: 0 is the default one, 1 the first that is named.
  if (client.api_version == "2")
    rules.stored_prefix = std::string("r\0\0", 3) + (client.keyspace.empty() ? '\0' : '\1');
  return rules;
}

TEST_P(ForeignTest, EveryAnswerIsRight) {
  const Published& published = GetParam();
  const std::string program = TIKV_PROGRAMS "/" + published.program;
  if (!std::filesystem::exists(program)) GTEST_SKIP() << program << " was not built";
  RunningSandbox sandbox(sandbox_options(published));
  ASSERT_FALSE(sandbox.pd().empty());
  try {
    ForeignClient theirs({program}, sandbox.pd(), published.api_version, published.keyspace);
    const RawClient ours = our_client(sandbox, published.api_version, published.keyspace, false);
    const RawClient ours_atomic = our_client(sandbox, published.api_version, published.keyspace, true);
    Judge judge(sandbox, theirs, {ours, ours_atomic}, published.habits);
    judge.run_all(rules_of(published));
    std::size_t all = 0;
    for (const auto& [verb, count] : theirs.counts()) all += count;
    std::cout << published.name << ": " << all << " operations of the foreign client and " << judge.own_operations()
              << " of ours, " << judge.region_changes() << " splits, merges, moved leaders and stopped stores\n   ";
    for (const auto& [verb, count] : theirs.counts()) std::cout << " " << verb << " " << count;
    std::cout << std::endl;
  } catch (const test::WrongAnswer& wrong) {
    FAIL() << wrong.what();
  }
}

constexpr ForeignHabits crate{
    .reverse_scans_stay_in_a_region = true, .batch_scan_limits_regions = true, .scans_wrap_around = true};
constexpr ForeignHabits surreal_crate = crate;  // it is a fork
constexpr ForeignHabits java{.tries_refused_writes_again = true};
constexpr ForeignHabits wheel{.scans_wrap_around = true, .scans_skip_changed_regions = true};

const std::vector<Published> published_clients{
    {"ClientGoV1", "foreign-go", "1", "", {}},
    {"ClientGoV1Ttl", "foreign-go", "1ttl", "", {}},
    {"ClientGoV2", "foreign-go", "2", "orders", {}},
    {"RustCrateV1", "foreign-rust", "1", "", crate},
    {"RustCrateV1Ttl", "foreign-rust", "1ttl", "", crate},
    {"RustCrateV2", "foreign-rust", "2", "orders", crate},
    {"SurrealCrateV1", "foreign-surreal", "1", "", surreal_crate},
    {"SurrealCrateV1Ttl", "foreign-surreal", "1ttl", "", surreal_crate},
    {"SurrealCrateV2", "foreign-surreal", "2", "orders", surreal_crate},
    {"PythonWheelV1", "foreign-python", "1", "", wheel},
    {"PurePythonV1", "foreign-pure_python", "1", "", {}},
    {"PurePythonV1Ttl", "foreign-pure_python", "1ttl", "", {}},
    {"ClientJavaV1", "foreign-java", "1", "", java},
    {"ClientJavaV1Ttl", "foreign-java", "1ttl", "", java},
    {"ClientJavaV2", "foreign-java", "2", "", java},
};

INSTANTIATE_TEST_SUITE_P(Clients, ForeignTest, ::testing::ValuesIn(published_clients),
                         [](const auto& of) { return of.param.name; });

/// A judge that does not see a lie proves nothing.
class LyingClientTest : public ::testing::TestWithParam<std::string> {};

TEST_P(LyingClientTest, IsFoundOut) {
  const std::string program = TIKV_PROGRAMS "/foreign-go";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << program << " was not built";
  RunningSandbox sandbox;
  ASSERT_FALSE(sandbox.pd().empty());
  ForeignClient liar({TIKV_LIAR, program, GetParam()}, sandbox.pd(), "1", "");
  const RawClient ours = our_client(sandbox, "1ttl", "", false);
  const RawClient ours_atomic = our_client(sandbox, "1ttl", "", true);
  Judge judge(sandbox, liar, {ours, ours_atomic}, {});
  EXPECT_THROW(judge.run_all({}), test::WrongAnswer);
}

INSTANTIATE_TEST_SUITE_P(Verbs, LyingClientTest,
                         ::testing::Values("get", "batch_get", "put", "batch_put", "put_ttl", "delete", "batch_delete",
                                           "delete_range", "scan", "scan_keys", "reverse_scan", "cas", "atomic_put",
                                           "checksum", "ttl"),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace tikv
