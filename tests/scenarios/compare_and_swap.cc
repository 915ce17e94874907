// Atomic mode.

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

CasResult swapped_from(std::optional<std::string> previous) {
  CasResult result;
  result.swapped = true;
  result.previous = std::move(previous);
  return result;
}

CasResult refused_by(std::optional<std::string> previous) {
  CasResult result;
  result.previous = std::move(previous);
  return result;
}

void a_swap_of_what_is_expected_happens(Stage& stage) {
  must(stage.atomic().put(stage.key("k"), "1"));
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), "1", "2")), swapped_from("1"));
  EXPECT_EQ(must(stage.atomic().get(stage.key("k"))), "2");
}

void a_swap_of_something_else_tells_what_is_there(Stage& stage) {
  must(stage.atomic().put(stage.key("k"), "1"));
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), "0", "2")), refused_by("1"));
  EXPECT_EQ(must(stage.atomic().get(stage.key("k"))), "1");
}

void an_absent_key_is_told_from_an_empty_one(Stage& stage) {
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), "", "1")), refused_by(std::nullopt));
  must(stage.atomic().put(stage.key("k"), ""));
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), std::nullopt, "1")), refused_by(""));
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), "", "1")), swapped_from(""));
}

void an_absent_key_is_put_once(Stage& stage) {
  EXPECT_EQ(must(stage.atomic().put_if_absent(stage.key("k"), "first")), swapped_from(std::nullopt));
  EXPECT_EQ(must(stage.atomic().put_if_absent(stage.key("k"), "second")), refused_by("first"));
  EXPECT_EQ(must(stage.atomic().get(stage.key("k"))), "first");
}

void a_swap_to_an_empty_value_is_no_removal(Stage& stage) {
  must(stage.atomic().put(stage.key("k"), "1"));
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), "1", "")), swapped_from("1"));
  EXPECT_EQ(must(stage.atomic().get(stage.key("k"))), "");
}

void any_bytes_are_compared(Stage& stage) {
  const std::string zeros(4, '\0');
  must(stage.atomic().put(stage.key("k"), zeros));
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), std::string(3, '\0'), "x")), refused_by(zeros));
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), zeros, "\xff")), swapped_from(zeros));
}

void a_swap_follows_splits_and_moves(Stage& stage) {
  must(stage.atomic().put(stage.key("k"), "0"));
  stage.split("k");
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), "0", "1")), swapped_from("0"));
  stage.move_leader("k");
  EXPECT_EQ(must(stage.atomic().compare_and_swap(stage.key("k"), "1", "2")), swapped_from("1"));
  EXPECT_EQ(must(stage.connect({.atomic = true}).get(stage.key("k"))), "2");
}

/// Adds one until it has done so `times` times.
Task<void> count_up(const AsyncRawClient& client, std::string key, int times) {
  while (times > 0) {
    const std::optional<std::string> seen = co_await ok(client.get(key));
    const int number = seen ? std::stoi(*seen) : 0;
    std::optional<std::string_view> expected;
    if (seen) expected = *seen;
    const CasResult result = co_await ok(client.compare_and_swap(key, expected, std::to_string(number + 1)));
    if (result.swapped) --times;
  }
  co_return {};
}

void counters_of_many_add_up(Stage& stage) {
  const AsyncRawClient& client = stage.atomic().async();
  std::vector<Task<void>> counting;
  for (int i = 0; i < 8; ++i) counting.push_back(count_up(client, stage.key("counter"), 10));
  for (const auto& counted : must(client.run(gather(std::move(counting))))) must(counted);
  EXPECT_EQ(must(stage.atomic().get(stage.key("counter"))), "80");
}

void of_many_who_create_a_key_one_wins(Stage& stage) {
  const AsyncRawClient& client = stage.atomic().async();
  std::vector<Task<CasResult>> creating;
  for (int i = 0; i < 20; ++i) creating.push_back(client.put_if_absent(stage.key("k"), std::to_string(i)));
  const auto results = must(client.run(gather(std::move(creating), 20)));
  const std::string there = must(stage.atomic().get(stage.key("k"))).value_or("nothing");
  int winners = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const CasResult& result = results[i].value();
    if (!result.swapped) {
      EXPECT_EQ(result.previous, there);
      continue;
    }
    ++winners;
    EXPECT_EQ(there, std::to_string(i));
  }
  EXPECT_EQ(winners, 1);
}

void outside_of_atomic_mode_a_swap_is_refused(Stage& stage) {
  const auto result = stage.client().compare_and_swap(stage.key("k"), std::nullopt, "1");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(result.error().message(), ::testing::HasSubstr("atomic"));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), std::nullopt);
}

void in_atomic_mode_ranges_are_not_deleted(Stage& stage) {
  must(stage.atomic().put(stage.key("k"), "1"));
  for (const auto& removed : {stage.atomic().delete_range(stage.all()), stage.atomic().delete_prefix(stage.key(""))}) {
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().kind(), ErrorKind::invalid_argument);
  }
  EXPECT_EQ(must(stage.atomic().get(stage.key("k"))), "1");
}

void a_conditional_removal_removes(Stage& stage) {
  must(stage.atomic().put(stage.key("k"), "1"));
  EXPECT_EQ(must(stage.atomic().compare_and_delete(stage.key("k"), "0")), refused_by("1"));
  EXPECT_EQ(must(stage.atomic().compare_and_delete(stage.key("k"), "1")), swapped_from("1"));
  EXPECT_EQ(must(stage.atomic().get(stage.key("k"))), std::nullopt);
}

}  // namespace

std::vector<Scenario> compare_and_swap_scenarios() {
  const std::vector<Need> needs{Need::compare_and_swap};
  return {
      {"ASwapOfWhatIsExpectedHappens", needs, a_swap_of_what_is_expected_happens},
      {"ASwapOfSomethingElseTellsWhatIsThere", needs, a_swap_of_something_else_tells_what_is_there},
      {"AnAbsentKeyIsToldFromAnEmptyOne", needs, an_absent_key_is_told_from_an_empty_one},
      {"AnAbsentKeyIsPutOnce", needs, an_absent_key_is_put_once},
      {"ASwapToAnEmptyValueIsNoRemoval", needs, a_swap_to_an_empty_value_is_no_removal},
      {"AnyBytesAreCompared", needs, any_bytes_are_compared},
      {"ASwapFollowsSplitsAndMoves", needs, a_swap_follows_splits_and_moves},
      {"CountersOfManyAddUp", needs, counters_of_many_add_up},
      {"OfManyWhoCreateAKeyOneWins", needs, of_many_who_create_a_key_one_wins},
      {"OutsideOfAtomicModeASwapIsRefused", {}, outside_of_atomic_mode_a_swap_is_refused},
      {"InAtomicModeRangesAreNotDeleted", {}, in_atomic_mode_ranges_are_not_deleted},
      {"AConditionalRemovalRemoves", {Need::compare_and_swap, Need::compare_and_delete}, a_conditional_removal_removes},
  };
}

}  // namespace tikv::scenarios
