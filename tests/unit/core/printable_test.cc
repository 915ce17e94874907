#include "core/printable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tikv/observer.h"

namespace tikv::core {
namespace {

using testing::EndsWith;
using testing::SizeIs;
using testing::StartsWith;

TEST(Printable, LeavesOrdinaryTextAsItIs) {
  for (const std::string text : {"", "region 7 is busy", "naïve 检查 ключ …", "a\\b", "\xf0\x9f\x92\xa5"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, EscapesWhatMovesTheCursorOrEndsTheLine) {
  EXPECT_EQ(printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\\x1b[31mred\\a");
  EXPECT_EQ(printable(std::string("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");  // C1: a control sequence without ESC
  EXPECT_EQ(printable("a\xe2\x80\xa8"
                      "b"),
            "a\\u2028b");  // a line separator
}

TEST(Printable, EscapesWhatReordersOrHidesText) {
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "drowssap"),
            "\\u202edrowssap");
  EXPECT_EQ(printable("a\xe2\x81\xa6"
                      "b"),
            "a\\u2066b");
  EXPECT_EQ(printable("a\xe2\x80\x8b"
                      "b"),
            "a\\u200bb");
  EXPECT_EQ(printable("\xef\xbb\xbf"
                      "a"),
            "\\ufeffa");
  EXPECT_EQ(printable("\xf3\xa0\x80\x81"), "\\U000e0001");
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("a\xc3"), "a\\xc3");                  // cut off
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(Printable, CutsALongTextAndTellsItsLength) {
  const std::string shown = printable(std::string(20'971'520, 'x'));
  EXPECT_THAT(shown, StartsWith("xxx"));
  EXPECT_THAT(shown, EndsWith("x… (20971520 bytes)"));
  EXPECT_LE(shown.size(), limits::foreign_text);
  EXPECT_THAT(printable(std::string(1024, 'y')), SizeIs(1024));
  EXPECT_THAT(printable(std::string(2000, '\n'), 64), EndsWith("\\n… (2000 bytes)"));
  EXPECT_EQ(printable("abcdef", 3), "… (6 bytes)");  // no room for anything else
}

TEST(Printable, NeverCutsACharacterInTwo) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\xf0\x9f\x92\xa5";
  for (std::size_t most = 20; most < 40; ++most) {
    const std::string shown = printable(text, most);
    EXPECT_EQ(printable(shown, most), shown) << most;
  }
}

TEST(Printable, OfAnythingIsBoundedAndStaysAsItIsTheSecondTime) {
  std::mt19937 random(1);
  for (int run = 0; run < 20'000; ++run) {
    std::string text(random() % 300, '\0');
    for (char& c : text) c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26);
    const std::size_t most = 24 + random() % 400;
    const std::string shown = printable(text, most);
    ASSERT_LE(shown.size(), most);
    ASSERT_EQ(printable(shown, most), shown);
    for (const char c : shown) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
}

TEST(Printable, IsWhatTheObserverOfStandardErrorShows) {
  LogRecord record;
  record.message = "first\nsecond \x1b[2J";
  ::testing::internal::CaptureStderr();
  stderr_observer(LogLevel::debug)->log(record);
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(line, EndsWith(" first\\nsecond \\x1b[2J\n"));
}

TEST(Printable, NamesStandInQuotes) { EXPECT_EQ(quoted("v1\n"), "'v1\\n'"); }

}  // namespace
}  // namespace tikv::core
