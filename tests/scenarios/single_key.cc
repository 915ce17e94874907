// One key at a time.

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

void a_value_comes_back(Stage& stage) {
  must(stage.client().put(stage.key("k"), "value"));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), "value");
}

void an_absent_key_has_no_value(Stage& stage) { EXPECT_EQ(must(stage.client().get(stage.key("k"))), std::nullopt); }

void an_empty_value_is_a_value(Stage& stage) {
  must(stage.client().put(stage.key("k"), ""));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), "");
}

void the_last_put_counts(Stage& stage) {
  for (int i = 0; i < 5; ++i) must(stage.client().put(stage.key("k"), std::to_string(i)));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), "4");
}

void a_deleted_key_is_gone(Stage& stage) {
  must(stage.client().put(stage.key("k"), "value"));
  must(stage.client().delete_key(stage.key("k")));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), std::nullopt);
}

void deleting_an_absent_key_succeeds(Stage& stage) { must(stage.client().delete_key(stage.key("k"))); }

void a_deleted_key_can_be_put_again(Stage& stage) {
  must(stage.client().put(stage.key("k"), "1"));
  must(stage.client().delete_key(stage.key("k")));
  must(stage.client().put(stage.key("k"), "2"));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), "2");
}

void keys_and_values_are_any_bytes(Stage& stage) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  must(stage.client().put(stage.key(bytes), bytes));
  EXPECT_EQ(must(stage.client().get(stage.key(bytes))), bytes);
  const std::string zeros(3, '\0');
  must(stage.client().put(stage.key(zeros), zeros));
  EXPECT_EQ(must(stage.client().get(stage.key(zeros))), zeros);
  EXPECT_EQ(must(stage.client().get(stage.key(std::string(2, '\0')))), std::nullopt);
}

void keys_that_begin_alike_are_different(Stage& stage) {
  std::string key;
  for (int i = 0; i < 20; ++i) {
    key += 'x';
    must(stage.client().put(stage.key(key), std::to_string(key.size())));
  }
  for (; !key.empty(); key.pop_back()) {
    EXPECT_EQ(must(stage.client().get(stage.key(key))), std::to_string(key.size()));
  }
}

void a_long_key_is_a_key(Stage& stage) {
  const std::string long_key = stage.key(std::string(4000, 'k'));
  must(stage.client().put(long_key, "value"));
  EXPECT_EQ(must(stage.client().get(long_key)), "value");
  EXPECT_EQ(must(stage.client().get(long_key + "k")), std::nullopt);
}

void a_value_of_two_mebibytes_comes_back(Stage& stage) {
  std::string value(std::size_t{2} << 20, '\0');
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 31 + i / 4096);
  must(stage.client().put(stage.key("k"), value));
  EXPECT_TRUE(must(stage.client().get(stage.key("k"))) == value);
}

void small_gets_are_answered_beside_large_puts(Stage& stage) {
  must(stage.client().put(stage.key("small"), "value"));
  std::vector<Task<void>> work;
  for (int i = 0; i < 4; ++i) {
    work.push_back(stage.client().async().put(stage.key("large" + std::to_string(i)), std::string(1 << 20, 'v')));
  }
  const auto ended = must(stage.client().async().run(gather(std::move(work))));
  for (const Result<void>& put : ended) EXPECT_TRUE(put.has_value()) << put.error();
  EXPECT_EQ(must(stage.client().get(stage.key("small"))), "value");
  EXPECT_EQ(must(stage.client().get(stage.key("large3")))->size(), std::size_t{1} << 20);
}

void an_empty_key_is_refused(Stage& stage) {
  for (const ErrorKind kind : {stage.client().put("", "value").error().kind(), stage.client().get("").error().kind(),
                               stage.client().delete_key("").error().kind()}) {
    EXPECT_EQ(kind, ErrorKind::invalid_argument);
  }
}

void a_key_that_is_too_large_is_refused(Stage& stage) {
  const auto put = stage.client().put(std::string(10'000, 'k'), "value");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::invalid_argument);
  EXPECT_FALSE(put.error().undetermined());
}

void a_hundred_tasks_read_their_own_writes(Stage& stage) {
  const AsyncRawClient& client = stage.client().async();
  std::vector<Task<void>> puts;
  for (int i = 0; i < 100; ++i) puts.push_back(client.put(stage.key(std::to_string(i)), std::to_string(i * i)));
  for (const auto& put : must(client.run(gather(std::move(puts), 100)))) EXPECT_TRUE(put.has_value()) << put.error();
  std::vector<Task<std::optional<std::string>>> gets;
  for (int i = 0; i < 100; ++i) gets.push_back(client.get(stage.key(std::to_string(i))));
  const auto values = must(client.run(gather(std::move(gets), 100)));
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(values[i].value(), std::to_string(i * i));
}

}  // namespace

std::vector<Scenario> single_key_scenarios() {
  return {
      {"AValueComesBack", {}, a_value_comes_back},
      {"AnAbsentKeyHasNoValue", {}, an_absent_key_has_no_value},
      {"AnEmptyValueIsAValue", {}, an_empty_value_is_a_value},
      {"TheLastPutCounts", {}, the_last_put_counts},
      {"ADeletedKeyIsGone", {}, a_deleted_key_is_gone},
      {"DeletingAnAbsentKeySucceeds", {}, deleting_an_absent_key_succeeds},
      {"ADeletedKeyCanBePutAgain", {}, a_deleted_key_can_be_put_again},
      {"KeysAndValuesAreAnyBytes", {}, keys_and_values_are_any_bytes},
      {"KeysThatBeginAlikeAreDifferent", {}, keys_that_begin_alike_are_different},
      {"ALongKeyIsAKey", {}, a_long_key_is_a_key},
      {"AValueOfTwoMebibytesComesBack", {}, a_value_of_two_mebibytes_comes_back},
      {"SmallGetsAreAnsweredBesideLargePuts", {}, small_gets_are_answered_beside_large_puts},
      {"AnEmptyKeyIsRefused", {}, an_empty_key_is_refused},
      {"AKeyThatIsTooLargeIsRefused", {}, a_key_that_is_too_large_is_refused},
      {"AHundredTasksReadTheirOwnWrites", {}, a_hundred_tasks_read_their_own_writes},
  };
}

}  // namespace tikv::scenarios
