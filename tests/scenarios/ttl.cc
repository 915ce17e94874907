// Values that expire.

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

using std::chrono::seconds;

WriteOptions living(seconds ttl) {
  WriteOptions options;
  options.ttl = ttl;
  return options;
}

std::chrono::seconds left(Stage& stage, std::string_view name) {
  const std::optional<KeyTtl> ttl = must(stage.client().get_key_ttl(stage.key(name)));
  EXPECT_TRUE(ttl.has_value()) << name << " is absent";
  return ttl && ttl->left ? *ttl->left : seconds(-1);
}

void a_time_to_live_is_told(Stage& stage) {
  must(stage.client().put(stage.key("k"), "value", living(seconds(100))));
  EXPECT_GE(left(stage, "k"), seconds(90));
  EXPECT_LE(left(stage, "k"), seconds(100));
}

void a_value_expires(Stage& stage) {
  must(stage.client().put(stage.key("k"), "value", living(seconds(1))));
  must(stage.client().put(stage.key("l"), "value", living(seconds(1000))));
  stage.pass(std::chrono::milliseconds(2200));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), std::nullopt);
  EXPECT_EQ(must(stage.client().get_key_ttl(stage.key("k"))), std::nullopt);
  EXPECT_EQ(must(stage.client().batch_get(stage.keys({"k", "l"}))).size(), 1U);
  EXPECT_EQ(keys_of(must(stage.client().scan(stage.all()))), stage.keys({"l"}));
  EXPECT_EQ(keys_of(must(stage.client().reverse_scan(stage.all()))), stage.keys({"l"}));
}

void a_value_without_a_time_lives_for_ever(Stage& stage) {
  must(stage.client().put(stage.key("sure"), "value", living(seconds(100))));
  must(stage.client().put(stage.key("k"), "value"));
  const std::optional<KeyTtl> ttl = must(stage.client().get_key_ttl(stage.key("k")));
  ASSERT_TRUE(ttl.has_value());
  EXPECT_EQ(ttl->left, std::nullopt);
  EXPECT_EQ(must(stage.client().get_key_ttl(stage.key("absent"))), std::nullopt);
}

void a_new_put_takes_the_time_away(Stage& stage) {
  must(stage.client().put(stage.key("k"), "1", living(seconds(100))));
  must(stage.client().put(stage.key("k"), "2"));
  EXPECT_EQ(left(stage, "k"), seconds(-1));
  must(stage.client().put(stage.key("k"), "3", living(seconds(50))));
  EXPECT_LE(left(stage, "k"), seconds(50));
}

void a_batch_has_one_time_for_all(Stage& stage) {
  stage.split("a0005");
  must(stage.client().batch_put(stage.pairs(10), living(seconds(100))));
  for (const char* name : {"a0000", "a0009"}) EXPECT_GE(left(stage, name), seconds(90)) << name;
}

void a_batch_has_a_time_for_each(Stage& stage) {
  must(stage.client().batch_put_with_ttl(
      {{stage.key("a"), "1", seconds(1)}, {stage.key("b"), "2", seconds(100)}, {stage.key("c"), "3", seconds(0)}}));
  EXPECT_LE(left(stage, "b"), seconds(100));
  EXPECT_GE(left(stage, "b"), seconds(90));
  EXPECT_EQ(left(stage, "c"), seconds(-1));
  stage.pass(std::chrono::milliseconds(2200));
  EXPECT_EQ(keys_of(must(stage.client().scan(stage.all()))), stage.keys({"b", "c"}));
}

void the_times_of_a_batch_follow_its_keys_through_a_split(Stage& stage) {
  std::vector<KeyValueTtl> pairs;
  for (const KeyValue& pair : stage.pairs(20)) {
    pairs.push_back({pair.key, pair.value, seconds(1000 * static_cast<int>(pairs.size() + 1))});
  }
  must(stage.client().batch_put_with_ttl(pairs));
  stage.split("a0010");
  must(stage.client().batch_put_with_ttl(pairs));
  EXPECT_GE(left(stage, "a0003"), seconds(3990));
  EXPECT_LE(left(stage, "a0003"), seconds(4000));
  EXPECT_GE(left(stage, "a0017"), seconds(17990));
  EXPECT_LE(left(stage, "a0017"), seconds(18000));
}

void a_swap_sets_a_time(Stage& stage) {
  CasOptions options;
  options.ttl = seconds(100);
  EXPECT_TRUE(must(stage.atomic().compare_and_swap(stage.key("k"), std::nullopt, "1", options)).swapped);
  must(stage.client().put(stage.key("sure"), "value", living(seconds(100))));
  EXPECT_GE(left(stage, "k"), seconds(90));
}

void an_expired_value_is_absent_to_a_swap(Stage& stage) {
  must(stage.atomic().put(stage.key("k"), "old", living(seconds(1))));
  stage.pass(std::chrono::milliseconds(2200));
  const CasResult result = must(stage.atomic().put_if_absent(stage.key("k"), "new"));
  EXPECT_TRUE(result.swapped);
  EXPECT_EQ(result.previous, std::nullopt);
}

}  // namespace

std::vector<Scenario> ttl_scenarios() {
  return {
      {"ATimeToLiveIsTold", {Need::ttl}, a_time_to_live_is_told},
      {"AValueExpires", {Need::ttl}, a_value_expires},
      {"AValueWithoutATimeLivesForEver", {Need::ttl}, a_value_without_a_time_lives_for_ever},
      {"ANewPutTakesTheTimeAway", {Need::ttl}, a_new_put_takes_the_time_away},
      {"ABatchHasOneTimeForAll", {Need::ttl}, a_batch_has_one_time_for_all},
      {"ABatchHasATimeForEach", {Need::ttl, Need::ttl_per_key}, a_batch_has_a_time_for_each},
      {"TheTimesOfABatchFollowItsKeysThroughASplit",
       {Need::ttl, Need::ttl_per_key},
       the_times_of_a_batch_follow_its_keys_through_a_split},
      {"ASwapSetsATime", {Need::ttl, Need::compare_and_swap}, a_swap_sets_a_time},
      {"AnExpiredValueIsAbsentToASwap", {Need::ttl, Need::compare_and_swap}, an_expired_value_is_absent_to_a_swap},
  };
}

}  // namespace tikv::scenarios
