// Each raw operation, once for each of its messages and each way in which that message can fail.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "testing/fault_sweep.h"

namespace tikv::testing {
namespace {

using Kind = RawOperation::Kind;
using Outcome = RawOperation::Outcome;

RawOperation over_keys(Kind kind, const std::vector<const char*>& keys) {
  RawOperation operation;
  operation.kind = kind;
  operation.timeout = std::chrono::seconds(20);
  for (const char* const key : keys) {
    KeyValue pair;
    pair.key = key;
    operation.pairs.push_back(std::move(pair));
  }
  return operation;
}

RawOperation whole_scan() {
  RawOperation operation;
  operation.kind = Kind::scan;
  operation.timeout = std::chrono::seconds(20);
  operation.limit = 100;
  return operation;
}

SweepCase case_of(std::string name, RawOperation operation, bool warm = true) {
  SweepCase one;
  one.name = std::move(name);
  one.operation = std::move(operation);
  one.warm = warm;
  one.cluster.regions = 4;
  return one;
}

RawOperation not_resent(RawOperation operation) {
  operation.resend = false;
  return operation;
}

/// Reads the keys that the sweep has written before.
std::vector<SweepCase> cases() {
  const std::vector<const char*> many{"a1", "c3", "g4", "m5", "z7"};
  return {
      case_of("Get", over_keys(Kind::get, {"g4"})),
      case_of("GetOfAnUnknownRegion", over_keys(Kind::get, {"g4"}), false),
      case_of("Put", over_keys(Kind::put, {"g4"})),
      case_of("PutToAnUnknownRegion", over_keys(Kind::put, {"g4"}), false),
      case_of("PutThatIsNotResent", not_resent(over_keys(Kind::put, {"g4"}))),
      case_of("Delete", over_keys(Kind::delete_key, {"g4"})),
      case_of("DeleteThatIsNotResent", not_resent(over_keys(Kind::delete_key, {"g4"}))),
      case_of("BatchPut", over_keys(Kind::batch_put, many)),
      case_of("BatchPutToUnknownRegions", over_keys(Kind::batch_put, many), false),
      case_of("BatchPutThatIsNotResent", not_resent(over_keys(Kind::batch_put, many))),
      case_of("BatchGet", over_keys(Kind::batch_get, many)),
      case_of("BatchGetOfUnknownRegions", over_keys(Kind::batch_get, many), false),
      case_of("Scan", whole_scan()),
      case_of("ScanOfUnknownRegions", whole_scan(), false),
  };
}

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

INSTANTIATE_TEST_SUITE_P(Raw, FaultSweep, ::testing::ValuesIn(cases()), [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace tikv::testing
