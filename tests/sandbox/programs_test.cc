// Programs that users start, against a running sandbox: the examples, tikv-cli, and one that exits
// with its client alive.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "sandbox/running_sandbox.h"

namespace tikv {
namespace {

using test::Ended;
using test::run_to_end;
using test::RunningSandbox;
using testing::HasSubstr;

class ProgramsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(sandbox.pd().empty()); }
  [[nodiscard]] static std::string program(const std::string& name) { return TIKV_PROGRAMS "/" + name; }
  [[nodiscard]] Ended cli(std::vector<std::string> words) const {
    words.insert(words.begin(), {program("tikv-cli"), "--pd", sandbox.pd()});
    return run_to_end(words);
  }

  RunningSandbox sandbox;
};

/// `tikv-cli sandbox`, which finds the sandbox's program where this test's environment says.
class SandboxCommandsTest : public ProgramsTest {
 protected:
  static void SetUpTestSuite() { setenv("TIKV_SANDBOX", TIKV_SANDBOX_PROGRAM, 1); }
  [[nodiscard]] Ended tell(std::vector<std::string> words) const {
    words.insert(words.begin(), "sandbox");
    return cli(words);
  }
};

TEST_F(ProgramsTest, FirstExamplePrintsItsGreeting) {
  const Ended ended = run_to_end({program("01_raw"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "hello\n");
}

TEST_F(ProgramsTest, AsyncExampleWritesCopiesAndCancels) {
  const Ended ended = run_to_end({program("02_async"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "wrote 100 keys\ncopied 5 bytes\na cancelled call: cancelled\n");
}

TEST_F(ProgramsTest, CompareAndSwapExampleCountsAndElects) {
  const Ended ended = run_to_end({program("05_compare_and_swap"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "ada counts 1\ngrace counts 2\nbarbara counts 3\nthe leader is ada, and grace is told ada\n");
}

TEST_F(ProgramsTest, ScannerExampleReadsARangeFromBothEnds) {
  const Ended ended = run_to_end({program("06_scanner"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output,
            "95000 bytes in 5000 pairs\nfrom the end: page/14999\nfrom the end: page/14998\n"
            "from the end: page/14997\n10 and 10 pairs, 5000 in the checksum\n");
}

TEST_F(ProgramsTest, ErrorsExampleTellsItsStories) {
  const Ended ended = run_to_end({program("03_errors"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.output, HasSubstr("there is no option 'timout'"));
  EXPECT_THAT(ended.output, HasSubstr("tried PD 127.0.0.1:1, not_sent"));
  EXPECT_THAT(ended.output, HasSubstr("blocking_call_on_loop"));
  EXPECT_THAT(ended.output, HasSubstr("thrown: client_closed"));
}

TEST_F(ProgramsTest, CallbacksExamplePrintsWhatItWrote) {
  const Ended ended = run_to_end({program("08_callbacks"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "hello\n");
}

#ifdef TIKV_HAS_SPDLOG
TEST_F(ProgramsTest, SpdlogExampleHearsOfEachCall) {
  const Ended ended = run_to_end({program("09_spdlog"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.output, HasSubstr("raw_put operation ended: result=ok"));
  EXPECT_THAT(ended.output, HasSubstr("connection opened: address=127.0.0.1:"));
  EXPECT_THAT(ended.output, HasSubstr("\nhello\n"));
}
#endif

TEST_F(ProgramsTest, AsioExampleUsesEachToken) {
  const Ended ended = run_to_end({program("07_asio"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  // The answer may come before the cancellation.
  EXPECT_THAT(ended.output, testing::MatchesRegex("coroutine: hello\ncallback: hello\ntask: HELLO\n"
                                                  "cancelled call: (cancelled|answered)\n"));
}

TEST_F(ProgramsTest, StaticClientAndExitEndTheProgramWithItsCode) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(run_to_end({program("static_client"), sandbox.pd()}).code, 7);
}

TEST_F(ProgramsTest, CliPutsGetsScansAndDeletes) {
  EXPECT_EQ(cli({"raw", "put", "k\\x00\\xff", "v\\n"}).code, 0);
  EXPECT_EQ(cli({"raw", "get", "k\\x00\\xff"}).output, "v\\x0a\n");
  EXPECT_EQ(cli({"raw", "put", "k1", "one"}).code, 0);
  EXPECT_EQ(cli({"raw", "scan", "--prefix", "k"}).output, "k\\x00\\xff\tv\\x0a\nk1\tone\n");
  EXPECT_EQ(cli({"raw", "scan", "k1", "k2", "--keys-only"}).output, "k1\n");
  EXPECT_EQ(cli({"raw", "delete", "k1"}).code, 0);
  EXPECT_EQ(cli({"raw", "get", "k1"}).code, 3);
}

TEST_F(ProgramsTest, CliTellsWrongUsageFromFailure) {
  EXPECT_EQ(cli({"raw"}).code, 2);
  EXPECT_EQ(cli({"raw", "get", "bad\\q"}).code, 2);
  EXPECT_EQ(run_to_end({program("tikv-cli"), "--pd", "nonsense", "raw", "get", "k"}).code, 2);
  EXPECT_EQ(run_to_end({program("tikv-cli"), "--pd", "tikv://127.0.0.1:1?connect_timeout=1s", "tso"}).code, 1);
}

TEST_F(SandboxCommandsTest, RegionsAreCutMergedAndLed) {
  EXPECT_THAT(tell({"split", "q\\x00"}).output, HasSubstr("begins at q\\x00"));
  EXPECT_THAT(tell({"regions"}).output, HasSubstr("q\\x00"));
  EXPECT_EQ(tell({"move-leader", "@q", "2"}).code, 0);
  EXPECT_EQ(tell({"merge", "@q"}).code, 0);
  EXPECT_THAT(tell({"regions"}).output, testing::Not(HasSubstr("q\\x00")));
}

TEST_F(SandboxCommandsTest, AStoreStopsAndComesBackElsewhere) {
  EXPECT_EQ(tell({"stop-store", "2"}).code, 0);
  EXPECT_THAT(tell({"--json", "stores"}).output, HasSubstr("\"state\": \"stopped\""));
  EXPECT_THAT(tell({"start-store", "2", "--port", "new"}).output, HasSubstr("store 2 listens at 127.0.0.1:"));
  EXPECT_EQ(tell({"start-store", "2"}).code, 1) << "it is running";
  EXPECT_THAT(tell({"status"}).output, HasSubstr("running"));
}

TEST_F(SandboxCommandsTest, PdRestartsAndAnswersAgain) {
  EXPECT_EQ(cli({"raw", "put", "k", "v"}).code, 0);
  EXPECT_EQ(tell({"restart-pd"}).code, 0);
  EXPECT_EQ(cli({"raw", "get", "k"}).output, "v\n");
  EXPECT_EQ(tell({"stop-pd", "1"}).code, 1) << "the last one";
}

TEST_F(SandboxCommandsTest, InjectedErrorsAreMetAndCounted) {
  EXPECT_EQ(tell({"fail", "EpochNotMatch", "--method", "RawPut"}).code, 0);
  EXPECT_EQ(cli({"raw", "put", "k", "v"}).code, 0);
  EXPECT_THAT(tell({"report"}).output, HasSubstr("1 EpochNotMatch"));
  EXPECT_EQ(tell({"slow-store", "1", "5"}).code, 0);
  EXPECT_EQ(tell({"busy-store", "1", "off"}).code, 0);
  EXPECT_EQ(tell({"pd-lag", "off"}).code, 0);
}

TEST_F(SandboxCommandsTest, WrongUsageFailureAndNobodyThereAreToldApart) {
  EXPECT_EQ(tell({}).code, 2);
  EXPECT_EQ(tell({"nonsense"}).code, 2);
  EXPECT_EQ(tell({"split"}).code, 2);
  EXPECT_EQ(tell({"fail", "NoSuchError"}).code, 2);
  EXPECT_EQ(tell({"stop-store", "99"}).code, 1);
  EXPECT_EQ(run_to_end({program("tikv-cli"), "--pd", "127.0.0.1:1", "sandbox", "status"}).code, 1);
}

TEST_F(SandboxCommandsTest, HelpNamesEveryCommandAndThePageHasThemAll) {
  const Ended help = tell({"--help"});
  EXPECT_EQ(help.code, 0);
  std::ifstream file(TIKV_SOURCE_DIR "/docs/sandbox.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::istringstream lines(help.output.substr(help.output.find("Commands:")));
  int commands = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  ") || line.starts_with("   ")) continue;
    ++commands;
    std::string usage = line.substr(2);
    if (const auto bar = usage.find('|'); bar != std::string::npos) usage.insert(bar, "\\");  // a cell of a table
    EXPECT_THAT(page, HasSubstr("`" + usage + "`"));
  }
  EXPECT_GE(commands, 18);
}

TEST(SandboxWithSeveralMembers, GoesOnWhenTheLeaderOfPdIsStopped) {
  RunningSandbox sandbox({"--pd-members", "3"});
  ASSERT_FALSE(sandbox.pd().empty());
  EXPECT_THAT(sandbox.control({"members"}).output, HasSubstr("3 "));
  EXPECT_EQ(sandbox.control({"move-pd-leader", "2"}).code, 0);
  EXPECT_EQ(sandbox.control({"stop-pd", "2"}).code, 0);
  EXPECT_EQ(sandbox.control({"start-pd", "2"}).code, 0);
  EXPECT_EQ(run_to_end({TIKV_PROGRAMS "/tikv-cli", "--pd", sandbox.pd(), "raw", "put", "k", "v"}).code, 0);
}

TEST(SandboxChaos, IsTheSameForTheSameSeed) {
  const auto faults_of = [](const std::string& seed) {
    RunningSandbox sandbox({"--chaos", seed, "--chaos-interval", "20ms"});
    std::string faults;
    for (int i = 0; i < 25; ++i) faults += sandbox.process().read_line() + "\n";
    return faults;
  };
  const std::string once = faults_of("5");
  EXPECT_THAT(once, HasSubstr("chaos 25: "));
  EXPECT_EQ(once, faults_of("5"));
  EXPECT_NE(once, faults_of("6"));
}

TEST_F(ProgramsTest, SandboxStopsCleanlyOnBothSignals) {
  for (const int number : {SIGINT, SIGTERM}) {
    RunningSandbox other;
    ASSERT_FALSE(other.pd().empty());
    other.process().signal(number);
    EXPECT_EQ(other.process().wait(), 0);
  }
}

}  // namespace
}  // namespace tikv
