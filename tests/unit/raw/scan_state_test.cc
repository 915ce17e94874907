#include "raw/scan_state.h"

#include <gtest/gtest.h>

namespace tikv::raw {
namespace {

using std::string_literals::operator""s;

TEST(KeyJustBelow, LiesBelowTheBoundAndAboveEveryKeyThatDoes) {
  const std::string longest(8192, '\xff');
  for (const std::string& bound : {"b"s, "ab"s, "\x01"s, "a\x01"s, std::string(8192, 'x')}) {
    const std::string below = key_just_below(bound);
    EXPECT_LT(below, bound);
    std::string last = bound;  // the last key that TiKV would store below it
    last.back() = static_cast<char>(last.back() - 1);
    last.resize(8192, '\xff');
    EXPECT_GE(below, last);
  }
  EXPECT_GT(key_just_below(""), longest);
}

TEST(KeyJustBelow, OfAKeyThatEndsWithZeroIsTheKeyBeforeIt) {
  EXPECT_EQ(key_just_below("a\0"s), "a");
  EXPECT_EQ(key_just_below("\0"s), "");
}

TEST(KeyJustBelow, ComparesBytesAsUnsigned) {
  EXPECT_EQ(key_just_below("\x80").front(), '\x7f');
  EXPECT_EQ(key_just_below("\xff").front(), '\xfe');
}

TEST(ScanStateTest, GoesUpFromRegionToRegion) {
  ScanState state(KeyRange::half_open("c", "x"), false, false);
  EXPECT_EQ(state.next_key(), "c");
  state.pass_region("a", "m");
  EXPECT_FALSE(state.finished);
  EXPECT_EQ(state.next_key(), "m");
  state.pass_key("n");
  EXPECT_EQ(state.next_key(), "n\0"s);
  state.pass_region("m", "x");
  EXPECT_TRUE(state.finished);
}

TEST(ScanStateTest, GoesDownFromRegionToRegion) {
  ScanState state(KeyRange::half_open("c", "x"), true, false);
  EXPECT_LT(state.next_key(), "x");
  state.pass_key("n");
  EXPECT_EQ(state.end(), "n");
  EXPECT_FALSE(state.finished);
  state.pass_region("m", "x");
  EXPECT_EQ(state.end(), "m");
  EXPECT_FALSE(state.finished);
  state.pass_region("a", "m");
  EXPECT_TRUE(state.finished);
}

TEST(ScanStateTest, EndsAtBothEndsOfTheKeySpace) {
  ScanState up(KeyRange::all(), false, false);
  EXPECT_EQ(up.next_key(), "");
  up.pass_region("", "");
  EXPECT_TRUE(up.finished);
  ScanState down(KeyRange::all(), true, false);
  EXPECT_EQ(down.next_key(), key_above_all());
  down.pass_region("m", "");
  EXPECT_FALSE(down.finished);
  EXPECT_EQ(down.end(), "m");
  down.pass_region("", "m");
  EXPECT_TRUE(down.finished);
}

TEST(ScanStateTest, AnEmptyRangeIsFinished) {
  EXPECT_TRUE(ScanState(KeyRange::half_open("b", "a"), false, false).finished);
  EXPECT_TRUE(ScanState(KeyRange::half_open("a", "a"), true, false).finished);
}

TEST(ScanStateTest, PagesShrinkWithTheSizeOfTheirPairsAndGrowAgain) {
  ScanState state(KeyRange::all(), false, false);
  EXPECT_EQ(state.page(10), 10U);
  EXPECT_EQ(state.page(5000), default_page);
  state.note_page(8, std::size_t{8} << 20);  // 1 MiB each
  EXPECT_EQ(state.page(5000), 8U);
  state.note_page(1, std::size_t{20} << 20);
  EXPECT_EQ(state.page(5000), 1U);
  EXPECT_FALSE(state.shrink_page());
  state.note_page(8, 800);
  EXPECT_EQ(state.page(5000), default_page);
  EXPECT_TRUE(state.shrink_page());
  EXPECT_EQ(state.page(5000), default_page / 8);
}

}  // namespace
}  // namespace tikv::raw
