// Programs that users start, against a running sandbox: the examples, tikv-cli, and one that exits
// with its client alive.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "sandbox/running_sandbox.h"

namespace tikv {
namespace {

using test::ChildProcess;
using test::RunningSandbox;
using testing::HasSubstr;

struct Ended {
  int code;
  std::string output;
};

Ended run(const std::vector<std::string>& command) {
  ChildProcess process(command);
  const std::string output = process.read_all();
  return {process.wait(), output};
}

class ProgramsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(sandbox.pd().empty()); }
  [[nodiscard]] static std::string program(const std::string& name) { return TIKV_PROGRAMS "/" + name; }
  [[nodiscard]] Ended cli(std::vector<std::string> words) const {
    words.insert(words.begin(), {program("tikv-cli"), "--pd", sandbox.pd()});
    return run(words);
  }

  RunningSandbox sandbox;
};

TEST_F(ProgramsTest, FirstExamplePrintsItsGreeting) {
  const Ended ended = run({program("01_raw"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "hello\n");
}

TEST_F(ProgramsTest, AsyncExampleWritesCopiesAndCancels) {
  const Ended ended = run({program("02_async"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "wrote 100 keys\ncopied 5 bytes\na cancelled call: cancelled\n");
}

TEST_F(ProgramsTest, ErrorsExampleTellsItsStories) {
  const Ended ended = run({program("03_errors"), sandbox.pd()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.output, HasSubstr("there is no option 'timout'"));
  EXPECT_THAT(ended.output, HasSubstr("tried PD 127.0.0.1:1, not_sent"));
  EXPECT_THAT(ended.output, HasSubstr("blocking_call_on_loop"));
  EXPECT_THAT(ended.output, HasSubstr("thrown: client_closed"));
}

TEST_F(ProgramsTest, StaticClientAndExitEndTheProgramWithItsCode) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(run({program("static_client"), sandbox.pd()}).code, 7);
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
  EXPECT_EQ(cli({"raw", "get", "bad\\q"}).code, 1);
  EXPECT_EQ(run({program("tikv-cli"), "--pd", "nonsense", "raw", "get", "k"}).code, 1);
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
