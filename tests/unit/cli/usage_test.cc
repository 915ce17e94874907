// What is said of a line that cannot be understood.
#include "usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_line.h"
#include "suggestion.h"
#include "words.h"

namespace tikv::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SuggestionTest, OneThatIsNearIsFound) {
  const std::vector<std::string> known{"get", "put", "scan", "batch-get", "delete", "delete-range"};
  EXPECT_EQ(closest("gte", known), "get") << "two swapped";
  EXPECT_EQ(closest("pt", known), "put");
  EXPECT_EQ(closest("scann", known), "scan");
  EXPECT_EQ(closest("batchget", known), "batch-get");
  EXPECT_EQ(closest("delet-rnge", known), "delete-range");
  EXPECT_EQ(closest("xyzzy", known), std::nullopt);
  EXPECT_EQ(closest("", known), std::nullopt);
  EXPECT_EQ(closest(std::string(10'000, 'x'), known), std::nullopt);
}

std::string command_of(const std::string& line, CommandLine::Of of = CommandLine::Of::program) {
  return unknown_command(CommandLine(of, {}).app(), split_words(line).value()).value_or("known");
}

TEST(UsageTest, AWordThatIsNoCommandIsNamedWithWhatMayHaveBeenMeant) {
  EXPECT_EQ(command_of("raw gte k"), "there is no command 'gte' of 'raw'; did you mean 'get'?");
  EXPECT_EQ(command_of("get k"), "there is no command 'get'; did you mean 'raw get'?");
  EXPECT_EQ(command_of("put-if-absnt k v"), "there is no command 'put-if-absnt'; did you mean 'raw put-if-absent'?");
  EXPECT_EQ(command_of("store"), "there is no command 'store'; did you mean 'stores'?");
  EXPECT_EQ(command_of("xyzzy"), "there is no command 'xyzzy'");
  EXPECT_EQ(command_of("region", CommandLine::Of::shell), "there is no command 'region'; did you mean 'regions'?");
}

TEST(UsageTest, ValuesOfOptionsAndArgumentsAreNoCommands) {
  EXPECT_EQ(command_of("--pd raww --timeout 5s --json raw get gte"), "known");
  EXPECT_EQ(command_of("--pd=raww raw gte"), "there is no command 'gte' of 'raw'; did you mean 'get'?");
  EXPECT_EQ(command_of("--timeout gte raw puut"), "there is no command 'puut' of 'raw'; did you mean 'put'?");
  EXPECT_EQ(command_of("sandbox anything at all"), "known");
  EXPECT_THAT(command_of("raw \x1b[2J\n"), Not(HasSubstr("\x1b"))) << "it is shown on a terminal";
}

std::string option_of(const std::string& line) {
  return unknown_option(CommandLine(CommandLine::Of::program, {}).app(), split_words(line).value()).value_or("known");
}

TEST(UsageTest, AnOptionThatDoesNotExistIsNamedToo) {
  EXPECT_EQ(option_of("raw scan --prefx a"), "there is no option '--prefx' here; did you mean '--prefix'?");
  EXPECT_EQ(option_of("raw put --tll=5 k v"), "there is no option '--tll' here; did you mean '--ttl'?");
  EXPECT_EQ(option_of("raw scan --timout 5s"), "there is no option '--timout' here; did you mean '--timeout'?");
  EXPECT_THAT(option_of("raw put k -v"), HasSubstr("comes after --"));
  EXPECT_EQ(option_of("raw put k -- -v"), "known");
  EXPECT_EQ(option_of("raw put k -5"), "known") << "a number is a value";
}

}  // namespace
}  // namespace tikv::cli
