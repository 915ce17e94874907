// Ranges, forwards and backwards, in one call.

#include <algorithm>

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::IsEmpty;

ScanOptions at_most(std::size_t limit) {
  ScanOptions options;
  options.limit = limit;
  return options;
}

std::vector<KeyValue> reversed(std::vector<KeyValue> pairs) {
  std::reverse(pairs.begin(), pairs.end());
  return pairs;
}

std::vector<KeyValue> part(const std::vector<KeyValue>& pairs, std::size_t from, std::size_t to) {
  return {pairs.begin() + static_cast<std::ptrdiff_t>(from), pairs.begin() + static_cast<std::ptrdiff_t>(to)};
}

void a_scan_gives_all_pairs_in_order(Stage& stage) {
  must(stage.client().batch_put(reversed(stage.pairs(50))));
  EXPECT_EQ(must(stage.client().scan(stage.all())), stage.pairs(50));
}

void a_scan_stops_at_its_limit(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(50)));
  for (const std::size_t limit : {1U, 7U, 49U, 50U, 51U}) {
    EXPECT_EQ(must(stage.client().scan(stage.all(), at_most(limit))), stage.pairs(std::min<std::size_t>(limit, 50)));
  }
}

void the_end_of_a_range_is_not_in_it(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(10)));
  EXPECT_EQ(must(stage.client().scan(stage.range("a0002", "a0005"))), part(stage.pairs(10), 2, 5));
}

void an_empty_range_holds_nothing(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(10)));
  EXPECT_THAT(must(stage.client().scan(stage.range("a0002", "a0002"))), IsEmpty());
  EXPECT_THAT(must(stage.client().scan(stage.range("a0005", "a0002"))), IsEmpty());
  EXPECT_THAT(must(stage.client().scan(stage.range("b", "c"))), IsEmpty());
  EXPECT_THAT(must(stage.client().reverse_scan(stage.range("a0005", "a0002"))), IsEmpty());
}

void keys_alone_come_without_values(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(10)));
  ScanOptions options;
  options.key_only = true;
  const auto found = must(stage.client().scan(stage.all(), options));
  EXPECT_EQ(keys_of(found), keys_of(stage.pairs(10)));
  EXPECT_THAT(found, Each(Field(&KeyValue::value, "")));
  EXPECT_EQ(keys_of(must(stage.client().reverse_scan(stage.all(), options))), keys_of(reversed(stage.pairs(10))));
}

void a_scan_crosses_regions(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(40)));
  for (const char* key : {"a0007", "a0013", "a0029"}) stage.split(key);
  EXPECT_EQ(must(stage.connect().scan(stage.all())), stage.pairs(40));
  EXPECT_EQ(must(stage.client().scan(stage.all(), at_most(20))), stage.pairs(20));
}

void a_scan_follows_splits_and_moves(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(40)));
  EXPECT_EQ(must(stage.client().scan(stage.all())).size(), 40U);
  stage.split("a0010");
  stage.split("a0030");
  stage.move_leader("a0020");
  EXPECT_EQ(must(stage.client().scan(stage.all())), stage.pairs(40));
  stage.move_leader("a0035");
  EXPECT_EQ(must(stage.client().reverse_scan(stage.all())), reversed(stage.pairs(40)));
}

void a_limit_of_thousands_is_kept(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(2500)));
  stage.split("a0900");
  EXPECT_EQ(must(stage.client().scan(stage.all(), at_most(2222))), stage.pairs(2222));
  EXPECT_EQ(must(stage.client().scan(stage.all(), at_most(1U << 20U))).size(), 2500U);
  EXPECT_EQ(must(stage.client().reverse_scan(stage.all(), at_most(2222))),
            reversed(part(stage.pairs(2500), 278, 2500)));
}

void a_reverse_scan_goes_down(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(50)));
  EXPECT_EQ(must(stage.client().reverse_scan(stage.all())), reversed(stage.pairs(50)));
  EXPECT_EQ(must(stage.client().reverse_scan(stage.all(), at_most(3))), reversed(part(stage.pairs(50), 47, 50)));
}

void a_reverse_scan_leaves_out_the_end_and_takes_the_start(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(10)));
  EXPECT_EQ(must(stage.client().reverse_scan(stage.range("a0002", "a0005"))), reversed(part(stage.pairs(10), 2, 5)));
}

void a_reverse_scan_crosses_regions(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(40)));
  for (const char* key : {"a0007", "a0013", "a0029"}) stage.split(key);
  EXPECT_EQ(must(stage.connect().reverse_scan(stage.all())), reversed(stage.pairs(40)));
  EXPECT_EQ(must(stage.client().reverse_scan(stage.all(), at_most(20))), reversed(part(stage.pairs(40), 20, 40)));
}

void a_reverse_scan_that_ends_where_a_region_begins(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(20)));
  stage.split("a0010");
  EXPECT_EQ(must(stage.client().reverse_scan(stage.range("a0005", "a0010"))), reversed(part(stage.pairs(20), 5, 10)));
  EXPECT_EQ(must(stage.client().scan(stage.range("a0010", "a0012"))), part(stage.pairs(20), 10, 12));
}

void scans_begin_at_both_ends_of_all_keys(Stage& stage) {
  // Other scenarios' keys lie between these.
  RawClient& client = stage.client();
  const std::string first(1, '\0');
  const std::string last(64, '\xff');
  must(client.put(first, "first"));
  must(client.put(last, "last"));
  const auto low = must(client.scan(KeyRange::all(), at_most(1)));
  ASSERT_EQ(low.size(), 1U);
  EXPECT_EQ(low[0], (KeyValue{first, "first"}));
  const auto high = must(client.reverse_scan(KeyRange::all(), at_most(1)));
  ASSERT_EQ(high.size(), 1U);
  EXPECT_EQ(high[0], (KeyValue{last, "last"}));
  EXPECT_EQ(must(client.scan(KeyRange::from(last))), high);
  must(client.batch_delete({first, last}));
}

void a_batch_of_scans_has_a_limit_for_each(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(30)));
  must(stage.client().batch_put(stage.pairs(2, "b")));
  const auto found = must(stage.client().batch_scan(
      {stage.range("a", "b"), stage.range("b", "c"), stage.range("c", "d"), stage.range("a0020", "b")}, at_most(5)));
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0], stage.pairs(5));
  EXPECT_EQ(found[1], stage.pairs(2, "b"));
  EXPECT_THAT(found[2], IsEmpty());
  EXPECT_EQ(found[3], part(stage.pairs(30), 20, 25));
}

void a_batch_of_scans_counts_per_range_and_not_per_region(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(30)));
  stage.split("a0003");
  stage.split("a0006");
  const auto found = must(stage.client().batch_scan({stage.all(), stage.range("a0002", "a0025")}, at_most(8)));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], stage.pairs(8));
  EXPECT_EQ(found[1], part(stage.pairs(30), 2, 10));
}

void a_limit_of_nothing_is_refused(Stage& stage) {
  for (const auto& scan :
       {stage.client().scan(stage.all(), at_most(0)), stage.client().reverse_scan(stage.all(), at_most(0))}) {
    ASSERT_FALSE(scan);
    EXPECT_EQ(scan.error().kind(), ErrorKind::invalid_argument);
  }
}

}  // namespace

std::vector<Scenario> scan_scenarios() {
  return {
      {"AScanGivesAllPairsInOrder", {}, a_scan_gives_all_pairs_in_order},
      {"AScanStopsAtItsLimit", {}, a_scan_stops_at_its_limit},
      {"TheEndOfARangeIsNotInIt", {}, the_end_of_a_range_is_not_in_it},
      {"AnEmptyRangeHoldsNothing", {}, an_empty_range_holds_nothing},
      {"KeysAloneComeWithoutValues", {}, keys_alone_come_without_values},
      {"AScanCrossesRegions", {}, a_scan_crosses_regions},
      {"AScanFollowsSplitsAndMoves", {}, a_scan_follows_splits_and_moves},
      {"ALimitOfThousandsIsKept", {}, a_limit_of_thousands_is_kept},
      {"AReverseScanGoesDown", {}, a_reverse_scan_goes_down},
      {"AReverseScanLeavesOutTheEndAndTakesTheStart", {}, a_reverse_scan_leaves_out_the_end_and_takes_the_start},
      {"AReverseScanCrossesRegions", {}, a_reverse_scan_crosses_regions},
      {"AReverseScanThatEndsWhereARegionBegins", {}, a_reverse_scan_that_ends_where_a_region_begins},
      {"ScansBeginAtBothEndsOfAllKeys", {}, scans_begin_at_both_ends_of_all_keys},
      {"ABatchOfScansHasALimitForEach", {}, a_batch_of_scans_has_a_limit_for_each},
      {"ABatchOfScansCountsPerRangeAndNotPerRegion", {}, a_batch_of_scans_counts_per_range_and_not_per_region},
      {"ALimitOfNothingIsRefused", {}, a_limit_of_nothing_is_refused},
  };
}

}  // namespace tikv::scenarios
