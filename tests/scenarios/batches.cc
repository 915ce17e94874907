// Many keys in one call.

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

using ::testing::IsEmpty;

void a_batch_comes_back_in_the_callers_order(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(10)));
  const std::vector<KeyValue> pairs = stage.pairs(10);
  const std::vector<std::string> wanted{pairs[7].key, pairs[2].key, pairs[9].key};
  EXPECT_EQ(must(stage.client().batch_get(wanted)), (std::vector<KeyValue>{pairs[7], pairs[2], pairs[9]}));
}

void absent_keys_are_left_out_of_a_batch(Stage& stage) {
  must(stage.client().put(stage.key("b"), "value"));
  const auto found = must(stage.client().batch_get(stage.keys({"a", "b", "c"})));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].key, stage.key("b"));
}

void a_key_named_twice_is_answered_twice(Stage& stage) {
  must(stage.client().put(stage.key("a"), "value"));
  EXPECT_EQ(must(stage.client().batch_get(stage.keys({"a", "a"}))).size(), 2U);
}

void of_equal_keys_the_last_one_counts(Stage& stage) {
  must(stage.client().batch_put({{stage.key("a"), "1"}, {stage.key("b"), "2"}, {stage.key("a"), "3"}}));
  EXPECT_EQ(must(stage.client().get(stage.key("a"))), "3");
  EXPECT_EQ(must(stage.client().get(stage.key("b"))), "2");
}

void a_batch_is_deleted(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(10)));
  must(stage.client().batch_delete(keys_of(stage.pairs(9))));
  const auto left = must(stage.client().scan(stage.all()));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].key, stage.pairs(10)[9].key);
}

void empty_batches_do_nothing(Stage& stage) {
  must(stage.client().batch_put({}));
  must(stage.client().batch_delete({}));
  EXPECT_THAT(must(stage.client().batch_get({})), IsEmpty());
}

void empty_values_are_told_from_absent_ones(Stage& stage) {
  must(stage.client().batch_put({{stage.key("a"), ""}, {stage.key("b"), "x"}}));
  const auto found = must(stage.client().batch_get(stage.keys({"a", "b", "c"})));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].value, "");
}

void a_batch_crosses_regions(Stage& stage) {
  stage.split("a0003");
  stage.split("a0011");
  stage.split("a0017");
  must(stage.client().batch_put(stage.pairs(20)));
  EXPECT_EQ(must(stage.client().batch_get(keys_of(stage.pairs(20)))), stage.pairs(20));
  must(stage.client().batch_delete(keys_of(stage.pairs(20))));
  EXPECT_THAT(must(stage.client().scan(stage.all())), IsEmpty());
}

void a_batch_follows_a_split_that_its_client_has_not_heard_of(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(20)));
  stage.split("a0005");
  stage.split("a0010");
  EXPECT_EQ(must(stage.client().batch_get(keys_of(stage.pairs(20)))), stage.pairs(20));
  stage.split("a0015");
  must(stage.client().batch_put(stage.pairs(20)));
  EXPECT_EQ(must(stage.client().scan(stage.all())), stage.pairs(20));
}

void a_batch_follows_a_leader_that_moved(Stage& stage) {
  stage.split("a0010");
  must(stage.client().batch_put(stage.pairs(20)));
  stage.move_leader("a0001");
  EXPECT_EQ(must(stage.client().batch_get(keys_of(stage.pairs(20)))), stage.pairs(20));
  stage.move_leader("a0012");
  must(stage.client().batch_delete(keys_of(stage.pairs(20))));
  EXPECT_THAT(must(stage.client().batch_get(keys_of(stage.pairs(20)))), IsEmpty());
}

void thousands_of_keys_are_one_call(Stage& stage) {
  stage.split("a1000");
  must(stage.client().batch_put(stage.pairs(3000)));
  EXPECT_EQ(must(stage.client().batch_get(keys_of(stage.pairs(3000)))), stage.pairs(3000));
  must(stage.client().batch_delete(keys_of(stage.pairs(3000))));
  EXPECT_THAT(must(stage.client().scan(stage.all())), IsEmpty());
}

void a_bad_key_in_a_batch_is_named_and_nothing_is_written(Stage& stage) {
  const auto put = stage.client().batch_put({{stage.key("a"), "1"}, {"", "2"}});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(put.error().message(), ::testing::HasSubstr("item 1"));
  EXPECT_EQ(must(stage.client().get(stage.key("a"))), std::nullopt);
}

}  // namespace

std::vector<Scenario> batch_scenarios() {
  return {
      {"ABatchComesBackInTheCallersOrder", {}, a_batch_comes_back_in_the_callers_order},
      {"AbsentKeysAreLeftOutOfABatch", {}, absent_keys_are_left_out_of_a_batch},
      {"AKeyNamedTwiceIsAnsweredTwice", {}, a_key_named_twice_is_answered_twice},
      {"OfEqualKeysTheLastOneCounts", {}, of_equal_keys_the_last_one_counts},
      {"ABatchIsDeleted", {}, a_batch_is_deleted},
      {"EmptyBatchesDoNothing", {}, empty_batches_do_nothing},
      {"EmptyValuesAreToldFromAbsentOnes", {}, empty_values_are_told_from_absent_ones},
      {"ABatchCrossesRegions", {}, a_batch_crosses_regions},
      {"ABatchFollowsASplitThatItsClientHasNotHeardOf", {}, a_batch_follows_a_split_that_its_client_has_not_heard_of},
      {"ABatchFollowsALeaderThatMoved", {}, a_batch_follows_a_leader_that_moved},
      {"ThousandsOfKeysAreOneCall", {}, thousands_of_keys_are_one_call},
      {"ABadKeyInABatchIsNamedAndNothingIsWritten", {}, a_bad_key_in_a_batch_is_named_and_nothing_is_written},
  };
}

}  // namespace tikv::scenarios
