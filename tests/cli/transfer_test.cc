// Import and export on a sandbox: nothing is lost, nothing is damaged, and a killed import goes on.
#include <gmock/gmock.h>

#include <csignal>
#include <random>

#include "cli_fixture.h"

namespace tikv::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TransferTest : public CliTest {
 protected:
  /// So many lines that an import takes a while.
  [[nodiscard]] static std::string many_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      std::string number = std::to_string(1'000'000 + i);
      text += "k/" + number + "\tvalue of " + number + "\n";
    }
    return text;
  }
  [[nodiscard]] std::string checksum() const { return cli({"raw", "checksum"}).output; }
};

TEST_F(TransferTest, BinaryDataSurviveTheRoundTripInEveryFormat) {
  std::mt19937 chance(3);
  std::string table;
  const auto random_hex = [&](std::size_t length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += "0123456789abcdef"[chance() % 16];
    return text;
  };
  for (int i = 0; i < 2000; ++i) table += random_hex(16) + "\t" + random_hex(2 * (chance() % 40)) + "\n";
  write_file("in.tsv", table);
  const std::string hex = " --key-format hex --value-format hex";
  ASSERT_EQ(sh("$CLI raw import in.tsv" + hex).code, 0);
  const std::string sum = checksum();
  EXPECT_THAT(sum, HasSubstr(" 2000 pairs"));
  const std::vector<std::string> files{"a.tsv", "a.csv", "a.jsonl"};
  for (const std::string& file : files) {
    for (const std::string bytes : {"printable", "hex", "base64", "plain"}) {
      if (bytes == "plain" && file != "a.csv") continue;  // they cannot hold every byte
      // If nothing is said, they are plain.
      const std::string formats = bytes == "plain" ? "" : " --key-format " + bytes + " --value-format " + bytes;
      ASSERT_EQ(sh("$CLI raw export " + file + formats).code, 0) << file << bytes;
      ASSERT_EQ(sh("$CLI raw delete-range '' ''").code, 0);
      ASSERT_EQ(sh("$CLI raw import " + file + formats).code, 0) << file << bytes;
      EXPECT_EQ(checksum(), sum) << file << bytes;
      ASSERT_EQ(sh("$CLI raw export again-" + file + formats).code, 0);
      EXPECT_EQ(read_file(file), read_file("again-" + file)) << file << bytes;
    }
  }
}

TEST_F(TransferTest, FilesAreExactIfNothingElseIsSaid) {
  write_file("in.csv", "path,C:\\temp\\new\nescape,\\x41\\\\\n");
  ASSERT_EQ(sh("$CLI raw import in.csv").code, 0);
  EXPECT_EQ(cli({"raw", "get", "path", "--value-file", "-"}).output, "C:\\temp\\new");
  EXPECT_EQ(cli({"raw", "get", "escape", "--value-file", "-"}).output, "\\x41\\\\");
  ASSERT_EQ(sh("$CLI raw export out.csv --quiet").code, 0);
  EXPECT_EQ(read_file("out.csv"), "escape,\\x41\\\\\npath,C:\\temp\\new\n");
  write_file("in.jsonl", "{\"key\": \"path\", \"value\": \"C:\\\\temp\\\\new\"}\n");
  ASSERT_EQ(sh("$CLI raw import in.jsonl").code, 0);
  EXPECT_EQ(cli({"raw", "get", "path", "--value-format", "plain"}).output, "C:\\temp\\new\n");
  ASSERT_EQ(sh("$CLI raw export out.jsonl --prefix path --quiet").code, 0);
  EXPECT_EQ(read_file("out.jsonl"), "{\"key\":\"path\",\"value\":\"C:\\\\temp\\\\new\"}\n");
  write_file("in.tsv", "path\tC:\\temp\\new\n");
  ASSERT_EQ(sh("$CLI raw import in.tsv && $CLI raw export out.tsv --prefix path --quiet").code, 0);
  EXPECT_EQ(read_file("out.tsv"), read_file("in.tsv"));
  ASSERT_EQ(sh("$CLI raw import in.csv --value-format printable").code, 0);
  EXPECT_EQ(cli({"raw", "get", "path", "--value-file", "-"}).output, "C:\temp\new") << "as was asked for";
}

TEST_F(TransferTest, AnImportThatIsKilledGoesOnWhereItWas) {
  constexpr int count = 120'000;
  write_file("in.tsv", many_lines(count));
  int killed = 0;
  int resumed = 0;
  std::string told;
  for (int i = 0; i < 30; ++i) {
    ChildProcess import({"/bin/sh", "-c",
                         "cd '" + folder + "'; exec " TIKV_PROGRAMS "/tikv-cli --pd " + sandbox.pd() +
                             " raw import in.tsv --batch 32 --parallel 2 2>&1"});
    // Until it has written a checkpoint of its own, or ended.
    const std::string before = read_file("in.tsv.tikv-checkpoint");
    int waited = 0;
    while (read_file("in.tsv.tikv-checkpoint") == before && waited++ < 1000) usleep(10'000);
    import.signal(SIGKILL);
    const std::string output = import.read_all();
    const int status = import.wait();
    told += "after " + std::to_string(waited) + " looks, status " + std::to_string(status) + ":\n" + output;
    resumed += output.find("going on after line") != std::string::npos ? 1 : 0;
    // One that was done, and killed while it ended, leaves nothing to go on with.
    if (status == 0 || !std::filesystem::exists(path("in.tsv.tikv-checkpoint"))) break;
    ++killed;
    if (killed == 4) break;
  }
  EXPECT_GE(killed, 2) << "the import is too fast for this test\n" << told;
  EXPECT_GE(resumed, killed - 1) << told;
  EXPECT_EQ(sh("$CLI raw import in.tsv").code, 0);
  EXPECT_EQ(sh("$CLI raw export out.tsv --prefix k/").code, 0);
  EXPECT_EQ(read_file("out.tsv"), read_file("in.tsv"));
  EXPECT_FALSE(std::filesystem::exists(path("in.tsv.tikv-checkpoint"))) << "it is done";
}

TEST_F(TransferTest, AChangedFileOrOtherSettingsAreNotGoneOnWith) {
  write_file("in.tsv", "a\t1\nbad\nb\t2\n");
  EXPECT_EQ(sh("$CLI raw import in.tsv").code, 1);
  EXPECT_EQ(cli({"raw", "scan"}).output, "a\t1\n");
  const Ended other = sh("$CLI raw import in.tsv --max-bad 1 --value-format hex");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, HasSubstr("is of another import"));
  write_file("in.tsv", "a\t1\nb\t2\nc\t3\n");
  const Ended changed = sh("$CLI raw import in.tsv");
  EXPECT_EQ(changed.code, 1);
  EXPECT_THAT(changed.output, HasSubstr("the file was (12 bytes"));
  EXPECT_EQ(sh("$CLI raw import in.tsv --restart").code, 0);
  EXPECT_EQ(cli({"raw", "scan"}).output, "a\t1\nb\t2\nc\t3\n");
}

TEST_F(TransferTest, TwoImportsOfOneFileDoNotShareACheckpoint) {
  write_file("in.tsv", "a\t1\n");
  const Ended second = sh("flock in.tsv $CLI raw import in.tsv");
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.output, HasSubstr("another import of in.tsv is running"));
  EXPECT_EQ(sh("flock in.tsv $CLI raw import in.tsv --checkpoint other").code, 0);
}

TEST_F(TransferTest, BadLinesAreReportedOnceAlsoAfterARestart) {
  write_file("in.tsv", "a\t1\nbad\n\tno key\nb\t2\nk\\q\tx\nc\t3\n");
  const std::string printable = " --key-format printable";
  const Ended stopped = sh("$CLI raw import in.tsv --bad-lines bad.txt --max-bad 2" + printable);
  EXPECT_EQ(stopped.code, 1);
  EXPECT_THAT(stopped.output, HasSubstr("the same command goes on after line 4"));
  EXPECT_EQ(sh("$CLI raw import in.tsv --bad-lines bad.txt --max-bad 3" + printable).code, 0);
  const std::string report = read_file("bad.txt");
  EXPECT_THAT(report, HasSubstr("2\t1 field;"));
  EXPECT_THAT(report, HasSubstr("3\tthe key is empty"));
  EXPECT_THAT(report, HasSubstr("5\tkey: 'k\\q' has a backslash"));
  EXPECT_EQ(std::count(report.begin(), report.end(), '\n'), 3);
  EXPECT_EQ(cli({"raw", "scan"}).output, "a\t1\nb\t2\nc\t3\n");
}

TEST_F(TransferTest, OfEqualKeysTheLastOneWins) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "k" + std::to_string(i % 7) + "\t" + std::to_string(i) + "\n";
  write_file("in.tsv", text);
  EXPECT_EQ(sh("$CLI raw import in.tsv --batch 3 --parallel 16").code, 0);
  EXPECT_EQ(cli({"raw", "scan"}).output, "k0\t4998\nk1\t4999\nk2\t4993\nk3\t4994\nk4\t4995\nk5\t4996\nk6\t4997\n");
}

TEST_F(TransferTest, ReadsPipesHeadersAndTimesToLive) {
  EXPECT_EQ(sh("printf 'key,value\\na,\"1\\n2\"\\n' | $CLI raw import - --format csv --header").code, 0);
  EXPECT_EQ(cli({"raw", "get", "a"}).output, "1\\x0a2\n");
  EXPECT_EQ(sh("echo '{\"key\":\"t\",\"value\":\"v\",\"ttl\":1000}' | $CLI raw import - --format jsonl").code, 0);
  EXPECT_THAT(cli({"--api-version", "1ttl", "raw", "ttl", "t"}).output, ::testing::AnyOf("1000 s\n", "999 s\n"));
  EXPECT_EQ(sh("$CLI raw export - --format csv --prefix a --quiet").output, "a,\"1\n2\"\n");
  const Ended summary = sh("$CLI --json raw import - --format tsv --quiet </dev/null");
  EXPECT_THAT(summary.output, HasSubstr("{\"complete\":true,\"pairs\":0,"));
  EXPECT_EQ(sh("$CLI raw import data").code, 2) << "its name tells no format";
  EXPECT_EQ(sh("$CLI raw import nope.tsv").code, 1);
}

TEST_F(TransferTest, GoesThroughWhileRegionsMoveAndAnswersAreLost) {
  write_file("in.tsv", many_lines(30'000));
  ASSERT_EQ(sandbox.control({"split", "k/1010000"}).code, 0);
  ASSERT_EQ(sandbox.control({"fail", "UNAVAILABLE", "--method", "RawBatchPut", "--count", "5", "--applied"}).code, 0);
  ASSERT_EQ(sandbox.control({"fail", "EpochNotMatch", "--method", "RawBatchPut", "--count", "5"}).code, 0);
  ASSERT_EQ(sandbox.control({"fail", "NotLeader", "--method", "RawScan", "--count", "3"}).code, 0);
  EXPECT_EQ(sh("$CLI raw import in.tsv").code, 0);
  EXPECT_EQ(sh("$CLI raw export out.tsv").code, 0);
  EXPECT_EQ(read_file("out.tsv"), read_file("in.tsv"));
}

TEST_F(TransferTest, AFileThatIsNotCompleteDoesNotHaveItsName) {
  EXPECT_EQ(cli({"raw", "put", "a\\x09b", "1"}).code, 0);
  EXPECT_EQ(sh("$CLI raw export out.tsv --key-format plain").code, 2) << "TSV cannot hold a tab";
  EXPECT_FALSE(std::filesystem::exists(path("out.tsv")));
  EXPECT_FALSE(std::filesystem::exists(path("out.tsv.part")));
  EXPECT_EQ(sh("$CLI raw export /dev/full/x.tsv").code, 1);
}

}  // namespace
}  // namespace tikv::test
