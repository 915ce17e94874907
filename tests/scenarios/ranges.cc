// What is done to whole ranges: removed, summed up, computed on.

#include <algorithm>

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

using ::testing::IsEmpty;

void a_range_is_deleted_and_its_neighbours_stay(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(20)));
  must(stage.client().delete_range(stage.range("a0005", "a0015")));
  const auto left = must(stage.client().scan(stage.all()));
  ASSERT_EQ(left.size(), 10U);
  EXPECT_EQ(left[4], stage.pairs(20)[4]);
  EXPECT_EQ(left[5], stage.pairs(20)[15]);
}

void a_range_is_deleted_across_regions(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(40)));
  for (const char* key : {"a0007", "a0013", "a0029"}) stage.split(key);
  must(stage.client().delete_range(stage.range("a0001", "a0039")));
  EXPECT_EQ(must(stage.client().scan(stage.all())).size(), 2U);
}

void a_range_is_deleted_after_moves(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(40)));
  stage.split("a0020");
  stage.move_leader("a0001");
  stage.move_leader("a0030");
  must(stage.client().delete_range(stage.all()));
  EXPECT_THAT(must(stage.client().scan(stage.all())), IsEmpty());
}

void an_empty_range_is_nothing_to_delete(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(3)));
  must(stage.client().delete_range(stage.range("a0002", "a0001")));
  EXPECT_EQ(must(stage.client().scan(stage.all())).size(), 3U);
}

void a_prefix_is_deleted(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(5, "a")));
  must(stage.client().batch_put(stage.pairs(5, "ab")));
  must(stage.client().batch_put(stage.pairs(5, "b")));
  must(stage.client().delete_prefix(stage.key("a")));
  EXPECT_EQ(must(stage.client().scan(stage.all())), stage.pairs(5, "b"));
}

void a_prefix_that_ends_in_the_highest_byte_is_deleted(Stage& stage) {
  const std::string high = stage.key("p\xff\xff");
  must(stage.client().batch_put({{high, "1"}, {high + "x", "2"}, {stage.key("p"), "3"}, {stage.key("q"), "4"}}));
  must(stage.client().delete_prefix(high));
  EXPECT_EQ(keys_of(must(stage.client().scan(stage.all()))), stage.keys({"p", "q"}));
}

void an_empty_prefix_is_no_prefix(Stage& stage) {
  const auto removed = stage.client().delete_prefix("");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind(), ErrorKind::invalid_argument);
}

void a_checksum_counts_pairs_and_bytes(Stage& stage) {
  const RangeChecksum nothing = must(stage.client().checksum(stage.all()));
  EXPECT_EQ(nothing, RangeChecksum{});
  must(stage.client().batch_put(stage.pairs(10)));
  const RangeChecksum sum = must(stage.client().checksum(stage.all()));
  EXPECT_EQ(sum.kvs, 10U);
  std::uint64_t bytes = 0;
  for (const KeyValue& pair : stage.pairs(10)) bytes += pair.key.size() + pair.value.size();
  // With API version 2 the stores count the keyspace's four bytes of each key.
  EXPECT_EQ(sum.bytes, bytes + (stage.backend().api() == ApiVersion::v2 ? 40U : 0U));
  EXPECT_NE(sum.crc64_xor, 0U);
}

void a_checksum_is_the_same_however_regions_lie(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(40)));
  const RangeChecksum before = must(stage.client().checksum(stage.all()));
  for (const char* key : {"a0007", "a0013", "a0029"}) stage.split(key);
  stage.move_leader("a0010");
  EXPECT_EQ(must(stage.client().checksum(stage.all())), before);
  must(stage.client().put(stage.key("a0039"), "another value"));
  EXPECT_NE(must(stage.client().checksum(stage.all())), before);
  must(stage.client().batch_put(stage.pairs(40)));
  EXPECT_EQ(must(stage.client().checksum(stage.all())), before);
}

void a_plugin_that_nobody_has_is_an_error(Stage& stage) {
  const auto answer = stage.client().coprocessor(
      "no-such-plugin", "*", {stage.all()},
      [](const CoprocessorRegion& /*region*/, const std::vector<KeyRange>& /*ranges*/) { return std::string("data"); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::server_error) << answer.error();
}

}  // namespace

std::vector<Scenario> range_scenarios() {
  return {
      {"ARangeIsDeletedAndItsNeighboursStay", {}, a_range_is_deleted_and_its_neighbours_stay},
      {"ARangeIsDeletedAcrossRegions", {}, a_range_is_deleted_across_regions},
      {"ARangeIsDeletedAfterMoves", {}, a_range_is_deleted_after_moves},
      {"AnEmptyRangeIsNothingToDelete", {}, an_empty_range_is_nothing_to_delete},
      {"APrefixIsDeleted", {}, a_prefix_is_deleted},
      {"APrefixThatEndsInTheHighestByteIsDeleted", {}, a_prefix_that_ends_in_the_highest_byte_is_deleted},
      {"AnEmptyPrefixIsNoPrefix", {}, an_empty_prefix_is_no_prefix},
      {"AChecksumCountsPairsAndBytes", {Need::checksum}, a_checksum_counts_pairs_and_bytes},
      {"AChecksumIsTheSameHoweverRegionsLie", {Need::checksum}, a_checksum_is_the_same_however_regions_lie},
      {"APluginThatNobodyHasIsAnError", {Need::coprocessor}, a_plugin_that_nobody_has_is_an_error},
  };
}

}  // namespace tikv::scenarios
