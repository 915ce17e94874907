// simulation_tests: the tests, as any gtest program. Besides:
//   --seeds FROM:TO     runs these seeds of mixed work and faults, and prints what fails
//   --replay SEED       runs one seed and prints its timeline
//   --hash FROM:TO      prints one hash over the timelines of these seeds
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "testing/mixed_work.h"
#include "testing/stable_hash.h"

namespace {

using tikv::testing::MixedWorkResult;

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
    if (what == "--replay") return replay(argv[2]);
    if (what == "--hash") return hash(argv[2]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
