// Mixed work of several clients under random faults, seed by seed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "testing/mixed_work.h"

namespace tikv::testing {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

void add(Counts& sum, const Counts& more) {
  for (const auto& [name, count] : more) sum[name] += count;
}

void print(const char* what, const Counts& counts) {
  std::printf("%s:", what);
  for (const auto& [name, count] : counts)
    std::printf(" %s %llu,", name.c_str(), static_cast<unsigned long long>(count));
  std::printf("\n");
}

/// Each test runs a part of the seeds, so that parts can run side by side.
class Seeds : public ::testing::TestWithParam<std::uint64_t> {};

constexpr std::uint64_t seeds_in_part = 60;

TEST_P(Seeds, MixedWorkUnderFaultsKeepsItsPromises) {
  Counts outcomes;
  Counts region_errors;
  Counts deeds;
  std::size_t failed = 0;
  for (std::uint64_t seed = GetParam(); seed < GetParam() + seeds_in_part; ++seed) {
    const MixedWorkResult result = run_mixed_work({.seed = seed});
    add(outcomes, result.outcomes);
    add(region_errors, result.region_errors);
    add(deeds, result.deeds);
    if (result.findings.empty()) continue;
    std::string text;
    for (const std::string& finding : result.findings) text += "  " + finding + "\n";
    ADD_FAILURE() << "seed " << seed << ", replay with: simulation_tests --replay " << seed << "\n" << text;
    if (++failed == 5) break;
  }
  print("outcomes", outcomes);
  print("region errors met by clients", region_errors);
  print("deeds", deeds);
  EXPECT_GT(region_errors["EpochNotMatch"], 0U) << "no client met a split";
  EXPECT_GT(region_errors["NotLeader"], 0U) << "no client met a leader that had moved";
  EXPECT_GT(outcomes["success"], outcomes["failed"]);
}

INSTANTIATE_TEST_SUITE_P(Raw, Seeds, ::testing::Range<std::uint64_t>(1, 301, seeds_in_part));

/// What another process of this very program prints.
std::string printed_by(const std::string& arguments) {
  char self[4096];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0) return "this program does not find itself";
  const std::string command = "'" + std::string(self, static_cast<std::size_t>(length)) + "' " + arguments;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot be started";
  std::string text;
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  return pclose(pipe) == 0 ? text : "failed: " + text;
}

TEST(Determinism, TwoProcessesGiveTheSameEventsForTheSameSeeds) {
  const std::string first = printed_by("--hash 1:6");
  const std::string second = printed_by("--hash 1:6");
  std::printf("hash of seeds 1 to 5: %s", first.c_str());
  EXPECT_EQ(first, second);
  EXPECT_EQ(first.size(), 17U) << first;
  EXPECT_NE(first, printed_by("--hash 2:7"));
}

}  // namespace
}  // namespace tikv::testing
