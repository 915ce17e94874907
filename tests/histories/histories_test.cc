// Histories of our client under faults, judged by a published checker.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "histories/few_keys.h"
#include "support/child_process.h"

namespace tikv::testing {
namespace {

/// What the checker says of a file; its exit code.
int judged(const std::string& file, std::string& words) {
  test::ChildProcess checker({TIKV_PROGRAMS "/linearizability", "-patience", "20s", file});
  words = checker.read_all();
  return checker.wait();
}

class HistoriesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(TIKV_PROGRAMS "/linearizability")) GTEST_SKIP() << "no Go: the checker was not built";
  }
  void TearDown() override { std::filesystem::remove(file); }

  FewKeysResult write(std::uint64_t first, std::uint64_t last, bool atomic) const {
    FewKeysResult sum;
    std::ofstream out(file, std::ios::binary);
    for (std::uint64_t seed = first; seed <= last; ++seed) {
      const FewKeysResult result = work_on_few_keys(seed, atomic);
      out << result.history;
      sum.operations += result.operations;
      sum.swaps += result.swaps;
      sum.unknown += result.unknown;
      sum.copies += result.copies;
    }
    std::printf("%zu operations, %zu swaps, %zu of unknown outcome, %zu copies that may come late\n", sum.operations,
                sum.swaps, sum.unknown, sum.copies);
    return sum;
  }

  const std::string file =
      (std::filesystem::temp_directory_path() / ("histories-" + std::to_string(getpid()) + ".jsonl")).string();
};

TEST_F(HistoriesTest, TwoHundredSeedsInAtomicModeAreLinearizable) {
  const FewKeysResult result = write(1, 200, true);
  EXPECT_GT(result.operations, 10'000U);
  EXPECT_GT(result.swaps, 1'000U);
  EXPECT_GT(result.unknown, 300U) << "faults must have been met";
  std::string words;
  EXPECT_EQ(judged(file, words), 0) << words;
  std::printf("%s", words.c_str());
}

TEST_F(HistoriesTest, OutsideOfItOnlyCopiesThatWereSentAgainComeLate) {
  const FewKeysResult result = write(1, 100, false);
  EXPECT_GT(result.copies, 20U) << "answers must have been lost";
  std::string words;
  EXPECT_EQ(judged(file, words), 0) << words;
  std::printf("%s", words.c_str());
}

TEST_F(HistoriesTest, AWrongAnswerInOneOfThemIsFound) {
  FewKeysResult result = work_on_few_keys(1, true);
  // A value that nobody wrote.
  const std::size_t get = result.history.find(R"("op":"get")");
  const std::size_t value = result.history.find(R"("value":")", get);
  ASSERT_NE(value, std::string::npos);
  result.history.insert(value + 9, "x");
  std::ofstream(file, std::ios::binary) << result.history;
  std::string words;
  EXPECT_EQ(judged(file, words), 1) << words;
}

}  // namespace
}  // namespace tikv::testing
