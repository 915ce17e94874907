// Ten thousand of everything: limits that nobody meets by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/simulated_client.h"
#include "tikv/gather.h"

namespace tikv {
namespace {

using std::chrono::seconds;
using test::Fate;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::size_t many = 12'000;  // more than may end in one turn, more than one request for timestamps

std::string key_of(std::size_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "k%06zu", number);
  return text;
}

std::vector<KeyValue> pairs(std::size_t count) {
  std::vector<KeyValue> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].key = key_of(i);
    all[i].value = std::to_string(i);
  }
  return all;
}

class ThousandsTest : public ::testing::Test {
 protected:
  void connect() { ASSERT_TRUE(world.connect()); }
  /// One region for each `apart` keys.
  void split(std::size_t count, std::size_t apart) {
    for (std::size_t i = apart; i < count; i += apart) ASSERT_EQ(world.cluster.split(key_of(i)), "");
  }
  /// Starts so many gets, whose ends are counted by what came of them.
  void spawn_gets(std::size_t count, std::chrono::milliseconds timeout = seconds(20)) {
    for (std::size_t i = 0; i < count; ++i) {
      client().spawn<std::optional<std::string>>(client().get(key_of(i), {.timeout = timeout}), [this](auto result) {
        ++ended;
        ++outcomes[result ? "success" : std::string(to_string(result.error().kind()))];
      });
    }
  }
  [[nodiscard]] const AsyncRawClient& client() const { return *world.client; }

  test::SimulatedClient world;
  std::size_t ended = 0;
  std::map<std::string, std::size_t> outcomes;
};

using ::testing::Pair;

TEST_F(ThousandsTest, CallsOfOneTurnAllEnd) {
  connect();
  spawn_gets(many);
  world.loop->run_for(seconds(30));
  EXPECT_THAT(outcomes, ElementsAre(Pair("success", many)));
}

TEST_F(ThousandsTest, CallsWhoseConnectionBreaksAreAllRepeated) {
  connect();
  ASSERT_TRUE(world.run(client().get(key_of(0))));
  world.faults.decide = [first = true](const test::CallSeen& call) mutable {
    const bool breaks = call.method == "/tikvpb.Tikv/BatchCommands" && std::exchange(first, false);
    return breaks ? Fate::lost_answer : Fate::deliver;
  };
  spawn_gets(many);
  world.loop->run_for(seconds(60));
  EXPECT_THAT(outcomes, ElementsAre(Pair("success", many)));
}

TEST_F(ThousandsTest, CallsThatRunOutOfTimeAtOneMomentAllEndThen) {
  connect();
  ASSERT_TRUE(world.run(client().get(key_of(0))));
  world.faults.decide = [](const test::CallSeen&) { return Fate::silence; };
  spawn_gets(many, seconds(1));
  world.loop->run_for(seconds(2));
  EXPECT_THAT(outcomes, ElementsAre(Pair("deadline_exceeded", many)));
}

TEST_F(ThousandsTest, CallsOfAClientThatIsClosedAllEnd) {
  connect();
  ASSERT_TRUE(world.run(client().get(key_of(0))));
  world.faults.decide = [](const test::CallSeen&) { return Fate::silence; };
  spawn_gets(many);
  world.loop->run_ready();
  EXPECT_EQ(ended, 0U);
  client().close(seconds(1));
  world.loop->run_for(seconds(5));
  EXPECT_THAT(outcomes, ElementsAre(Pair("client_closed", many)));
  EXPECT_EQ(world.alive(), 0U);
}

TEST_F(ThousandsTest, CallsThatAreSpawnedOnAClosedClientAllEnd) {
  connect();
  client().close(seconds(1));
  world.loop->run_for(seconds(5));
  spawn_gets(many);
  world.loop->run_for(seconds(1));
  EXPECT_THAT(outcomes, ElementsAre(Pair("client_closed", many)));
}

TEST_F(ThousandsTest, CallsUnderOneScopeAreAllCancelled) {
  connect();
  ASSERT_TRUE(world.run(client().get(key_of(0))));
  world.faults.decide = [](const test::CallSeen&) { return Fate::silence; };
  CancelScope scope;
  for (std::size_t i = 0; i < many; ++i) {
    client().spawn<void>(client().put(key_of(i), "v", {.cancel = &scope}), [this](const Result<void>& result) {
      ++outcomes[result ? "success" : std::string(to_string(result.error().kind()))];
    });
  }
  world.loop->run_ready();
  scope.cancel();
  world.loop->run_for(seconds(1));
  EXPECT_THAT(outcomes, ElementsAre(Pair("cancelled", many)));
}

TEST_F(ThousandsTest, ABatchOfAHundredThousandKeysOverThousandsOfRegionsIsWrittenReadAndRemoved) {
  constexpr std::size_t keys = 100'000;
  split(keys, 50);  // 2,000 regions
  connect();
  const std::vector<KeyValue> written = pairs(keys);
  const auto put = world.run(client().batch_put(written, {.timeout = seconds(120)}));
  ASSERT_TRUE(put) << put.error();
  std::vector<std::string> asked;
  for (const KeyValue& pair : written) asked.push_back(pair.key);
  const auto read = world.run(client().batch_get(asked, {.timeout = seconds(120)}));
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(*read == written);
  const auto scanned = world.run(client().scan(KeyRange::all(), {.limit = keys + 1, .timeout = seconds(120)}));
  ASSERT_TRUE(scanned) << scanned.error();
  EXPECT_TRUE(*scanned == written);
  const auto removed = world.run(client().delete_range(KeyRange::from(key_of(10)), {.timeout = seconds(120)}));
  ASSERT_TRUE(removed) << removed.error();
  const auto left = world.run(client().scan(KeyRange::all(), {.limit = keys}));
  ASSERT_TRUE(left);
  EXPECT_THAT(*left, SizeIs(10));
}

}  // namespace
}  // namespace tikv
