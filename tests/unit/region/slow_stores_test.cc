// Stores that are dead, silent or slow without saying so: what their regions' requests do about it.

#include <algorithm>

#include "unit/region/routing_fixture.h"

namespace tikv::region {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CallSeen;
using test::Fate;
using ::testing::HasSubstr;

class RememberingObserver final : public Observer {
 public:
  [[nodiscard]] LogLevel log_level() const noexcept override { return level; }
  void log(const LogRecord& record) override {
    lines.push_back("store " + std::to_string(record.store_id) + ": " + std::string(record.message));
  }
  std::vector<std::string> lines;
  LogLevel level = LogLevel::warning;
};

class SlowStoresTest : public test::RoutingTest {
 protected:
  void SetUp() override {
    world.options.observer = observer;
    RoutingTest::SetUp();
    ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
    sick = leader_of("O");
    address = regions().store(sick)->meta.address;
    observer->lines.clear();
  }
  /// Counts what goes to the sick store, and decides its fate.
  void to_sick_store(std::function<Fate()> fate) {
    world.faults.decide = [this, fate = std::move(fate)](const CallSeen& call) {
      if (call.address != address) {
        ++sent_elsewhere;
        return Fate::deliver;
      }
      ++sent;
      return fate();
    };
  }
  std::vector<std::string> keys_led_by_sick() {
    std::vector<std::string> keys;
    for (const KeyValue& pair : pairs_everywhere()) {
      if (leader_of(pair.key) == sick) keys.push_back(pair.key);
    }
    return keys;
  }

  std::shared_ptr<RememberingObserver> observer = std::make_shared<RememberingObserver>();
  std::uint64_t sick = 0;
  std::string address;
  std::uint64_t sent = 0;
  std::uint64_t sent_elsewhere = 0;
};

TEST_F(SlowStoresTest, ADeadStoreIsMetOnceAndNotAgainForEachRegionThatItLed) {
  const std::vector<std::string> keys = keys_led_by_sick();
  ASSERT_GE(keys.size(), 2U);
  ASSERT_EQ(world.cluster.stop_store(sick), "");
  world.loop->run_for(milliseconds(1));  // that the connections broke is known
  observer->level = LogLevel::info;
  for (const std::string& key : keys) EXPECT_EQ(stored(key), "value of " + key);
  const std::string name = "store " + std::to_string(sick) + ":";
  EXPECT_EQ(std::count_if(observer->lines.begin(), observer->lines.end(),
                          [&](const std::string& line) { return line.starts_with(name); }),
            1)
      << ::testing::PrintToString(observer->lines);
}

TEST_F(SlowStoresTest, AStoreThatIsBackIsUsedAgainAtOnce) {
  ASSERT_EQ(world.cluster.stop_store(sick), "");
  world.loop->run_for(milliseconds(1));
  EXPECT_EQ(stored("O100"), "value of O100");
  ASSERT_EQ(world.cluster.start_store(sick, ""), "");
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), sick), "");
  const milliseconds begin = now();
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_LE(now() - begin, milliseconds(1500));
  to_sick_store([] { return Fate::deliver; });
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_EQ(sent, 1U);
  EXPECT_EQ(sent_elsewhere, 0U);
}

TEST_F(SlowStoresTest, AReadOfASilentStoreWhoseRegionMovedTakesTwoSeconds) {
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), follower_of("O")), "");
  to_sick_store([] { return Fate::silence; });
  const milliseconds begin = now();
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_GE(now() - begin, milliseconds(2000));
  EXPECT_LE(now() - begin, milliseconds(2100));
}

TEST_F(SlowStoresTest, AReadOfASilentStoreFindsTheLeaderThatIsElectedMeanwhile) {
  world.simulation.later(seconds(5),
                         [this] { EXPECT_EQ(world.cluster.transfer_leader(region_of("O"), follower_of("O")), ""); });
  to_sick_store([] { return Fate::silence; });
  const milliseconds begin = now();
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_LE(now() - begin, milliseconds(7000));
}

TEST_F(SlowStoresTest, AStoreThatIsMerelySlowIsNotAskedTwiceOnceThatIsKnown) {
  world.cluster.behaviour(sick)->answer_delay = seconds(3);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(stored("O100"), "value of O100");
  to_sick_store([] { return Fate::deliver; });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_EQ(sent, 10U);
  EXPECT_EQ(sent_elsewhere, 0U);
}

TEST_F(SlowStoresTest, AWriteIsNeverGivenUpBecauseItsStoreIsSlow) {
  world.cluster.behaviour(sick)->answer_delay = seconds(8);
  to_sick_store([] { return Fate::deliver; });
  const auto put = world.run(client().put("O100", "new", {.resend = Resend::never}));
  EXPECT_TRUE(put) << put.error();
  EXPECT_EQ(sent, 1U);
}

TEST_F(SlowStoresTest, AReadThatMustNotBeRepeatedWaitsForItsSlowStore) {
  world.cluster.behaviour(sick)->answer_delay = seconds(8);
  to_sick_store([] { return Fate::deliver; });
  ReadOptions once;
  once.retry = RetryPolicy::never();
  const auto got = world.run(client().get("O100", once));
  ASSERT_TRUE(got) << got.error();
  EXPECT_EQ(*got, "value of O100");
  EXPECT_EQ(sent, 1U);
}

TEST_F(SlowStoresTest, ThousandsThatWaitForASilentStoreSendFewQuestionsElsewhere) {
  to_sick_store([] { return Fate::silence; });
  std::size_t ended = 0;
  for (int i = 0; i < 2000; ++i) {
    Task<std::optional<std::string>> get = client().get("O100", {.timeout = milliseconds(2500)});
    std::function<void(Result<std::optional<std::string>>)> done = [&](const auto&) { ++ended; };
    client().spawn(std::move(get), std::move(done));
  }
  world.loop->run_for(seconds(3));
  EXPECT_EQ(ended, 2000U);
  const std::uint64_t asked_others = world.cluster.region_errors("NotLeader");
  EXPECT_GE(asked_others, 1U);
  EXPECT_LE(asked_others, 60U);
}

TEST_F(SlowStoresTest, ConnectionsThatDiedWithoutAWordCostTheFirstCallAFractionOfASecond) {
  for (const bool write : {false, true}) {
    world.loop->run_for(seconds(10));
    for (const auto& [id, store] : regions().stores()) {
      world.simulation.network().kill_silently(testing::Node::of_store(id));
    }
    const milliseconds begin = now();
    if (write) {
      const auto put = world.run(client().put("O100", "new", {.resend = Resend::never}));
      EXPECT_TRUE(put) << put.error();
    } else {
      EXPECT_EQ(stored("O100"), "value of O100");
    }
    EXPECT_LE(now() - begin, milliseconds(300));
  }
}

TEST_F(SlowStoresTest, AWriteThatWasNotSentToASilentStoreGoesToWhoeverLeads) {
  world.loop->run_for(seconds(10));
  world.simulation.network().set_silent(testing::Node::of_store(sick), true);
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), follower_of("O")), "");
  const milliseconds begin = now();
  const auto put = world.run(client().put("O100", "new", {.resend = Resend::never}));
  EXPECT_TRUE(put) << put.error();
  EXPECT_LE(now() - begin, milliseconds(1000));
  world.simulation.network().set_silent(testing::Node::of_store(sick), false);
}

TEST_F(SlowStoresTest, CallsThatEndByTheirDeadlineTeachTheNextOnes) {
  world.simulation.network().set_silent(testing::Node::of_store(sick), true);
  ASSERT_EQ(world.cluster.transfer_leader(region_of("O"), follower_of("O")), "");
  const milliseconds begin = now();
  int failed = 0;
  while (!world.run(client().get("O100", {.timeout = milliseconds(300)}))) ++failed;
  EXPECT_LE(failed, 4);
  EXPECT_LE(now() - begin, milliseconds(2000));
  world.simulation.network().set_silent(testing::Node::of_store(sick), false);
}

TEST_F(SlowStoresTest, WhatAStoreReportsIsLoggedOnceAndToldInErrors) {
  world.cluster.behaviour(sick)->slow_score = 95;
  world.loop->run_for(seconds(2));
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_EQ(stored("O100"), "value of O100");
  ASSERT_EQ(observer->lines.size(), 1U);
  EXPECT_THAT(observer->lines[0],
              HasSubstr("store " + std::to_string(sick) + ": the store is slow: it reports 95 of 100"));
  world.cluster.behaviour(sick)->busy = true;
  const auto got = world.run(client().get("O100", {.timeout = seconds(1)}));
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message(), HasSubstr("it reports 95 of 100"));
  world.cluster.behaviour(sick)->busy = false;
  world.cluster.behaviour(sick)->slow_score = 1;
  world.loop->run_for(seconds(2));
  EXPECT_EQ(stored("O100"), "value of O100");
  EXPECT_THAT(observer->lines.back(), HasSubstr("the store is well again"));
}

}  // namespace
}  // namespace tikv::region
