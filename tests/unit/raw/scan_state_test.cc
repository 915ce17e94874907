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

constexpr std::size_t mebibyte = std::size_t{1} << 20;

TEST(PageSizeTest, BeginsWithFewAndGrowsByWhatItSees) {
  PageSize page;
  page.enter(1, 0);
  EXPECT_EQ(page.next(10), 10U);
  EXPECT_EQ(page.next(5000), PageSize::first);
  page.note(1, 16, 1600);
  page.enter(1, 100);
  EXPECT_EQ(page.next(5000), PageSize::first * PageSize::growth) << "not all at once";
  page.note(1, 128, 12'800);
  EXPECT_EQ(page.next(5000), PageSize::default_most);
  EXPECT_EQ(page.expected_bytes(1024), 102'400U);
}

TEST(PageSizeTest, ShrinksWithTheSizeOfThePairsAndGrowsAgain) {
  PageSize page;
  page.enter(1, 0);
  page.note(1, 16, 16 * (PageSize::default_target / 4));
  EXPECT_EQ(page.next(5000), 4U);
  page.note(1, 1, 20 * mebibyte);
  EXPECT_EQ(page.next(5000), 1U);
  EXPECT_FALSE(page.shrink()) << "a single pair that is too large";
  for (int i = 0; i < 4; ++i) page.note(1, 1, 100);
  EXPECT_EQ(page.next(5000), PageSize::default_most);
  EXPECT_TRUE(page.shrink());
  EXPECT_EQ(page.next(5000), PageSize::default_most / PageSize::growth);
}

TEST(PageSizeTest, KnowsARegionThatWasSeenBeforeAndIsCarefulWithANewOne) {
  PageSize page;
  page.enter(1, PageSize::default_target / 100);
  EXPECT_EQ(page.next(5000), 100U);
  page.enter(2, 10);
  EXPECT_EQ(page.next(5000), PageSize::default_most);
  page.enter(3, 0);
  EXPECT_EQ(page.next(5000), PageSize::first * PageSize::growth);
  page.note(3, 0, 0);
  page.enter(4, 0);
  EXPECT_EQ(page.next(5000), PageSize::first * PageSize::growth);
}

TEST(PageSizeTest, KeysAloneAreAskedForInLargePages) {
  ScanState keys(KeyRange::all(), false, true);
  keys.page.enter(1, 0);
  EXPECT_EQ(keys.page.next(5000), PageSize::default_most);
  keys.set_largest_page(7);
  keys.page.enter(2, 0);
  EXPECT_EQ(keys.page.next(5000), 7U);
}

std::vector<KeyValue> pairs(const std::vector<std::string>& keys) {
  std::vector<KeyValue> made;
  for (const std::string& key : keys) made.push_back({key, "value"});
  return made;
}

TEST(ScanComplaint, OfWhatNoStoreMaySayAndOfNothingElse) {
  const ScanState up(KeyRange::half_open("c", "x"), false, false);
  const ScanState down(KeyRange::half_open("c", "x"), true, false);
  const ScanState all(KeyRange::all(), false, false);
  for (const auto& fine : {pairs({}), pairs({"c"}), pairs({"c", "d", "wz"})}) EXPECT_EQ(up.complaint(fine, 3), "");
  for (const auto& fine : {pairs({}), pairs({"wz", "d", "c"})}) EXPECT_EQ(down.complaint(fine, 3), "");
  EXPECT_EQ(all.complaint(pairs({"", "\xff"}), 2), "");
  EXPECT_NE(up.complaint(pairs({"c", "d", "e"}), 2), "") << "more than asked";
  for (const auto& bad : {pairs({"b"}), pairs({"c", "x"}), pairs({"d", "c"}), pairs({"d", "d"})}) {
    EXPECT_NE(up.complaint(bad, 9), "");
  }
  for (const auto& bad : {pairs({"x"}), pairs({"d", "b"}), pairs({"d", "e"}), pairs({"d", "d"})}) {
    EXPECT_NE(down.complaint(bad, 9), "");
  }
}

}  // namespace
}  // namespace tikv::raw
