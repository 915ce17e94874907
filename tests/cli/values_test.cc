// Values that come from files and standard input and go there, byte for byte and of any size.
#include <gmock/gmock.h>

#include "cli_fixture.h"

namespace tikv::test {
namespace {

using ::testing::HasSubstr;

class ValuesTest : public CliTest {
 protected:
  static std::string every_byte() {
    std::string bytes;
    for (int byte = 255; byte >= 0; --byte) bytes += static_cast<char>(byte);
    return bytes + "\\n\\x41\r\n\n";
  }
};

TEST_F(ValuesTest, EveryByteOfAFileIsTheValueAndComesBack) {
  for (const std::string& value : {every_byte(), std::string(), std::string("line\n"), std::string("\\x41")}) {
    write_file("in", value);
    ASSERT_EQ(sh("$CLI raw put k --value-file in && $CLI raw get k --value-file out").code, 0);
    EXPECT_EQ(read_file("out"), value);
    ASSERT_EQ(sh("$CLI raw put p --value-file - <in && $CLI raw get p --value-file - >out").code, 0);
    EXPECT_EQ(read_file("out"), value);
    ASSERT_EQ(sh("cat in | $CLI raw put p --value-file - && $CLI raw get p --value-file - | cat >out").code, 0);
    EXPECT_EQ(read_file("out"), value);
  }
  write_file("hex", "00ff");
  ASSERT_EQ(sh("$CLI raw put h --value-file hex --value-format hex").code, 0);
  EXPECT_EQ(cli({"raw", "get", "h"}).output, "\\x00\\xff\n") << "another form, if it is asked for";
}

// A word of a command line may have 128 KiB.
TEST_F(ValuesTest, AValueMayBeAsLargeAsAStoreTakes) {
  std::string value(std::size_t{7} << 20, '\0');
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 7 % 251);
  write_file("in", value);
  ASSERT_EQ(sh("$CLI raw put k --value-file in && $CLI raw get k --value-file - >out").code, 0);
  EXPECT_EQ(read_file("out"), value);
  write_file("too large", std::string(std::size_t{9} << 20, 'v'));
  const Ended refused = sh("$CLI raw put k --value-file 'too large'");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.output, HasSubstr("8 MiB, TiKV's limit"));
  const Ended endless = sh("$CLI raw put k --value-file /dev/zero");
  EXPECT_EQ(endless.code, 2);
  EXPECT_THAT(endless.output, HasSubstr("/dev/zero has more than 32 MiB"));
}

TEST_F(ValuesTest, SwapsTakeAndExpectFiles) {
  write_file("old", every_byte());
  write_file("new", std::string(200'000, '\n'));
  EXPECT_EQ(sh("$CLI raw put-if-absent k --value-file old").output, "swapped\n");
  EXPECT_EQ(sh("$CLI raw cas k --value-file new --expect-file old").output, "swapped\n");
  EXPECT_EQ(sh("$CLI raw cas k last --expect-file - <new").output, "swapped\n");
  EXPECT_EQ(cli({"raw", "get", "k"}).output, "last\n");
  EXPECT_EQ(sh("$CLI raw cas k v").code, 2) << "what is expected must be said";
  EXPECT_EQ(sh("$CLI raw cas k v --expect last --expect-absent").code, 2);
  EXPECT_EQ(sh("$CLI raw cas k v --expect last --expect-file old").code, 2);
}

TEST_F(ValuesTest, AValueIsSaidOnceAndOnlyOnce) {
  write_file("in", "v");
  EXPECT_THAT(sh("$CLI raw put k").output, HasSubstr("the value is missing"));
  EXPECT_THAT(sh("$CLI raw put k v --value-file in").output, HasSubstr("said twice: by itself and by --value-file"));
  EXPECT_EQ(sh("$CLI raw put k v --value-file in").code, 2);
  const Ended missing = sh("$CLI raw put k --value-file nowhere");
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.output, HasSubstr("cannot read nowhere"));
  EXPECT_EQ(cli({"raw", "get", "k"}).code, 3) << "nothing was written";
  EXPECT_EQ(sh("$CLI raw get k --value-file out").code, 3);
  EXPECT_FALSE(std::filesystem::exists(path("out"))) << "no value, no file";
}

TEST_F(ValuesTest, TheShellDoesNotReadItsOwnLinesAsAValue) {
  const Ended refused = sh("printf 'raw put k --value-file -\\nraw put k 2\\n' | $CLI shell");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.output, HasSubstr("the shell reads its lines from standard input"));
  EXPECT_EQ(sh("printf 'raw import - --format tsv\\nk\\t2\\n' | $CLI shell").code, 2);
  EXPECT_EQ(cli({"raw", "get", "k"}).code, 3);
}

}  // namespace
}  // namespace tikv::test
