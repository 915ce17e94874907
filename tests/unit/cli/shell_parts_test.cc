// What the shell is made of: words, completion, history, and the progress bar.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "command_line.h"
#include "completion.h"
#include "history_file.h"
#include "progress.h"
#include "words.h"

namespace tikv::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> candidates(const std::string& line) {
  CommandLine shell(CommandLine::Of::shell, {});
  return complete(shell.app(), line).candidates;
}

TEST(WordsTest, BlanksCutAndQuotesHold) {
  EXPECT_THAT(split_words("  raw put  'a b' \"it's\" x\\x00y ''").value(),
              ElementsAre("raw", "put", "a b", "it's", "x\\x00y", ""));
  EXPECT_THAT(split_words(" \t").value(), IsEmpty());
  EXPECT_FALSE(split_words("raw put 'a"));
}

TEST(CompletionTest, KnowsCommandsOptionsAndTheirValues) {
  EXPECT_THAT(candidates(""), Contains("raw"));
  EXPECT_THAT(candidates("he"), ElementsAre("help"));
  EXPECT_THAT(candidates("raw batch-"), ElementsAre("batch-delete", "batch-get", "batch-put"));
  EXPECT_THAT(candidates("help raw checks"), ElementsAre("checksum"));
  EXPECT_THAT(candidates("raw scan --key"), ElementsAre("--key-format", "--keys-only"));
  EXPECT_THAT(candidates("raw cas k v --exp"), ElementsAre("--expect", "--expect-absent", "--expect-file"));
  EXPECT_THAT(candidates("raw scan --key-format h"), ElementsAre("hex"));
  EXPECT_THAT(candidates("raw get "), IsEmpty()) << "keys are not known";
  EXPECT_THAT(candidates("raw get nonsense raw "), Not(Contains("help")));
}

TEST(CompletionTest, TheCommonBeginIsThatOfAllCandidates) {
  CommandLine shell(CommandLine::Of::shell, {});
  EXPECT_EQ(complete(shell.app(), "raw b").common(), "batch-");
  EXPECT_EQ(complete(shell.app(), "raw zzz").common(), "");
  EXPECT_EQ(complete(shell.app(), "raw b").word_begin, 4U);
}

TEST(CompletionTest, NamesFilesWhereACommandTakesThem) {
  const std::string folder = ::testing::TempDir() + "completion_test." + std::to_string(getpid());
  std::filesystem::create_directories(folder + "/inner");
  EXPECT_THAT(candidates("raw import " + folder + "/in"), ElementsAre(folder + "/inner/"));
  EXPECT_THAT(candidates("raw get " + folder + "/in"), IsEmpty());
  std::filesystem::remove_all(folder);
}

TEST(HistoryTest, IsWhereTheEnvironmentSays) {
  const auto path = [](const char* name, const char* value) {
    return history_path([=](const char* asked) { return std::string_view(asked) == name ? value : nullptr; });
  };
  EXPECT_EQ(path("TIKV_CLI_HISTORY", "/x/y"), "/x/y");
  EXPECT_EQ(path("TIKV_CLI_HISTORY", ""), std::nullopt);
  EXPECT_EQ(path("XDG_STATE_HOME", "/s"), "/s/tikv-cli/history");
  EXPECT_EQ(path("HOME", "/h"), "/h/.local/state/tikv-cli/history");
  EXPECT_EQ(path("NOTHING", ""), std::nullopt);
}

TEST(HistoryTest, KeepsTheLastThousandForItsOwnerAlone) {
  const std::string folder = ::testing::TempDir() + "history_test." + std::to_string(getpid());
  const HistoryFile history(folder + "/deep/history");
  EXPECT_THAT(history.load(), IsEmpty());
  for (int i = 0; i < 2100; ++i) history.add("line " + std::to_string(i));
  history.add(" a secret");
  history.add("");
  struct stat about {};
  ASSERT_EQ(stat((folder + "/deep/history").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  for (int again = 0; again < 2; ++again) {  // the first time cuts the file
    const std::vector<std::string> lines = history.load();
    EXPECT_EQ(lines.size(), 1000U);
    EXPECT_EQ(lines.back(), "line 2099");
  }
  std::filesystem::remove_all(folder);
}

TEST(ProgressTest, TheBarFitsItsTerminal) {
  Amounts now{1'234'567, 98'765'432, 3, 0.5};
  for (std::size_t width = 0; width < 120; ++width) {
    const std::string text = bar_text(now, {}, std::chrono::seconds(10), width);
    EXPECT_LT(text.size(), std::max<std::size_t>(width, 1));
  }
  EXPECT_EQ(bar_text(now, {}, std::chrono::seconds(10), 120),
            "[############............] 50 %  1,234,567 pairs, 98.8 MB, 123,456/s, 3 bad, 0:10 left");
}

TEST(ProgressTest, AResumedRunTellsItsOwnRate) {
  const Amounts begun{1000, 1000, 0, 0.25};
  EXPECT_EQ(line_text({3000, 3000, 0, 0.75}, begun, std::chrono::seconds(2)), "75 %, 3,000 pairs, 3.0 kB, 1,000/s");
  EXPECT_THAT(bar_text({3000, 3000, 0, 0.75}, begun, std::chrono::seconds(2), 120), HasSubstr("0:01 left"));
  EXPECT_EQ(line_text({1, 999, 0, {}}, {}, std::chrono::seconds(0)), "1 pair, 999 B");
}

}  // namespace
}  // namespace tikv::cli
