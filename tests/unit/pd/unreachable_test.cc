// Addresses that servers tell and that cannot be reached from here: what the user hears of it.

#include <algorithm>

#include "support/event_recorder.h"
#include "unit/region/routing_fixture.h"

namespace tikv::pd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CallSeen;
using test::Fate;
using ::testing::HasSubstr;
using testing::Node;
using ::testing::Not;

/// How often a text stands in another.
std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// What stands between the separators of a message.
std::vector<std::string> clauses(std::string_view message) {
  std::vector<std::string> result(1);
  for (const char c : message) {
    if (c != ';' && c != '[' && c != ']') {
      result.back() += c;
    } else if (!result.back().empty()) {
      result.emplace_back();
    }
  }
  for (std::string& clause : result) {
    while (clause.starts_with(' ')) clause.erase(0, 1);
    while (clause.ends_with(' ')) clause.pop_back();
  }
  return result;
}

/// A clause that stands twice in a message, or what an attempt came to; empty if there is none. Short ones
/// are names.
std::string said_twice(const std::string& message) {
  for (std::string clause : clauses(message)) {
    if (clause.starts_with("at ")) clause.erase(0, std::min(clause.size(), clause.find(": ")));
    if (clause.size() >= 20 && count(message, clause) > 1) return clause;
  }
  return {};
}

class UnreachableTest : public ::testing::Test {
 protected:
  UnreachableTest() : UnreachableTest(three_members()) {}
  explicit UnreachableTest(const testing::ClusterOptions& options) : world(options) {
    world.options.observer = observer;
    world.options.timeout = seconds(3);
  }
  void TearDown() override {
    world.client.reset();
    world.loop->run_for(milliseconds(1));
  }
  static testing::ClusterOptions three_members(std::size_t members = 3) {
    testing::ClusterOptions options;
    options.regions = 8;
    options.pd_members = members;
    return options;
  }
  /// The stores tell names of another network; the `n`th is at `127.0.0.1:3000n` from here.
  void hide_stores() {
    for (const auto& [id, store] : world.cluster.regions().stores()) {
      const std::string told = "tikv" + std::to_string(id) + ":20160";
      world.cluster.set_store_address(id, told);
      world.cluster.block_way(told);
      world.cluster.add_way("127.0.0.1:3000" + std::to_string(id), Node::of_store(id));
    }
  }
  [[nodiscard]] std::string leader_address(std::string_view key) {
    return "tikv" + std::to_string(world.cluster.regions().region_of(key).leader_store) + ":20160";
  }

  std::shared_ptr<test::EventRecorder> observer = std::make_shared<test::EventRecorder>();
  test::SimulatedClient world;
};

TEST_F(UnreachableTest, TheFirstCallNamesTheAddressWhoToldItAndWhatToChange) {
  hide_stores();
  ASSERT_TRUE(world.connect());
  const auto failed = world.run(world.client->put("key", "value", {.retry = RetryPolicy::never()}));
  ASSERT_FALSE(failed);
  const std::string& message = failed.error().message();
  EXPECT_THAT(message, HasSubstr("nothing was ever reached at " + leader_address("key")));
  EXPECT_THAT(message, HasSubstr("as PD at pd1:2379 tells it"));
  EXPECT_THAT(message, HasSubstr("advertise-addr"));
  EXPECT_THAT(message, HasSubstr("map=ADDRESS=HOST:PORT"));
  EXPECT_EQ(said_twice(message), "");
  const auto warned = observer->all(Event::address_unreachable);
  ASSERT_EQ(warned.size(), 1U);
  EXPECT_EQ(warned[0].level, LogLevel::warning);
  EXPECT_EQ(warned[0].field("address"), leader_address("key"));
  EXPECT_EQ(warned[0].field("told_by"), "pd1:2379");
}

TEST_F(UnreachableTest, TheWarningComesWithTheFirstFailureAndOnceForEachStore) {
  hide_stores();
  ASSERT_TRUE(world.connect());
  using Value = std::optional<std::string>;
  world.client->spawn<Value>(world.client->get("key"), [](const Result<Value>&) {});
  world.loop->run_for(milliseconds(10));
  EXPECT_GE(observer->all(Event::address_unreachable).size(), 1U) << "long before the call gives up";
  EXPECT_FALSE(world.run(world.client->get("key")));
  EXPECT_FALSE(world.run(world.client->get("other")));
  EXPECT_LE(observer->all(Event::address_unreachable).size(), 3U);
}

TEST_F(UnreachableTest, AnAddressThatSwallowsEverythingIsExplainedByTheDeadlineToo) {
  hide_stores();
  ASSERT_TRUE(world.connect());
  world.faults.decide = [](const CallSeen& call) {
    return call.address.starts_with("tikv") ? Fate::silence : Fate::deliver;
  };
  world.cluster.add_way("nowhere:1", Node::of_store(1));
  const auto failed = world.run(world.client->get("key", {.timeout = milliseconds(300)}));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), HasSubstr("nothing was ever reached at tikv"));
}

TEST_F(UnreachableTest, AMapMakesItWork) {
  hide_stores();
  world.options.address_map = {
      {"tikv1:20160", "127.0.0.1:30001"}, {"tikv2", "127.0.0.1:30002"}, {"tikv3:20160", "127.0.0.1:30003"}};
  ASSERT_TRUE(world.connect());
  for (const char* key : {"0", "8", "G", "O", "W", "d", "l", "t"}) EXPECT_TRUE(world.run(world.client->put(key, "v")));
  EXPECT_TRUE(observer->all(Event::address_unreachable).empty());
}

TEST_F(UnreachableTest, AMapThatLeadsNowhereIsWhatTheErrorSpeaksOf) {
  hide_stores();
  world.options.address_map = {{"tikv1", "127.0.0.1:9"}, {"tikv2", "127.0.0.1:9"}, {"tikv3", "127.0.0.1:9"}};
  ASSERT_TRUE(world.connect());
  const auto failed = world.run(world.client->get("key"));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), HasSubstr("where the address map says that tikv"));
  EXPECT_THAT(failed.error().message(), HasSubstr("check ClientOptions::address_map (in a URL map=)"));
}

TEST_F(UnreachableTest, AStoreThatWasReachedOnceIsNotSuspected) {
  ASSERT_TRUE(world.connect());
  for (const char* key : {"0", "8", "G", "O", "W", "d", "l", "t"}) {
    ASSERT_TRUE(world.run(world.client->put(key, "v")));
  }
  for (const std::uint64_t id : {1U, 2U, 3U}) world.cluster.stop_store(id);
  const auto failed = world.run(world.client->get("key"));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), Not(HasSubstr("nothing was ever reached")));
  EXPECT_EQ(said_twice(failed.error().message()), "");
}

TEST_F(UnreachableTest, ALeaderThatTellsAnUnreachableAddressFirstIsReachedAtItsSecond) {
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    const std::string own = "pd" + std::to_string(id) + ":2379";
    world.cluster.pd().members().advertise(id, {"10.0.0." + std::to_string(id) + ":2379", own});
  }
  world.options.pd_addresses = {"pd2:2379"};
  const milliseconds begin = std::chrono::duration_cast<milliseconds>(world.loop->now().time_since_epoch());
  ASSERT_TRUE(world.connect());
  EXPECT_TRUE(world.run(world.client->put("key", "value")));
  const milliseconds took = std::chrono::duration_cast<milliseconds>(world.loop->now().time_since_epoch()) - begin;
  EXPECT_LE(took, milliseconds(300));
  EXPECT_EQ(world.core->pd().leader(), "pd1:2379");
}

TEST_F(UnreachableTest, ALeaderWhoseFirstAddressIsSilentIsReachedAtItsSecond) {
  world.cluster.pd().members().advertise(1, {"10.0.0.1:2379", "pd1:2379"});
  world.cluster.add_way("10.0.0.1:2379", Node::pd(1));
  world.faults.decide = [](const CallSeen& call) {
    return call.address == "10.0.0.1:2379" ? Fate::silence : Fate::deliver;
  };
  ASSERT_TRUE(world.connect());
  const auto begin = world.loop->now();
  EXPECT_TRUE(world.run(world.client->put("key", "value")));
  EXPECT_LE(world.loop->now() - begin, milliseconds(300));
}

TEST(UnreachableMember, TheUsersAddressIsAskedWhereTheOneThatIsToldIsNotThere) {
  testing::ClusterOptions options;
  options.pd_members = 1;
  test::SimulatedClient world(options);
  world.cluster.pd().members().advertise(1, {"10.0.0.1:2379"});
  world.options.pd_addresses = {"pd1:2379"};
  ASSERT_TRUE(world.connect());
  EXPECT_TRUE(world.run(world.client->put("key", "value")));
  EXPECT_EQ(world.core->pd().leader(), "pd1:2379");
  world.client.reset();
  world.loop->run_for(milliseconds(1));
}

TEST(UnreachableMember, TheUsersAddressDoesNotWaitForOneThatIsSilent) {
  testing::ClusterOptions options;
  options.pd_members = 1;
  test::SimulatedClient world(options);
  world.cluster.pd().members().advertise(1, {"10.0.0.1:2379"});
  world.cluster.add_way("10.0.0.1:2379", Node::pd(1));
  world.faults.decide = [](const CallSeen& call) {
    return call.address == "10.0.0.1:2379" ? Fate::silence : Fate::deliver;
  };
  world.options.pd_addresses = {"pd1:2379"};
  const auto begin = world.loop->now();
  ASSERT_TRUE(world.connect());
  EXPECT_LE(world.loop->now() - begin, milliseconds(300));
  EXPECT_EQ(world.core->pd().leader(), "pd1:2379");
  world.client.reset();
  world.loop->run_for(milliseconds(1));
}

TEST_F(UnreachableTest, MembersThatCannotBeReachedAreExplained) {
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    world.cluster.pd().members().advertise(id, {"10.0.0." + std::to_string(id) + ":2379"});
  }
  world.options.pd_addresses = {"pd2:2379"};  // a follower: it can name the leader, and no more
  world.options.connect_timeout = seconds(2);
  ASSERT_TRUE(world.connect());
  const auto failed = world.run(world.client->get("key"));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), HasSubstr("nothing was ever reached at 10.0.0.1:2379"));
  EXPECT_THAT(failed.error().message(), HasSubstr("advertise-client-urls"));
  EXPECT_EQ(said_twice(failed.error().message()), "");
}

/// Everything that can make a call fail, and what is done about its message: nothing stands in it twice.
struct Failing {
  std::string name;
  std::function<void(test::SimulatedClient&)> trouble;
  milliseconds timeout = seconds(3);
  RetryPolicy retry{};
};

class SaidOnceTest : public ::testing::TestWithParam<Failing> {};

void PrintTo(const Failing& failing, std::ostream* out) { *out << failing.name; }

std::function<void(test::SimulatedClient&)> fate_of(std::string prefix, Fate fate) {
  return [prefix, fate](test::SimulatedClient& world) {
    world.faults.decide = [prefix, fate](const CallSeen& call) {
      return call.address.starts_with(prefix) ? fate : Fate::deliver;
    };
  };
}

void stop_all_pd(test::SimulatedClient& world) {
  for (const std::uint64_t id : {1U, 2U, 3U}) world.cluster.stop_pd(id);
}

void without_leader(test::SimulatedClient& world) { world.cluster.pd().members().transfer_leader(0); }

std::vector<Failing> failures() {
  std::vector<Failing> all = {
      {"PdStopped", stop_all_pd},
      {"PdStoppedAndTimeEndsInAPause", stop_all_pd, milliseconds(120)},
      {"PdStoppedOneTry", stop_all_pd, seconds(3), RetryPolicy::never()},
      {"PdWithoutLeader", without_leader},
      {"PdWithoutLeaderOneTry", without_leader, seconds(3), RetryPolicy::never()},
  };
  const std::vector<std::pair<std::string, Fate>> fates = {
      {"CannotConnect", Fate::cannot_connect}, {"Silence", Fate::silence},         {"Refused", Fate::not_sent},
      {"LostAnswer", Fate::lost_answer},       {"Unavailable", Fate::unavailable},
  };
  for (const auto& [name, fate] : fates) {
    for (const std::string server : {"pd", "store"}) {
      for (const milliseconds timeout : {milliseconds(200), milliseconds(1000), milliseconds(8000)}) {
        all.push_back(
            {name + "At_" + server + "_for" + std::to_string(timeout.count()), fate_of(server, fate), timeout});
      }
      all.push_back({name + "At_" + server + "_OneTry", fate_of(server, fate), seconds(3), RetryPolicy::never()});
    }
  }
  return all;
}

TEST_P(SaidOnceTest, NoClauseOfTheMessageStandsTwice) {
  testing::ClusterOptions options;
  options.regions = 8;
  options.pd_members = 3;
  test::SimulatedClient world(options);
  world.options.streams_per_store = 0;
  ASSERT_TRUE(world.connect());
  GetParam().trouble(world);
  for (const char* verb : {"get", "put", "batch_get", "scan"}) {
    const std::string name = verb;
    ReadOptions read;
    read.timeout = GetParam().timeout;
    read.retry = GetParam().retry;
    std::optional<Error> error;
    const auto note = [&error](const auto& result) {
      if (!result) error = result.error();
    };
    if (name == "get") note(world.run(world.client->get("key", read)));
    if (name == "put") {
      WriteOptions write;
      write.timeout = read.timeout;
      write.retry = read.retry;
      note(world.run(world.client->put("key", "value", write)));
    }
    if (name == "batch_get") note(world.run(world.client->batch_get({"0", "8", "G", "key"}, read)));
    if (name == "scan") {
      ScanOptions scan;
      scan.timeout = read.timeout;
      scan.retry = read.retry;
      note(world.run(world.client->scan(KeyRange::all(), scan)));
    }
    if (!error) continue;
    EXPECT_EQ(said_twice(error->message()), "") << name << ": " << error->message();
    EXPECT_LE(count(error->message(), "raise the timeout"), 1U) << name << ": " << error->message();
    EXPECT_LE(count(error->message(), "passed while"), 1U) << name << ": " << error->message();
  }
  world.client.reset();
  world.loop->run_for(milliseconds(1));
}

INSTANTIATE_TEST_SUITE_P(Failures, SaidOnceTest, ::testing::ValuesIn(failures()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace tikv::pd
