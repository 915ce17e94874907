// simulation_tests: the tests, as any gtest program. Besides:
//   --seeds FROM:TO     runs these seeds of mixed work and faults, and prints what fails
//   --replay SEED       runs one seed and prints its timeline
//   --pairs FROM:TO     pairs of faults for each operation, drawn by these seeds; prints what fails
//   --all-pairs NAME    all pairs of faults of one operation: hours for some
//   --hash FROM:TO      prints one hash over the timelines of these seeds
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "simulation/sweep_cases.h"
#include "testing/mixed_work.h"
#include "testing/stable_hash.h"

namespace {

using tikv::testing::MixedWorkResult;
using tikv::testing::SweepCase;
using tikv::testing::SweepResult;

std::pair<std::uint64_t, std::uint64_t> range_of(const char* text) {
  char* rest = nullptr;
  const std::uint64_t from = std::strtoull(text, &rest, 10);
  const std::uint64_t to = *rest == ':' ? std::strtoull(rest + 1, nullptr, 10) : from + 1;
  return {from, to};
}

int run_seeds(const char* range) {
  const auto [from, to] = range_of(range);
  std::uint64_t failed = 0;
  for (std::uint64_t seed = from; seed < to; ++seed) {
    const MixedWorkResult result = tikv::testing::run_mixed_work({.seed = seed});
    if (result.findings.empty()) continue;
    ++failed;
    std::printf("seed %llu failed; simulation_tests --replay %llu\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(seed));
    for (const std::string& finding : result.findings) std::printf("  %s\n", finding.c_str());
    std::fflush(stdout);
  }
  std::printf("%llu seeds, %llu failed\n", static_cast<unsigned long long>(to - from),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}

int tell(const SweepResult& result, const std::string& what) {
  for (const std::string& failure : result.failures) std::printf("%s\n", failure.c_str());
  std::printf("%s: %llu runs, %llu failed\n", what.c_str(), static_cast<unsigned long long>(result.runs),
              static_cast<unsigned long long>(result.failures.size()));
  std::fflush(stdout);
  return result.failures.empty() ? 0 : 1;
}

int run_pairs(const char* range) {
  const auto [from, to] = range_of(range);
  int failed = 0;
  for (std::uint64_t seed = from; seed < to; ++seed) {
    for (SweepCase one : tikv::testing::pair_cases()) {
      one.enough_failures = 2;
      failed |= tell(sweep_pairs(one, {.seed = seed, .firsts = 12, .seconds = 10}),
                     one.name + ", seed " + std::to_string(seed));
    }
  }
  return failed;
}

int run_all_pairs(std::string_view name) {
  for (const SweepCase& one : tikv::testing::pair_cases()) {
    if (one.name == name) return tell(sweep_pairs(one, {}), one.name);
  }
  std::printf("no such operation\n");
  return 2;
}

int replay(const char* seed) {
  const MixedWorkResult result = tikv::testing::run_mixed_work({.seed = range_of(seed).first, .lines_kept = 1'000'000});
  std::printf("%s", result.timeline.c_str());
  for (const std::string& finding : result.findings) std::printf("FAILED: %s\n", finding.c_str());
  return result.findings.empty() ? 0 : 1;
}

int hash(const char* range) {
  const auto [from, to] = range_of(range);
  tikv::testing::StableHash all;
  for (std::uint64_t seed = from; seed < to; ++seed) all.add(tikv::testing::run_mixed_work({.seed = seed}).hash);
  std::printf("%016llx\n", static_cast<unsigned long long>(all.value()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    const std::string_view what = argv[1];
    if (what == "--seeds") return run_seeds(argv[2]);
    if (what == "--pairs") return run_pairs(argv[2]);
    if (what == "--all-pairs") return run_all_pairs(argv[2]);
    if (what == "--replay") return replay(argv[2]);
    if (what == "--hash") return hash(argv[2]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
