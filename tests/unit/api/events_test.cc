// What an observer hears at `debug`, and that it hears nothing otherwise.

#include <algorithm>
#include <thread>

#include "core/events.h"
#include "support/event_recorder.h"
#include "unit/region/routing_fixture.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CallSeen;
using test::EventRecorder;
using test::Fate;
using test::KeptEvent;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

class EventsTest : public test::RoutingTest {
 protected:
  explicit EventsTest(LogLevel level = LogLevel::debug) : recorder(std::make_shared<EventRecorder>(level)) {
    world.options.observer = recorder;
  }
  /// The end of the last operation of that name; there must be one.
  KeptEvent end_of(std::string_view name) {
    KeptEvent found;
    for (const KeptEvent& each : recorder->all(Event::operation_ended)) {
      if (each.operation == name) found = each;
    }
    EXPECT_EQ(found.operation, name);
    return found;
  }
  std::vector<std::string> ends() {
    std::vector<std::string> results;
    for (const KeptEvent& each : recorder->all(Event::operation_ended)) {
      results.push_back(each.operation + " " + each.field("result"));
    }
    return results;
  }

  std::shared_ptr<EventRecorder> recorder;
};

TEST_F(EventsTest, AConnectAPutABatchAndAScanAreHeard) {
  EXPECT_EQ(end_of("connect").field("result"), "ok");
  ASSERT_TRUE(world.run(client().put("key", "value")));
  const KeptEvent put = end_of("raw_put");
  EXPECT_EQ(put.level, LogLevel::debug);
  EXPECT_EQ(put.field("result"), "ok");
  EXPECT_EQ(put.number("attempts"), 1U);
  EXPECT_EQ(put.number("regions"), 1U);
  EXPECT_EQ(put.number("stores"), 1U);
  EXPECT_GT(put.number("bytes_sent"), 8U);
  EXPECT_THAT(put.message, HasSubstr("operation ended: result=ok duration="));

  ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere(250))));
  const KeptEvent batch = end_of("raw_batch_put");
  EXPECT_EQ(batch.number("regions"), 8U);
  EXPECT_EQ(batch.number("stores"), 3U);
  EXPECT_GE(batch.number("attempts"), 8U);
  EXPECT_GT(batch.number("bytes_sent"), 20'000U);

  ASSERT_TRUE(world.run(client().scan(KeyRange::all(), {.limit = 5000})));
  EXPECT_GT(end_of("raw_scan").number("bytes_received"), 20'000U);
}

TEST_F(EventsTest, EachOperationEndsOnceWhateverItsEnd) {
  recorder->heard.clear();
  ASSERT_TRUE(world.run(client().put("key", "value")));
  EXPECT_FALSE(world.run(client().put("", "value")));
  world.faults.decide = [](const CallSeen&) { return Fate::silence; };
  EXPECT_FALSE(world.run(client().get("key", {.timeout = milliseconds(30)})));
  CancelScope scope;
  world.simulation.later(milliseconds(10), [&scope] { scope.cancel(); });
  EXPECT_FALSE(world.run(client().get("key", {.cancel = &scope})));
  world.client->spawn<void>(client().delete_key("key", {.resend = Resend::never}), [](const Result<void>&) {});
  world.loop->run_for(milliseconds(10));
  world.client->close(milliseconds(20));
  EXPECT_THAT(ends(), ElementsAre("raw_put ok", "raw_put invalid_argument", "raw_get deadline_exceeded",
                                  "raw_get cancelled", "raw_delete client_closed"));
  EXPECT_EQ(end_of("raw_delete").field("undetermined"), "true");
  std::vector<std::uint64_t> ids;
  for (const KeptEvent& each : recorder->all(Event::operation_ended)) ids.push_back(each.operation_id);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_F(EventsTest, AnOperationWhoseTaskIsDestroyedWasAbandoned) {
  recorder->heard.clear();
  world.faults.decide = [](const CallSeen&) { return Fate::silence; };
  {
    core::OperationStart start;
    start.name = "forgotten";
    start.timeout = seconds(1);
    core::Operation operation(world.core->loop(), world.core->observer(), world.core->operations(), std::move(start));
  }
  EXPECT_THAT(ends(), ElementsAre("forgotten abandoned"));
}

TEST_F(EventsTest, ConnectionsAreHeardOfWhenTheyComeAndWhenTheyGoAndWhy) {
  ASSERT_TRUE(world.run(client().put("key", "value")));
  const std::string address = regions().store(leader_of("key"))->meta.address;
  EXPECT_THAT(recorder->all(Event::connection_opened),
              Contains(::testing::Truly([&](const KeptEvent& event) { return event.field("address") == address; })));
  recorder->heard.clear();
  ASSERT_EQ(world.cluster.stop_store(leader_of("key")), "");
  world.loop->run_for(milliseconds(5));
  const auto lost = recorder->all(Event::connection_lost);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].field("address"), address);
  EXPECT_THAT(lost[0].field("reason"), HasSubstr("reset"));
  ASSERT_TRUE(world.run(client().get("key")));
  const auto failed = recorder->all(Event::connection_failed);
  ASSERT_FALSE(failed.empty());
  EXPECT_THAT(failed[0].field("reason"), HasSubstr("refused"));
}

TEST_F(EventsTest, RegionsAreHeardOfWhenTheyAreLoadedReplacedAndForgotten) {
  recorder->heard.clear();
  ASSERT_TRUE(world.run(client().put("O", "value")));
  const auto loaded = recorder->all(Event::region_loaded);
  ASSERT_EQ(loaded.size(), 1U);
  EXPECT_EQ(loaded[0].number("region"), region_of("O"));
  EXPECT_EQ(loaded[0].number("store"), leader_of("O"));
  const std::uint64_t old = region_of("O");
  ASSERT_EQ(world.cluster.split("Ok"), "");
  ASSERT_TRUE(world.run(client().put("O", "value")));
  const auto replaced = recorder->all(Event::region_replaced);
  ASSERT_FALSE(replaced.empty());
  EXPECT_EQ(replaced[0].field("before"), std::to_string(old));
  EXPECT_EQ(replaced[0].field("reason"), "a store");
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  const auto forgotten = recorder->all(Event::region_forgotten);
  ASSERT_FALSE(forgotten.empty());
  EXPECT_EQ(forgotten.back().field("reason"), "the caller asked for a refresh");
}

TEST_F(EventsTest, PausesTellTheirKindAndTheOperation) {
  bool first = true;
  world.faults.decide = [&first](const CallSeen& call) {
    const bool hit = call.address.starts_with("store") && std::exchange(first, false);
    return hit ? Fate::cannot_connect : Fate::deliver;
  };
  for (const std::uint64_t id : {1U, 2U, 3U}) world.cluster.stop_store(id);
  EXPECT_FALSE(world.run(client().get("key", {.timeout = seconds(2)})));
  const auto pauses = recorder->all(Event::paused);
  ASSERT_FALSE(pauses.empty());
  EXPECT_EQ(pauses[0].operation, "raw_get");
  EXPECT_FALSE(pauses[0].field("kind").empty());
  EXPECT_FALSE(pauses[0].field("reason").empty());
}

TEST_F(EventsTest, PdsMembersAndLeaderAreHeardOf) {
  const auto found = recorder->all(Event::pd_leader_changed);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].field("address"), "pd1:2379");
  ASSERT_EQ(recorder->all(Event::pd_members_changed).size(), 1U);
  world.cluster.pd().members().set_address(1, "moved:2379");
  world.cluster.add_way("pd1:2379", testing::Node::pd(1));
  world.faults.decide = [](const CallSeen& call) {
    return call.address == "pd1:2379" && call.method == "/pdpb.PD/GetRegion" ? Fate::unavailable : Fate::deliver;
  };
  ASSERT_TRUE(world.run(client().get("key")));
  const auto changed = recorder->all(Event::pd_leader_changed);
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[1].field("address"), "moved:2379");
  EXPECT_EQ(changed[1].field("before"), "pd1:2379");
  EXPECT_EQ(recorder->all(Event::pd_members_changed).size(), 2U);
}

TEST(EventsOfALevel, AreNotToldToWhoWantsHigherOnes) {
  EventRecorder warnings(LogLevel::warning);
  const core::Events events(warnings, false);
  events.tell(Event::paused, LogLevel::info, core::EventFields());
  EXPECT_TRUE(warnings.heard.empty());
  events.tell(Event::operation_slow, LogLevel::warning, core::EventFields());
  EXPECT_EQ(warnings.heard.size(), 1U);
}

TEST_F(EventsTest, KeysAndValuesStayOut) {
  const std::string secret = "Osecret";
  ASSERT_TRUE(world.run(client().put(secret, "hidden-value")));
  ASSERT_EQ(world.cluster.split(secret), "");
  ASSERT_TRUE(world.run(client().get(secret)));
  ASSERT_TRUE(world.run(client().scan(KeyRange::from(secret))));
  for (const KeptEvent& event : recorder->heard) {
    EXPECT_THAT(event.message, Not(HasSubstr("secret")));
    EXPECT_THAT(event.message, Not(HasSubstr("hidden-value")));
    for (const auto& [name, value] : event.fields) {
      EXPECT_THAT(value, Not(HasSubstr("secret"))) << name;
      EXPECT_THAT(value, Not(HasSubstr("hidden-value"))) << name;
    }
  }
}

class KeysToldTest : public EventsTest {
 protected:
  KeysToldTest() { world.options.log_keys = true; }
};

TEST_F(KeysToldTest, OnRequestKeysAreToldEscapedAndCut) {
  const std::string key = "O\n\x01\\" + std::string(200, 'x');
  ASSERT_TRUE(world.run(client().put(key, "hidden-value")));
  const std::string told = end_of("raw_put").field("key");
  EXPECT_EQ(told, "O\\x0a\\x01\\x5c" + std::string(60, 'x') + "…");
  const auto loaded = recorder->all(Event::region_loaded);
  ASSERT_FALSE(loaded.empty());
  EXPECT_EQ(loaded.back().field("start"), std::string(world.cluster.regions().region_of(key).meta.start_key));
  for (const KeptEvent& event : recorder->heard) EXPECT_THAT(event.message, Not(HasSubstr("hidden-value")));
}

class SlowTest : public EventsTest {
 protected:
  SlowTest() : EventsTest(LogLevel::warning) {}
};

TEST_F(SlowTest, ASlowOperationTellsItsStoryAsAWarningAndAFastOneNothing) {
  ASSERT_TRUE(world.run(client().put("key", "value")));
  EXPECT_TRUE(recorder->heard.empty());
  world.simulation.network().set_slow(testing::Node::of_store(leader_of("key")), milliseconds(600));
  ASSERT_TRUE(world.run(client().put("key", "value")));
  const auto slow = recorder->all(Event::operation_slow);
  ASSERT_EQ(slow.size(), 1U);
  EXPECT_EQ(slow[0].level, LogLevel::warning);
  EXPECT_EQ(slow[0].operation, "raw_put");
  EXPECT_EQ(slow[0].field("result"), "ok");
  EXPECT_EQ(slow[0].number("store"), leader_of("key"));
  EXPECT_THAT(slow[0].message, HasSubstr("slow: ok after 1.2"));
  EXPECT_THAT(slow[0].message, HasSubstr("the slowest of 1 request took 1.2"));
}

TEST_F(SlowTest, TheStoryOfASlowOneHasItsAttemptsAndPauses) {
  ASSERT_TRUE(world.run(client().put("key", "value")));
  for (const std::uint64_t id : {1U, 2U, 3U}) world.cluster.stop_store(id);
  EXPECT_FALSE(world.run(client().get("key", {.timeout = seconds(3)})));
  const auto slow = recorder->all(Event::operation_slow);
  ASSERT_EQ(slow.size(), 1U);
  EXPECT_EQ(slow[0].field("result"), "deadline_exceeded");
  EXPECT_THAT(slow[0].message, HasSubstr("paused"));
  EXPECT_THAT(slow[0].message, HasSubstr("attempts"));
}

TEST_F(SlowTest, AStormOfSlowOperationsIsTellingOfTenInTenSeconds) {
  ASSERT_TRUE(world.run(client().put("key", "value")));
  world.simulation.network().set_slow(testing::Node::of_store(leader_of("key")), milliseconds(600));
  std::vector<Task<std::optional<std::string>>> gets;
  for (int i = 0; i < 100; ++i) gets.push_back(client().get("key"));
  ASSERT_TRUE(world.run(gather(std::move(gets), 100)));
  EXPECT_EQ(recorder->all(Event::operation_slow).size(), 10U);
  world.loop->run_for(seconds(10));
  ASSERT_TRUE(world.run(client().get("key")));
  ASSERT_EQ(recorder->all(Event::operation_slow).size(), 11U);
  EXPECT_EQ(recorder->heard.back().number("left_out"), 90U);
}

class NeverSlowTest : public SlowTest {
 protected:
  NeverSlowTest() { world.options.slow_operation = milliseconds::max(); }
};

TEST_F(NeverSlowTest, NeverMeansNever) {
  world.simulation.network().set_slow(testing::Node::of_store(leader_of("key")), seconds(5));
  ASSERT_TRUE(world.run(client().put("key", "value")));
  EXPECT_TRUE(recorder->all(Event::operation_slow).empty());
}

class QuietTest : public EventsTest {
 protected:
  QuietTest() : EventsTest(LogLevel::info) {}
};

TEST_F(QuietTest, AboveDebugNothingIsHeardWhileAllGoesWell) {
  ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
  ASSERT_TRUE(world.run(client().scan(KeyRange::all())));
  EXPECT_TRUE(recorder->heard.empty());
}

TEST(LogRecordField, IsFoundByItsName) {
  const std::vector<LogField> fields = {{"store", LogValue(std::uint64_t{3})}, {"reason", LogValue("lost")}};
  LogRecord record;
  record.fields = fields;
  ASSERT_NE(record.field("reason"), nullptr);
  EXPECT_EQ(to_string(*record.field("reason")), "lost");
  EXPECT_EQ(record.field("region"), nullptr);
  EXPECT_EQ(to_string(LogValue(true)), "true");
  EXPECT_EQ(to_string(LogValue(std::chrono::microseconds(1500))), "0.001500 s");
}

TEST(EventNames, AreAllDifferent) {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Event::paused); ++i) names.push_back(to_string(static_cast<Event>(i)));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_THAT(names, Not(Contains("unknown")));
}

}  // namespace
}  // namespace tikv
