// Atomic mode: compare-and-swap, what is refused, and what is said of lost answers.
#include "unit/raw/raw_fixture.h"

namespace tikv {
namespace {

using std::chrono::seconds;
using test::Fate;
using ::testing::HasSubstr;

class AtomicTest : public test::RawFixture {
 protected:
  void SetUp() override { connect_atomic(); }
};

TEST_F(AtomicTest, SwapsWhatHoldsTheExpectedValue) {
  ASSERT_TRUE(run(client().put("key", "old")));
  EXPECT_EQ(run(client().compare_and_swap("key", "old", "new")).value(), (CasResult{true, "old"}));
  EXPECT_EQ(run(client().get("key")).value(), "new");
  EXPECT_EQ(run(client().compare_and_swap("key", "old", "newer")).value(), (CasResult{false, "new"}));
  EXPECT_EQ(run(client().get("key")).value(), "new");
}

TEST_F(AtomicTest, AbsentAndEmptyDiffer) {
  EXPECT_EQ(run(client().compare_and_swap("key", "", "value")).value(), (CasResult{false, std::nullopt}));
  EXPECT_EQ(run(client().compare_and_swap("key", std::nullopt, "")).value(), (CasResult{true, std::nullopt}));
  EXPECT_EQ(run(client().compare_and_swap("key", std::nullopt, "value")).value(), (CasResult{false, ""}));
  EXPECT_EQ(run(client().compare_and_swap("key", "", "value")).value(), (CasResult{true, ""}));
}

TEST_F(AtomicTest, PutIfAbsentTellsWhatWasThere) {
  EXPECT_EQ(run(client().put_if_absent("key", "first")).value(), (CasResult{true, std::nullopt}));
  EXPECT_EQ(run(client().put_if_absent("key", "second")).value(), (CasResult{false, "first"}));
}

TEST_F(AtomicTest, ASwappedValueMayExpire) {
  EXPECT_TRUE(run(client().put_if_absent("lease", "mine", {.ttl = seconds(10)})).value().swapped);
  EXPECT_FALSE(run(client().put_if_absent("lease", "theirs")).value().swapped);
  world.loop->run_for(seconds(11));
  EXPECT_TRUE(run(client().put_if_absent("lease", "theirs")).value().swapped);
}

TEST_F(AtomicTest, WritesTakeTheLatchAndStillWork) {
  EXPECT_TRUE(run(client().batch_put({{"a", "1"}, {"z", "2"}})));
  EXPECT_TRUE(run(client().batch_delete({"a"})));
  EXPECT_TRUE(run(client().delete_key("z")));
  EXPECT_EQ(run(client().scan(KeyRange::all())).value().size(), 0U);
}

TEST_F(AtomicTest, DeletingARangeIsRefusedBecauseItTakesNoLatch) {
  const auto refused = run(client().delete_range(KeyRange::all()));
  EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(refused.error().message(), HasSubstr("latch"));
  EXPECT_EQ(run(client().delete_prefix("a")).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(calls_of("RawDeleteRange"), 0U);
}

TEST_F(AtomicTest, NothingIsSentAgainAfterALostAnswerUnlessAsked) {
  ASSERT_TRUE(run(client().put("key", "old")));
  fail_next("BatchCommands", Fate::lost_answer);
  const auto lost = run(client().put("key", "new"));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().undetermined());
  fail_next("BatchCommands", Fate::lost_answer);
  EXPECT_TRUE(run(client().put("key", "newer", {.resend = Resend::always})));
}

TEST_F(AtomicTest, ALostSwapIsUndeterminedAndTellsWhatTheKeyHoldsNow) {
  ASSERT_TRUE(run(client().put("key", "old")));
  fail_next("RawCompareAndSwap", Fate::lost_answer);
  const auto done = run(client().compare_and_swap("key", "old", "new"));
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().undetermined());
  EXPECT_FALSE(done.error().retryable());
  ASSERT_TRUE(done.error().value_seen());
  EXPECT_EQ(done.error().value_seen()->value, "new");
  EXPECT_THAT(done.error().message(), HasSubstr("held the new value"));

  fail_next("RawCompareAndSwap", Fate::lost_request);
  const auto undone = run(client().compare_and_swap("key", "new", "newer"));
  ASSERT_FALSE(undone);
  EXPECT_TRUE(undone.error().undetermined());
  EXPECT_EQ(undone.error().value_seen().value().value, "new");
  EXPECT_EQ(calls_of("RawCompareAndSwap"), 2U);
}

TEST_F(AtomicTest, ALostSwapOfAnAbsentKeySeesThatItIsAbsent) {
  fail_next("RawCompareAndSwap", Fate::lost_request);
  const auto lost = run(client().put_if_absent("key", "value"));
  ASSERT_FALSE(lost);
  ASSERT_TRUE(lost.error().value_seen());
  EXPECT_EQ(lost.error().value_seen()->value, std::nullopt);
}

TEST_F(AtomicTest, AUniqueValueThatIsSeenProvesTheSwap) {
  ASSERT_TRUE(run(client().put("key", "old")));
  fail_next("RawCompareAndSwap", Fate::lost_answer);
  EXPECT_EQ(run(client().compare_and_swap("key", "old", "mine", {.unique_value = true})).value(),
            (CasResult{true, "old"}));
  fail_next("RawCompareAndSwap", Fate::lost_request);
  const auto lost = run(client().compare_and_swap("key", "mine", "mine too", {.unique_value = true}));
  ASSERT_FALSE(lost) << "not to see it proves nothing";
  EXPECT_TRUE(lost.error().undetermined());
}

TEST_F(AtomicTest, AUniqueValueCannotBeTheExpectedOne) {
  const auto refused = run(client().compare_and_swap("key", "same", "same", {.unique_value = true}));
  EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(calls_of("RawCompareAndSwap"), 0U);
}

TEST_F(AtomicTest, ASwapThatWasCertainlyNotDoneIsTriedAgain) {
  for (const Fate fate : {Fate::not_sent, Fate::refused, Fate::cannot_connect}) {
    ASSERT_TRUE(run(client().put("key", "old")));
    fail_next("RawCompareAndSwap", fate);
    EXPECT_TRUE(run(client().compare_and_swap("key", "old", "new")).value().swapped) << test::to_string(fate);
  }
}

TEST_F(AtomicTest, SilenceIsUndeterminedAtTheDeadline) {
  fail_next("RawCompareAndSwap", Fate::silent_answer);
  const auto lost = run(client().put_if_absent("key", "value", {.timeout = seconds(1)}));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_TRUE(lost.error().undetermined());
  EXPECT_FALSE(lost.error().value_seen());
}

TEST_F(AtomicTest, AStoreTooOldForSwapsIsNotAsked) {
  ASSERT_EQ(world.cluster.set_store_version(2, "5.0.6"), "");
  const auto refused = run(client().put_if_absent("key", "value"));
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(refused.error().message(), HasSubstr("5.0.6"));
  EXPECT_EQ(calls_of("RawCompareAndSwap"), 0U);
}

// Any version that is out there would write an empty value and call it a success.
TEST_F(AtomicTest, DeletingBySwapIsNeverSentToAReleasedVersion) {
  ASSERT_TRUE(run(client().put("key", "value")));
  for (const char* const version : {"5.1.0", "6.5.3", "8.5.7", "9.0.0"}) {
    for (const std::uint64_t store : {1U, 2U, 3U}) ASSERT_EQ(world.cluster.set_store_version(store, version), "");
    const auto refused = run(client().compare_and_delete("key", "value"));
    ASSERT_FALSE(refused) << version;
    EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
    world.loop->run_for(seconds(61));  // versions are asked for anew
  }
  EXPECT_EQ(calls_of("RawCompareAndSwap"), 0U);
  EXPECT_EQ(run(client().get("key")).value(), "value");
}

/// What `compare_and_delete` would send if it knew who can.
Task<CasResult> delete_by_swap(detail::ClientCore& core, std::string expected) {
  core::OperationStart start;
  start.name = "test";
  start.timeout = seconds(5);
  core::Operation operation(core.loop(), core.observer(), core.operations(), std::move(start));
  raw::CasCall call;
  call.key = "key";
  call.expected = std::move(expected);
  call.remove = true;
  const raw::CallContext context;
  co_return co_await core.raw().compare_and_swap(operation, context, std::move(call));
}

class NewestTest : public test::RawFixture {
 protected:
  NewestTest() : RawFixture(newest()) {}
  static testing::ClusterOptions newest() {
    testing::ClusterOptions options = eight_regions();
    options.version = "9.0.0";
    return options;
  }
};

TEST_F(NewestTest, DeletingBySwapWorksWhereStoresKnowHow) {
  connect_atomic();
  ASSERT_TRUE(run(client().put("key", "value")));
  EXPECT_EQ(run(delete_by_swap(*world.core, "other")).value(), (CasResult{false, "value"}));
  EXPECT_EQ(run(delete_by_swap(*world.core, "value")).value(), (CasResult{true, "value"}));
  EXPECT_EQ(run(client().get("key")).value(), std::nullopt);
}

class NotAtomicTest : public test::RawFixture {
 protected:
  void SetUp() override { connect(); }
};

TEST_F(NotAtomicTest, SwapsAreRefusedAndSayWhy) {
  const auto refused = run(client().put_if_absent("key", "value"));
  EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(refused.error().message(), HasSubstr("ClientOptions::atomic"));
  EXPECT_EQ(run(client().compare_and_delete("key", "value")).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(calls_of("RawCompareAndSwap"), 0U);
}

}  // namespace
}  // namespace tikv
