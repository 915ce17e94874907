// What callers may ask for beside the verb.

#include <atomic>
#include <memory>

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

void a_call_that_was_cancelled_before_does_nothing(Stage& stage) {
  CancelScope scope;
  scope.cancel();
  WriteOptions options;
  options.cancel = &scope;
  const auto put = stage.client().put(stage.key("k"), "1", options);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::cancelled);
  EXPECT_FALSE(put.error().undetermined());
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), std::nullopt);
}

void every_priority_is_served(Stage& stage) {
  for (const Priority priority : {Priority::low, Priority::normal, Priority::high}) {
    WriteOptions write;
    write.priority = priority;
    ReadOptions read;
    read.priority = priority;
    must(stage.client().put(stage.key("k"), "1", write));
    EXPECT_EQ(must(stage.client().get(stage.key("k"), read)), "1");
  }
}

void writes_that_must_not_be_resent_are_written(Stage& stage) {
  WriteOptions options;
  options.resend = Resend::never;
  must(stage.client().put(stage.key("k"), "1", options));
  must(stage.client().batch_put(stage.pairs(10), options));
  stage.split("a0005");
  must(stage.client().batch_delete(keys_of(stage.pairs(10)), options));
  EXPECT_EQ(keys_of(must(stage.client().scan(stage.all()))), stage.keys({"k"}));
}

void a_negative_timeout_is_refused(Stage& stage) {
  ReadOptions options;
  options.timeout = std::chrono::milliseconds(-1);
  const auto got = stage.client().get(stage.key("k"), options);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::invalid_argument);
}

void callbacks_are_called(Stage& stage) {
  const AsyncRawClient& client = stage.client().async();
  const auto chain = [](const AsyncRawClient& on, std::string key) -> Task<std::optional<std::string>> {
    co_await ok(on.put(key, "1"));
    co_return co_await on.get(key);
  };
  struct Told {
    std::atomic<bool> called = false;
    std::optional<Result<std::optional<std::string>>> result;
  };
  const auto told = std::make_shared<Told>();
  std::function<void(Result<std::optional<std::string>>)> done = [told](Result<std::optional<std::string>> result) {
    told->result.emplace(std::move(result));
    told->called = true;
  };
  client.spawn(chain(client, stage.key("k")), std::move(done));
  for (int i = 0; i < 2000 && !told->called; ++i) stage.pass(std::chrono::milliseconds(5));
  ASSERT_TRUE(told->called);
  EXPECT_EQ(told->result->value(), "1");
}

}  // namespace

std::vector<Scenario> option_scenarios() {
  return {
      {"ACallThatWasCancelledBeforeDoesNothing", {}, a_call_that_was_cancelled_before_does_nothing},
      {"EveryPriorityIsServed", {}, every_priority_is_served},
      {"WritesThatMustNotBeResentAreWritten", {}, writes_that_must_not_be_resent_are_written},
      {"ANegativeTimeoutIsRefused", {}, a_negative_timeout_is_refused},
      {"CallbacksAreCalled", {}, callbacks_are_called},
  };
}

}  // namespace tikv::scenarios
