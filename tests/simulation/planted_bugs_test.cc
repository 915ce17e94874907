// Known mistakes, planted one after the other: the sweep, the seeds or a scenario must see each. What
// sees none of them proves nothing.
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "core/planted_bug.h"
#include "simulation/scenarios.h"
#include "simulation/sweep_cases.h"
#include "testing/fault_sweep.h"
#include "testing/mixed_work.h"

namespace tikv::testing {
namespace {

using core::Bug;

/// A bug for the time of a test.
class Planted {
 public:
  explicit Planted(Bug bug) { core::planted_bug = bug; }
  ~Planted() { core::planted_bug = Bug::none; }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
};

struct Row {
  Bug bug;
  const char* name;

  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

constexpr Row rows[] = {
    {Bug::lost_answer_reported_failed, "LostAnswerReportedFailed"},
    {Bug::not_idempotent_resent, "NotIdempotentResent"},
    {Bug::stale_region_kept, "StaleRegionKept"},
    {Bug::empty_answer_is_success, "EmptyAnswerIsSuccess"},
    {Bug::pending_forgotten_on_stream_death, "PendingForgottenOnStreamDeath"},
    {Bug::scan_skips_a_region_after_a_split, "ScanSkipsARegionAfterASplit"},
    {Bug::backoff_without_budget, "BackoffWithoutBudget"},
    {Bug::region_error_swallowed, "RegionErrorSwallowed"},
    {Bug::deadline_ignored_while_waiting_for_pd, "DeadlineIgnoredWhileWaitingForPd"},
    {Bug::late_answer_given_to_another, "LateAnswerGivenToAnother"},
};

/// The cases of the sweep that see it; the first suffices.
std::string by_sweep() {
  for (SweepCase one : sweep_cases()) {
    one.enough_failures = 1;
    one.region_errors = false;
    if (!sweep(one).failures.empty()) return one.name;
  }
  return {};
}

std::string by_seeds() {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    if (!run_mixed_work({.seed = seed}).findings.empty()) return "seed " + std::to_string(seed);
  }
  return {};
}

std::string by_scenario() {
  for (const Scenario& scenario : scenarios()) {
    if (!scenario.run().empty()) return scenario.name;
  }
  return {};
}

class PlantedBugs : public ::testing::TestWithParam<Row> {};

TEST_P(PlantedBugs, IsSeen) {
  const Planted planted(GetParam().bug);
  const std::string sweep = by_sweep();
  const std::string seeds = by_seeds();
  const std::string scenario = by_scenario();
  const auto shown = [](const std::string& seen_by) { return seen_by.empty() ? "-" : seen_by.c_str(); };
  std::printf("%-34s sweep: %-26s seeds: %-8s scenario: %s\n", GetParam().name, shown(sweep), shown(seeds),
              shown(scenario));
  EXPECT_FALSE(sweep.empty() && seeds.empty() && scenario.empty()) << "nothing sees it";
}

INSTANTIATE_TEST_SUITE_P(Known, PlantedBugs, ::testing::ValuesIn(rows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Scenarios, HoldWithoutABug) {
  for (const Scenario& scenario : scenarios()) EXPECT_EQ(scenario.run(), "") << scenario.name;
}

}  // namespace
}  // namespace tikv::testing
