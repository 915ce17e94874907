#include "core/time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <vector>

namespace tikv::core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(SaturatingDuration, IsExactWhereItFitsAndForEverWhereItDoesNot) {
  constexpr std::int64_t most_milliseconds = std::numeric_limits<std::int64_t>::max() / 1'000'000;
  constexpr std::int64_t most_seconds = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  struct Row {
    milliseconds given;
    Duration wanted;
  };
  const std::vector<Row> rows = {
      {milliseconds(0), Duration(0)},
      {milliseconds(1), Duration(1'000'000)},
      {milliseconds(-1), Duration(-1'000'000)},
      {milliseconds(most_milliseconds), Duration(most_milliseconds * 1'000'000)},
      {milliseconds(most_milliseconds + 1), for_ever},
      {milliseconds(-most_milliseconds - 1), Duration::min()},
      {milliseconds::max(), for_ever},
      {milliseconds::min(), Duration::min()},
  };
  for (const Row& row : rows) EXPECT_EQ(saturating_duration(row.given), row.wanted) << row.given.count();
  EXPECT_EQ(saturating_duration(seconds(most_seconds)), Duration(most_seconds * 1'000'000'000));
  EXPECT_EQ(saturating_duration(seconds(most_seconds + 1)), for_ever);
  EXPECT_EQ(saturating_duration(seconds::max()), for_ever);
  EXPECT_EQ(saturating_duration(hours(std::numeric_limits<hours::rep>::max())), for_ever);
  EXPECT_EQ(saturating_duration(nanoseconds::max()), for_ever);
  EXPECT_EQ(saturating_duration(nanoseconds::min()), Duration::min());
}

TEST(SaturatingCount, StopsAtTheMost) {
  EXPECT_EQ(saturating_count<seconds>(0), seconds(0));
  EXPECT_EQ(saturating_count<seconds>(86'400), seconds(86'400));
  EXPECT_EQ(saturating_count<seconds>(std::numeric_limits<std::int64_t>::max()), seconds::max());
  EXPECT_EQ(saturating_count<seconds>(std::numeric_limits<std::uint64_t>::max()), seconds::max());
}

TEST(SaturatingAdd, NeverOverflows) {
  struct Row {
    Time start;
    Duration after;
    Time wanted;
  };
  const Time noon = Time(hours(12));
  const std::vector<Row> rows = {
      {noon, Duration(5), noon + Duration(5)},
      {noon, Duration(-5), noon - Duration(5)},
      {noon, for_ever, never},
      {Time(Duration(-3)), for_ever, never},
      {noon, for_ever - Duration(1), never},
      {noon, Duration::min(), noon + Duration::min()},
      {Time(Duration(-3)), Duration::min(), Time::min()},
      {never, Duration(1), never},
      {Time::min(), Duration(-1), Time::min()},
      {Time(Duration(0)), for_ever - Duration(1), never - Duration(1)},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(saturating_add(row.start, row.after), row.wanted)
        << row.start.time_since_epoch().count() << " + " << row.after.count();
  }
}

}  // namespace
}  // namespace tikv::core
