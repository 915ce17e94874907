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
  ForeignHabits habits;
};

void PrintTo(const Published& client, std::ostream* out) { *out << client.name; }

class ForeignTest : public ::testing::TestWithParam<Published> {};

TEST_P(ForeignTest, EveryAnswerIsRight) {
  const Published& published = GetParam();
  const std::string program = TIKV_PROGRAMS "/" + published.program;
  if (!std::filesystem::exists(program)) GTEST_SKIP() << program << " was not built";
  RunningSandbox sandbox;
  ASSERT_FALSE(sandbox.pd().empty());
  try {
    ForeignClient theirs({program}, sandbox.pd(), published.api_version, "");
    const RawClient ours = RawClient::connect(sandbox.pd()).value();
    Judge judge(sandbox, theirs, ours, published.habits);
    judge.run_all(true);
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
constexpr ForeignHabits wheel{.scans_wrap_around = true, .scans_skip_changed_regions = true};

INSTANTIATE_TEST_SUITE_P(Clients, ForeignTest,
                         ::testing::Values(Published{"ClientGo", "foreign-go", "1", {}},
                                           Published{"RustCrate", "foreign-rust", "1", crate},
                                           Published{"PythonWheel", "foreign-python", "1", wheel},
                                           Published{"ClientJava", "foreign-java", "1", {}}),
                         [](const auto& of) { return of.param.name; });

/// A judge that does not see a lie proves nothing.
class LyingClientTest : public ::testing::TestWithParam<std::string> {};

TEST_P(LyingClientTest, IsFoundOut) {
  const std::string program = TIKV_PROGRAMS "/foreign-go";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << program << " was not built";
  RunningSandbox sandbox;
  ASSERT_FALSE(sandbox.pd().empty());
  ForeignClient liar({TIKV_LIAR, program, GetParam()}, sandbox.pd(), "1", "");
  const RawClient ours = RawClient::connect(sandbox.pd()).value();
  Judge judge(sandbox, liar, ours, {});
  EXPECT_THROW(judge.run_all(true), test::WrongAnswer);
}

INSTANTIATE_TEST_SUITE_P(Verbs, LyingClientTest,
                         ::testing::Values("get", "batch_get", "put", "batch_put", "put_ttl", "delete", "batch_delete",
                                           "delete_range", "scan", "scan_keys", "reverse_scan", "cas", "atomic_put",
                                           "checksum", "ttl"),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace tikv
