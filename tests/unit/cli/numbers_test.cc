#include "numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::cli {
namespace {

using ::testing::HasSubstr;

TEST(NumbersTest, WholeNumbersOfTheRangeAreTaken) {
  EXPECT_EQ(parse_number("0", 0, 5).value(), 0U);
  EXPECT_EQ(parse_number("5", 0, 5).value(), 5U);
  EXPECT_EQ(parse_number("18446744073709551615", 0, UINT64_MAX).value(), UINT64_MAX);
}

TEST(NumbersTest, NothingIsCutWrappedOrGuessed) {
  for (const char* text : {"", "-1", "-18446744073709551611", "+1", " 1", "1 ", "1.5", "1e3", "0x10", "6",
                           "18446744073709551616", "99999999999999999999999999"}) {
    const Result<std::uint64_t> number = parse_number(text, 1, 5);
    ASSERT_FALSE(number) << text;
    EXPECT_EQ(number.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(number.error().message(), HasSubstr("is no whole number from 1 to 5")) << text;
  }
}

TEST(NumbersTest, ErrorsAreShortAndOnOneLine) {
  const Result<std::uint64_t> number = parse_number(std::string(10'000, '\n'), 0, 1);
  ASSERT_FALSE(number);
  EXPECT_LT(number.error().message().size(), 300U);
  EXPECT_EQ(number.error().message().find('\n'), std::string::npos);
}

TEST(NumbersTest, TimesToLiveHaveUnitsUpToACentury) {
  EXPECT_EQ(parse_time_to_live("90").value(), 90U);
  EXPECT_EQ(parse_time_to_live("90s").value(), 90U);
  EXPECT_EQ(parse_time_to_live("30min").value(), 1800U);
  EXPECT_EQ(parse_time_to_live("12h").value(), 43'200U);
  EXPECT_EQ(parse_time_to_live("36525d").value(), 3'155'760'000U);
  for (const char* text : {"soon", "-5", "-5s", "1.5h", "1 h", "36526d", "213503982334602d", "5ms"}) {
    EXPECT_FALSE(parse_time_to_live(text)) << text;
  }
}

TEST(NumbersTest, LimitsOfTimeAreThoseOfAUrl) {
  EXPECT_EQ(parse_time_limit("500ms").value(), 500U);
  EXPECT_EQ(parse_time_limit("5s").value(), 5000U);
  EXPECT_EQ(parse_time_limit("1min").value(), 60'000U);
  for (const char* text : {"", "5", "0s", "-5s", "0.5s", "525601min", "18446744073709551616ms", "5h"}) {
    EXPECT_FALSE(parse_time_limit(text)) << text;
  }
}

}  // namespace
}  // namespace tikv::cli
