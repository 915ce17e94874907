// The commands of tikv-cli on a sandbox: what they print, and their exit codes.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

#include "cli_fixture.h"
#include "commands.h"

namespace tikv::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using CliCommandsTest = CliTest;

TEST_F(CliCommandsTest, ReadsWhatItWroteInEveryFormat) {
  EXPECT_EQ(cli({"raw", "put", "k\\x00", "v\\n\\xff"}).code, 0);
  EXPECT_EQ(cli({"raw", "get", "k\\x00"}).output, "v\\x0a\\xff\n");
  EXPECT_EQ(cli({"raw", "get", "k\\x00", "--value-format", "hex"}).output, "760aff\n");
  EXPECT_EQ(cli({"raw", "get", "--key-format", "hex", "6b00", "--value-format", "base64"}).output, "dgr/\n");
  EXPECT_EQ(cli({"raw", "get", "k\\x00", "--value-format", "plain"}).output, "v\n\xff\n");
  EXPECT_EQ(cli({"--json", "raw", "get", "k\\x00"}).output, "{\"key\":\"k\\\\x00\",\"value\":\"v\\\\x0a\\\\xff\"}\n");
  EXPECT_EQ(cli({"raw", "put", "e", ""}).code, 0);
  EXPECT_EQ(cli({"raw", "get", "e"}).output, "\n") << "an empty value is a value";
}

TEST_F(CliCommandsTest, BatchesAndScansPrintPairs) {
  EXPECT_EQ(cli({"raw", "batch-put", "a", "1", "b", "2", "t", "3"}).code, 0);
  EXPECT_EQ(cli({"raw", "batch-get", "t", "nope", "a"}).output, "t\t3\na\t1\n");
  EXPECT_EQ(cli({"raw", "scan", "a", "c", "--json"}).output,
            "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"b\",\"value\":\"2\"}\n");
  EXPECT_EQ(cli({"raw", "reverse-scan", "--limit", "2"}).output, "t\t3\nb\t2\n");
  EXPECT_EQ(cli({"raw", "scan", "--keys-only", "--json", "--prefix", "t"}).output, "{\"key\":\"t\"}\n");
  EXPECT_THAT(sh("$CLI raw scan --limit 2").output, HasSubstr("there is more"));
  EXPECT_THAT(sh("$CLI raw scan --limit 3").output, Not(HasSubstr("there is more")));
  EXPECT_EQ(cli({"raw", "batch-delete", "a", "b"}).code, 0);
  EXPECT_EQ(cli({"raw", "scan"}).output, "t\t3\n");
}

TEST_F(CliCommandsTest, RangesAreDeletedAndSummed) {
  EXPECT_EQ(cli({"raw", "batch-put", "a", "1", "b", "2", "p/1", "3", "p/2", "4"}).code, 0);
  EXPECT_THAT(cli({"raw", "checksum", "--prefix", "p/"}).output, HasSubstr("2 pairs, 8 bytes"));
  EXPECT_EQ(cli({"raw", "delete-prefix", "p/"}).code, 0);
  EXPECT_EQ(cli({"raw", "delete-range", "a"}).code, 2) << "its end must be said";
  EXPECT_EQ(cli({"raw", "delete-range", "a", "b"}).code, 0);
  EXPECT_EQ(cli({"raw", "scan"}).output, "b\t2\n");
  EXPECT_EQ(cli({"raw", "delete-prefix", ""}).code, 2);
  EXPECT_EQ(cli({"raw", "delete-range", "", ""}).code, 0);
  EXPECT_EQ(cli({"raw", "checksum"}).output, "0000000000000000  0 pairs, 0 bytes\n");
}

TEST_F(CliCommandsTest, SwapsSayWhatWasThere) {
  EXPECT_EQ(cli({"raw", "put-if-absent", "k", "1"}).output, "swapped\n");
  const Ended again = cli({"raw", "put-if-absent", "k", "2"});
  EXPECT_EQ(again.code, 3);
  EXPECT_EQ(again.output, "not swapped: the key holds 1\n");
  EXPECT_EQ(cli({"raw", "cas", "k", "2", "--expect", "1"}).code, 0);
  EXPECT_EQ(cli({"raw", "cas", "nope", "2", "--expect", ""}).output, "not swapped: there is no such key\n");
  EXPECT_EQ(cli({"raw", "cas", "k", "3", "--expect-absent", "--json"}).output,
            "{\"swapped\":false,\"previous\":\"2\"}\n");
  EXPECT_EQ(cli({"raw", "cas", "k", "3"}).code, 2) << "what is expected must be said";
  EXPECT_EQ(cli({"raw", "cas", "k", "3", "--expect", "2", "--expect-absent"}).code, 2);
}

TEST_F(CliCommandsTest, ASwapWhoseAnswerIsLostIsToldAsUndetermined) {
  EXPECT_EQ(cli({"raw", "put", "k", "1"}).code, 0);
  const std::vector<std::string> lose{"fail", "UNAVAILABLE", "--method", "RawCompareAndSwap", "--applied"};
  ASSERT_EQ(sandbox.control(lose).code, 0);
  const Ended lost = sh("$CLI --json raw cas k 2 --expect 1");
  EXPECT_EQ(lost.code, 4);
  EXPECT_THAT(lost.output, HasSubstr("\"undetermined\":true"));
  EXPECT_EQ(cli({"raw", "get", "k"}).output, "2\n") << "it was applied";
  ASSERT_EQ(sandbox.control(lose).code, 0);
  EXPECT_EQ(cli({"raw", "cas", "k", "3", "--expect", "2", "--unique"}).output, "swapped\n") << "seen, so proven";
}

TEST_F(CliCommandsTest, TimesToLiveAreSetAndTold) {
  const std::vector<std::string> put{"--api-version", "1ttl", "raw", "put", "k", "v", "--ttl", "1h"};
  EXPECT_EQ(cli(put).code, 0);
  const Ended left = cli({"--api-version", "1ttl", "raw", "ttl", "k", "--json"});
  EXPECT_TRUE(left.output == "{\"key\":\"k\",\"ttl\":3600}\n" || left.output == "{\"key\":\"k\",\"ttl\":3599}\n")
      << left.output;
  EXPECT_EQ(cli({"--api-version", "1ttl", "raw", "put", "k", "v"}).code, 0);
  EXPECT_EQ(cli({"--api-version", "1ttl", "raw", "ttl", "k"}).output, "for ever\n");
  EXPECT_EQ(cli({"--api-version", "1ttl", "raw", "ttl", "nope"}).code, 3);
  EXPECT_EQ(cli({"raw", "put", "k", "v", "--ttl", "soon"}).code, 2);
}

TEST_F(CliCommandsTest, NumbersThatCannotBeAreRefusedByName) {
  const auto refused = [&](const std::string& line) {
    const Ended ended = sh("$CLI " + line);
    EXPECT_EQ(ended.code, 2) << line << ": " << ended.output;
    return ended.output;
  };
  EXPECT_THAT(refused("raw put k v --ttl -5"), HasSubstr("--ttl: '-5' is no time to live"));
  EXPECT_THAT(refused("raw put k v --ttl 99999999999999999999"), HasSubstr("--ttl: '99999999999999999999' is no time"));
  EXPECT_THAT(refused("raw scan --limit -5"), HasSubstr("--limit: '-5' is no whole number from 0 up"));
  EXPECT_THAT(refused("raw scan --limit 18446744073709551617"), HasSubstr("--limit: '18446744073709551617' is no"));
  EXPECT_THAT(refused("regions --limit=-1"), HasSubstr("--limit: '-1' is no whole number"));
  EXPECT_THAT(refused("raw import x.tsv --max-bad -1"), HasSubstr("--max-bad: '-1' is no whole number"));
  EXPECT_THAT(refused("raw import x.tsv --batch 0"), HasSubstr("--batch: '0' is no whole number from 1 to 10240"));
  EXPECT_THAT(refused("raw import x.tsv --parallel 4294967297"), HasSubstr("--parallel: '4294967297' is no"));
  EXPECT_THAT(refused("--timeout -5s tso"), HasSubstr("--timeout: '-5s' is no limit of time"));
  EXPECT_THAT(refused("--connect-timeout 0s tso"), HasSubstr("--connect-timeout: '0s' is no limit of time"));
  const Ended address = run_to_end({"/bin/sh", "-c", TIKV_PROGRAMS "/tikv-cli --pd 127.0.0.1:67915 tso 2>&1"});
  EXPECT_EQ(address.code, 2);
  EXPECT_THAT(address.output, HasSubstr("--pd: '127.0.0.1:67915' is not an address"));
  const Ended port = run_to_end({TIKV_SANDBOX_PROGRAM, "--pd-port", "67915"});
  EXPECT_NE(port.code, 0) << "not a port above 65535, cut to 2379";
  EXPECT_EQ(cli({"raw", "put", "k", "v"}).code, 0);
  EXPECT_EQ(cli({"raw", "scan", "--limit", "18446744073709551615"}).output, "k\tv\n");
}

TEST_F(CliCommandsTest, AWrongWordIsToldWithWhatMayHaveBeenMeant) {
  const Ended ended = sh("$CLI raw gte k");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, HasSubstr("there is no command 'gte' of 'raw'; did you mean 'get'?"));
  EXPECT_THAT(sh("$CLI get k").output, HasSubstr("did you mean 'raw get'?"));
  EXPECT_THAT(sh("$CLI raw scan --prefx k").output, HasSubstr("did you mean '--prefix'?"));
  EXPECT_THAT(sh("echo raw gte k | $CLI shell").output, HasSubstr("did you mean 'get'?"));
}

TEST_F(CliCommandsTest, ItsVersionIsThatOfTheLibrary) {
  EXPECT_EQ(cli({"--version"}).output, "tikv-cli " TIKV_PROJECT_VERSION "\n");
  EXPECT_EQ(cli({"--version"}).code, 0);
}

TEST_F(CliCommandsTest, ErrorsSpeakOfItsFlags) {
  RunningSandbox other({"--api-version", "2"});
  ASSERT_FALSE(other.pd().empty());
  const Ended ended = run_to_end({"/bin/sh", "-c", TIKV_PROGRAMS "/tikv-cli --pd " + other.pd() + " raw put k v 2>&1"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("set --api-version to what"));
  EXPECT_THAT(ended.output, Not(HasSubstr("ClientOptions")));
}

TEST_F(CliCommandsTest, TheClusterIsShown) {
  EXPECT_THAT(cli({"stores"}).output, HasSubstr("\tup\t"));
  ASSERT_EQ(sandbox.control({"split", "q\\x00"}).code, 0);
  EXPECT_THAT(cli({"regions"}).output, HasSubstr("\tq\\x00\t"));
  const Ended one = cli({"regions", "q\\x00", "--limit", "1", "--json"});
  EXPECT_THAT(one.output, HasSubstr("\"start\":\"q\\\\x00\""));
  EXPECT_THAT(one.output, HasSubstr("\"stores\":[1,2,3]"));
  const std::string first = cli({"tso"}).output;
  EXPECT_LT(first, cli({"tso"}).output) << "timestamps grow, and have the same length";
}

TEST(CliInAKeyspace, SeesItsOwnKeysAndRegions) {
  RunningSandbox sandbox({"--api-version", "2", "--keyspace", "orders"});
  ASSERT_FALSE(sandbox.pd().empty());
  const auto cli = [&](const std::vector<std::string>& words) {
    std::vector<std::string> whole{TIKV_PROGRAMS "/tikv-cli", "--pd", sandbox.pd(), "--keyspace", "orders"};
    whole.insert(whole.end(), words.begin(), words.end());
    return run_to_end(whole);
  };
  EXPECT_EQ(cli({"raw", "batch-put", "a", "1", "z", "2"}).code, 0);
  ASSERT_EQ(sandbox.control({"split", "m", "--keyspace", "orders"}).code, 0);
  const std::string regions = cli({"regions", "--json"}).output;
  EXPECT_THAT(regions, HasSubstr("\"start\":\"\","));
  EXPECT_THAT(regions, HasSubstr("\"end\":\"m\","));
  EXPECT_THAT(regions, HasSubstr("\"start\":\"m\","));
  EXPECT_THAT(regions, HasSubstr("\"end\":\"\","));
  EXPECT_GE(std::count(regions.begin(), regions.end(), '\n'), 2);
  EXPECT_THAT(cli({"regions", "n", "--json"}).output, ::testing::StartsWith("{\"region\":"));
  EXPECT_EQ(cli({"raw", "export", "-", "--format", "tsv", "--quiet"}).output, "a\t1\nz\t2\n");
  EXPECT_EQ(cli({"raw", "scan", "--prefix", "z"}).output, "z\t2\n");
}

TEST_F(CliCommandsTest, ExitCodesTellWhatHappened) {
  EXPECT_EQ(cli({"raw", "get", "nope"}).code, 3);
  EXPECT_EQ(cli({"raw", "get", "nope", "--json"}).output, "{\"key\":\"nope\",\"value\":null}\n");
  EXPECT_EQ(cli({"raw"}).code, 2);
  EXPECT_EQ(cli({"nonsense"}).code, 2);
  EXPECT_EQ(cli({"raw", "batch-put", "a", "1", "b"}).code, 2);
  EXPECT_EQ(run_to_end({TIKV_PROGRAMS "/tikv-cli", "--pd", "127.0.0.1:1", "--connect-timeout", "100ms", "tso"}).code,
            1);
  EXPECT_EQ(sh("$CLI raw scan --prefix x >/dev/full; echo k; $CLI raw put x 1; $CLI raw scan >/dev/full").code, 1);
}

TEST_F(CliCommandsTest, InterruptedWhileItWaitsItEndsSoon) {
  EXPECT_EQ(cli({"raw", "put", "!", "in the first region"}).code, 0);
  ASSERT_EQ(sandbox.control({"move-leader", "@k", "0"}).code, 0);  // nobody leads: a call waits for 20 s
  for (const int number : {SIGINT, SIGTERM}) {
    ChildProcess scan(command({"raw", "scan", "--limit", "0"}));
    EXPECT_EQ(scan.read_line(), "!\tin the first region");
    scan.signal(number);
    EXPECT_EQ(scan.wait(), 130);
  }
}

TEST_F(CliCommandsTest, TheShellRunsAScriptUpToTheFirstFailure) {
  const Ended good =
      sh("printf '# a comment\\nraw put \"a b\" 1\\n\\nraw get \"a b\"\\nexit\\nnonsense\\n' | $CLI shell");
  EXPECT_EQ(good.code, 0);
  EXPECT_EQ(good.output, "1\n");
  const Ended bad = sh("printf 'raw get nope\\nraw put never 1\\n' | $CLI shell");
  EXPECT_EQ(bad.code, 3);
  EXPECT_EQ(cli({"raw", "get", "never"}).code, 3);
  EXPECT_EQ(sh("$CLI </dev/null").code, 2) << "no command, no terminal";
}

TEST(CliDocumentation, ThePageHasEveryCommandAndExitCode) {
  std::ifstream file(TIKV_SOURCE_DIR "/docs/cli.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const cli::Command& command : cli::all_commands()) {
    const std::string name =
        (command.group.empty() ? "" : std::string(command.group) + " ") + std::string(command.name);
    EXPECT_TRUE(page.find("`" + name + "`") != std::string::npos || page.find("`" + name + " ") != std::string::npos)
        << name;
  }
  for (const char* code : {"| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 130 |"}) EXPECT_THAT(page, HasSubstr(code));
  for (const char* variable : {"TIKV_PD", "TIKV_CA", "TIKV_CERT", "TIKV_KEY", "TIKV_KEYSPACE", "TIKV_API_VERSION",
                               "TIKV_TIMEOUT", "TIKV_CONNECT_TIMEOUT", "TIKV_CLI_HISTORY", "TIKV_SANDBOX"}) {
    EXPECT_THAT(page, HasSubstr(variable));
  }
}

}  // namespace
}  // namespace tikv::test
