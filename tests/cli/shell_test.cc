// The shell on a terminal: completion, history, Ctrl-C, progress bars.
#include <gmock/gmock.h>

#include <cstdlib>

#include "cli_fixture.h"
#include "support/pty_process.h"

namespace tikv::test {
namespace {

using ::testing::HasSubstr;

class ShellTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    setenv("TIKV_CLI_HISTORY", path("history").c_str(), 1);
    setenv("TERM", "xterm", 1);
    setenv("TIKV_SANDBOX", TIKV_SANDBOX_PROGRAM, 1);
  }
  const std::string prompt = "tikv> ";
};

TEST_F(ShellTest, CompletesRunsAndRemembers) {
  {
    PtyProcess shell(command({}));
    ASSERT_TRUE(shell.wait_for(prompt));
    shell.type("raw put greeting 'hello there'\r");
    ASSERT_TRUE(shell.wait_for(prompt)) << shell.seen();
    shell.type("raw ge\tgreeting\r");
    ASSERT_TRUE(shell.wait_for("hello there\r\n")) << shell.seen();
    ASSERT_TRUE(shell.wait_for(prompt));
    shell.type("raw batch-\t\t");
    ASSERT_TRUE(shell.wait_for("batch-delete  batch-get  batch-put")) << shell.seen();
    shell.type("\x03");
    ASSERT_TRUE(shell.wait_for("^C")) << shell.seen();
    ASSERT_TRUE(shell.wait_for(prompt));
    shell.type("exit\r");
    EXPECT_EQ(shell.wait(), 0);
  }
  EXPECT_EQ(read_file("history"), "raw put greeting 'hello there'\nraw get greeting\nexit\n");
  PtyProcess again(command({"shell"}));
  ASSERT_TRUE(again.wait_for(prompt));
  again.type("\x1b[A\x1b[A");  // past `exit`
  ASSERT_TRUE(again.wait_for("raw get greeting")) << again.seen();
  again.type("\r");
  ASSERT_TRUE(again.wait_for("hello there\r\n")) << again.seen();
  ASSERT_TRUE(again.wait_for(prompt));
  EXPECT_EQ(again.type_until_end("\x04"), 0) << "Ctrl-D";
}

TEST_F(ShellTest, CtrlCEndsTheCommandAndNotTheShell) {
  ASSERT_EQ(sandbox.control({"move-leader", "@k", "0"}).code, 0);  // nobody leads: a call waits for 20 s
  PtyProcess shell(command({}));
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("raw get k\r");
  ASSERT_TRUE(shell.wait_for("raw get k\r\n"));
  // It is pressed until it meets the command; on an empty line it only gives another one.
  bool ended = false;
  for (int i = 0; i < 50 && !ended; ++i) {
    usleep(100'000);
    shell.type("\x03");
    ended = shell.wait_for("cancelled: ");
  }
  ASSERT_TRUE(ended) << shell.seen();
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("sandbox move-leader @k 2\r");
  ASSERT_TRUE(shell.wait_for("store 2")) << shell.seen();
  shell.type("raw put-if-absent k here\r");
  ASSERT_TRUE(shell.wait_for("swapped")) << shell.seen();
  shell.type("exit\r");
  EXPECT_EQ(shell.wait(), 0);
}

TEST_F(ShellTest, CtrlCIsNotLostAmongOtherKeys) {
  PtyProcess shell(command({"shell", "--no-history"}));
  ASSERT_TRUE(shell.wait_for(prompt));
  // It makes the terminal forget the keys before it, also those that the shell was told of and has not read.
  for (int i = 0; i < 300; ++i) {
    shell.type("xyz");
    shell.type("\x03");
    ASSERT_TRUE(shell.wait_for("^C")) << "round " << i;
    ASSERT_TRUE(shell.wait_for(prompt)) << "round " << i;
  }
  shell.type("exit\r");
  EXPECT_EQ(shell.wait(), 0);
}

TEST_F(ShellTest, CtrlDEndsItAlsoAfterOneThatCameTooEarly) {
  PtyProcess shell(command({"shell", "--no-history"}));
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("#\r");
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type(std::string(1, '\0'));  // as the terminal hands on a Ctrl-D from before the prompt
  EXPECT_EQ(shell.type_until_end("\x04"), 0);
}

TEST_F(ShellTest, CtrlCEndsAnAttemptToConnect) {
  PtyProcess shell({TIKV_PROGRAMS "/tikv-cli", "--pd", "tikv://127.0.0.1:1?connect_timeout=60s", "shell"});
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("tso\r");
  ASSERT_TRUE(shell.wait_for("tso\r\n"));
  usleep(300'000);
  shell.type("\x03");
  ASSERT_TRUE(shell.wait_for("interrupted while connecting")) << shell.seen();
  shell.type("quit\r");
  EXPECT_EQ(shell.wait(), 0);
}

class SuspendedShellTest : public ShellTest {
 protected:
  /// The shell as the job of another one.
  [[nodiscard]] std::vector<std::string> job() const {
    std::vector<std::string> whole = command({"shell", "--no-history"});
    whole.insert(whole.begin(), TIKV_JOB_SHELL);
    return whole;
  }
  /// Types the begin of a line, of which Tab completes `word` by `more`: what is typed before the shell has the
  /// terminal, the terminal shows by itself, and forgets at Ctrl-Z.
  static void begin(PtyProcess& shell, const std::string& word, const std::string& more, const std::string& rest) {
    shell.type("raw " + word + "\t");
    ASSERT_TRUE(shell.wait_for(more + " ")) << shell.seen();
    shell.type(rest);
    ASSERT_TRUE(shell.wait_for(rest)) << shell.seen();
  }
  /// Ctrl-Z, and then `fg`.
  static void suspend(PtyProcess& shell) {
    shell.type("\x1a");
    ASSERT_TRUE(shell.wait_for("[stopped]")) << shell.seen();
    shell.type("fg\r");
    ASSERT_TRUE(shell.wait_for("[goes on]")) << shell.seen();
  }
};

TEST_F(SuspendedShellTest, AfterCtrlZAndFgTheLineIsEditedOn) {
  PtyProcess shell(job());
  ASSERT_TRUE(shell.wait_for(prompt));
  for (const std::string value : {"one", "two"}) {
    ASSERT_NO_FATAL_FAILURE(begin(shell, "delete-p", "refix", "k '" + value));
    ASSERT_NO_FATAL_FAILURE(suspend(shell));
    ASSERT_TRUE(shell.wait_for("raw delete-prefix k '" + value))
        << "the line that was begun is shown: " << shell.seen();
    shell.type("\x01#\r");  // Ctrl-A: it becomes a comment
    ASSERT_TRUE(shell.wait_for(prompt)) << shell.seen();
  }
  shell.type("exit\r");
  EXPECT_EQ(shell.wait(), 0);
}

TEST_F(SuspendedShellTest, ACommandThatRunsIsSuspendedToo) {
  ASSERT_EQ(sandbox.control({"move-leader", "@k", "0"}).code, 0);  // nobody leads: a call waits for 20 s
  PtyProcess shell(job());
  ASSERT_TRUE(shell.wait_for(prompt));
  ASSERT_NO_FATAL_FAILURE(begin(shell, "put-if", "-absent", "k here"));
  shell.type("\r");
  ASSERT_TRUE(shell.wait_for("\n")) << shell.seen();
  ASSERT_NO_FATAL_FAILURE(suspend(shell));
  ASSERT_EQ(sandbox.control({"move-leader", "@k", "2"}).code, 0);
  ASSERT_TRUE(shell.wait_for("swapped")) << shell.seen();
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("raw ge\tk\r");
  ASSERT_TRUE(shell.wait_for("here\r\n")) << shell.seen();
  shell.type("exit\r");
  EXPECT_EQ(shell.wait(), 0);
}

TEST_F(ShellTest, HelpComesFromTheTableOfCommands) {
  PtyProcess shell(command({"shell", "--no-history"}));
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("help\r");
  ASSERT_TRUE(shell.wait_for("regions")) << shell.seen();
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("help raw import\r");
  ASSERT_TRUE(shell.wait_for("--max-bad")) << shell.seen();
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("nonsense\r");
  ASSERT_TRUE(shell.wait_for("nonsense")) << shell.seen();
  ASSERT_TRUE(shell.wait_for(prompt));
  shell.type("exit\r");
  EXPECT_EQ(shell.wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(path("history")));
}

TEST_F(ShellTest, ATerminalSeesProgressBars) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += "k" + std::to_string(100'000 + i) + "\tv\n";
  write_file("in.tsv", text);
  PtyProcess import(command({"raw", "import", path("in.tsv")}));
  EXPECT_EQ(import.wait(), 0);
  EXPECT_THAT(import.seen(), HasSubstr("\rimporting [##"));
  EXPECT_THAT(import.seen(), HasSubstr("100 %  30,000 pairs"));
  PtyProcess quiet(command({"raw", "export", path("out.tsv"), "--quiet"}));
  EXPECT_EQ(quiet.wait(), 0);
  EXPECT_EQ(quiet.seen(), "");
  EXPECT_EQ(read_file("out.tsv"), text);
}

}  // namespace
}  // namespace tikv::test
