// Each raw operation, once for each of its messages and each way in which that message can fail.
#include <gtest/gtest.h>

#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "simulation/sweep_cases.h"
#include "testing/fault_sweep.h"

namespace tikv::testing {

void PrintTo(const SweepCase& one, std::ostream* out) { *out << one.name; }

namespace {

using Outcome = RawOperation::Outcome;

std::uint64_t count(const SweepResult& result, Outcome outcome) {
  const auto found = result.outcomes.find(outcome);
  return found == result.outcomes.end() ? 0 : found->second;
}

class FaultSweep : public ::testing::TestWithParam<SweepCase> {};

TEST_P(FaultSweep, EachFaultAtEachMessageEndsAsItMust) {
  const SweepResult result = sweep(GetParam());
  std::printf(
      "%-26s %2llu messages, %4llu runs: %4llu success, %3llu failed, %3llu undetermined, %3llu dropped; "
      "%llu splits and %llu leader moves met\n",
      GetParam().name.c_str(), static_cast<unsigned long long>(result.messages),
      static_cast<unsigned long long>(result.runs), static_cast<unsigned long long>(count(result, Outcome::success)),
      static_cast<unsigned long long>(count(result, Outcome::failed)),
      static_cast<unsigned long long>(count(result, Outcome::undetermined)),
      static_cast<unsigned long long>(count(result, Outcome::dropped)),
      static_cast<unsigned long long>(result.splits_met), static_cast<unsigned long long>(result.leaders_met));
  EXPECT_GT(result.messages, 0U);
  EXPECT_GT(result.splits_met, 0U) << "no run met a split";
  EXPECT_GT(result.leaders_met, 0U) << "no run met a leader that had moved";
  EXPECT_GT(count(result, Outcome::success), 0U);
  EXPECT_GT(count(result, Outcome::dropped), 0U);
  if (!GetParam().operation.writes()) {
    EXPECT_EQ(count(result, Outcome::undetermined), 0U);
  }
  if (!GetParam().operation.resend) {
    EXPECT_GT(count(result, Outcome::undetermined), 0U);
  }
  EXPECT_EQ(result.failures.size(), 0U);
  std::size_t shown = 0;
  for (const std::string& failure : result.failures) {
    if (++shown > 3) break;
    ADD_FAILURE() << failure;
  }
}

INSTANTIATE_TEST_SUITE_P(Raw, FaultSweep, ::testing::ValuesIn(sweep_cases()),
                         [](const auto& one) { return one.param.name; });

/// After the first fault has left something, a second one: an answer is lost, the region changes, it fails.
class PairSweep : public ::testing::TestWithParam<SweepCase> {};

TEST_P(PairSweep, ASecondFaultAfterTheFirstEndsAsItMust) {
  // A range that is removed in parts has the most ways to forget a part.
  const bool ranged = GetParam().operation.kind == RawOperation::Kind::delete_range;
  const std::size_t firsts = ranged ? 30 : 12;
  const std::size_t seconds = ranged ? 12 : 10;
  const SweepResult result = sweep_pairs(GetParam(), {.seed = 1, .firsts = firsts, .seconds = seconds});
  std::printf("%-34s %4llu runs: %4llu success, %3llu failed, %3llu undetermined, %3llu dropped\n",
              GetParam().name.c_str(), static_cast<unsigned long long>(result.runs),
              static_cast<unsigned long long>(count(result, Outcome::success)),
              static_cast<unsigned long long>(count(result, Outcome::failed)),
              static_cast<unsigned long long>(count(result, Outcome::undetermined)),
              static_cast<unsigned long long>(count(result, Outcome::dropped)));
  EXPECT_GT(count(result, Outcome::success), 0U);
  EXPECT_EQ(result.failures.size(), 0U);
  std::size_t shown = 0;
  for (const std::string& failure : result.failures) {
    if (++shown > 3) break;
    ADD_FAILURE() << failure;
  }
}

INSTANTIATE_TEST_SUITE_P(Raw, PairSweep, ::testing::ValuesIn(pair_cases()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace tikv::testing
