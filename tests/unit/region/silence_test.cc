// Peers that say nothing and connections that die without a word: what the first call after it meets, and how
// long an outage lasts after a new leader exists. The whole client over its real transport, in virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <vector>

#include "support/rpc/wired_cluster.h"
#include "tikv/async.h"

namespace tikv::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

testing::ClusterOptions options_of(std::size_t regions, std::size_t pd_members) {
  testing::ClusterOptions options;
  options.regions = regions;
  options.pd_members = pd_members;
  return options;
}

class SilenceTest : public ::testing::Test {
 protected:
  explicit SilenceTest(const testing::ClusterOptions& options = options_of(8, 3)) : net(options) {}
  void SetUp() override {
    ASSERT_TRUE(net.connect().has_value());
    for (const char* key : keys) ASSERT_TRUE(net.run(net.client->put(key, "old")).has_value());
  }
  [[nodiscard]] core::Time now() const { return net.loop->now(); }
  [[nodiscard]] milliseconds since(core::Time begin) const {
    return std::chrono::duration_cast<milliseconds>(now() - begin);
  }
  [[nodiscard]] std::uint64_t leader_of(std::string_view key) {
    return net.cluster.regions().region_of(key).leader_store;
  }
  bool timestamp(milliseconds limit) {
    const auto ask = [](WiredCluster& of, milliseconds timeout) -> Task<std::uint64_t> {
      core::OperationStart start;
      start.name = "test";
      start.timeout = timeout;
      core::Operation operation(of.core->loop(), of.core->observer(), of.core->operations(), std::move(start));
      co_return co_await of.core->pd().timestamp(operation);
    };
    return net.run(ask(net, limit)).has_value();
  }
  /// All regions that `store` leads are led by others.
  void move_leaders_away(std::uint64_t store) {
    std::vector<std::uint64_t> regions;
    for (const auto* region : net.cluster.regions().scan("", "", 1000)) {
      if (region->leader_store == store) regions.push_back(region->meta.id);
    }
    for (const std::uint64_t region : regions) {
      ASSERT_EQ(net.cluster.transfer_leader(region, store % 3 + 1), "");
    }
  }

  const std::vector<const char*> keys{"0", "8", "G", "O", "W", "d", "l", "t"};
  WiredCluster net;
};

// ---- connections that died silently ----

struct FirstCall {
  const char* name;
  std::size_t regions;  // led by one store, or by all three
  std::function<Result<void>(const AsyncRawClient&)> call;
};

template <class T>
Result<void> outcome(const Result<T>& result) {
  return result ? Result<void>() : Result<void>(result.error());
}

std::vector<FirstCall> first_calls() {
  std::vector<FirstCall> calls;
  for (const std::size_t regions : {1U, 8U}) {
    calls.push_back({"Get", regions, [](const auto& client) { return outcome(client.run(client.get("G"))); }});
    calls.push_back({"Put", regions, [](const auto& client) { return outcome(client.run(client.put("G", "new"))); }});
    calls.push_back({"Swap", regions, [](const auto& client) {
                       Task<CasResult> swap = client.compare_and_swap("G", "old", "new");
                       return outcome(client.run(std::move(swap)));
                     }});
    calls.push_back(
        {"Scan", regions, [](const auto& client) { return outcome(client.run(client.scan(KeyRange::all()))); }});
    calls.push_back({"BatchGet", regions, [](const auto& client) {
                       std::vector<std::string> keys{"0", "G", "O", "W", "d", "t"};
                       return outcome(client.run(client.batch_get(keys)));
                     }});
  }
  return calls;
}

class SilentDeathTest : public SilenceTest, public ::testing::WithParamInterface<FirstCall> {
 protected:
  SilentDeathTest() : SilenceTest(options_of(GetParam().regions, 3)) {}
  void SetUp() override {
    ClientOptions options;
    options.atomic = true;
    ASSERT_TRUE(net.connect(options).has_value());
    for (const char* key : keys) ASSERT_TRUE(net.run(net.client->put(key, "old")).has_value());
  }
};

TEST_P(SilentDeathTest, TheFirstCallAfterItSucceedsWithinASecond) {
  net.loop->run_for(30s);
  net.connector->cut_all();
  const std::size_t pings = net.pings();
  const std::size_t attempts = net.attempts();
  const core::Time begin = now();
  const Result<void> result = GetParam().call(*net.client);
  EXPECT_TRUE(result) << result.error();
  EXPECT_LE(since(begin), 1s);
  EXPECT_LE(net.attempts() - attempts, 4U);
  std::printf("  first %s, %zu regions: %lld ms, %zu connections, %zu pings that came\n", GetParam().name,
              GetParam().regions, static_cast<long long>(since(begin).count()), net.attempts() - attempts,
              net.pings() - pings);
}

INSTANTIATE_TEST_SUITE_P(Calls, SilentDeathTest, ::testing::ValuesIn(first_calls()), [](const auto& each) {
  return each.param.name + std::string(each.param.regions == 1 ? "OfOneStore" : "OfManyStores");
});

TEST_F(SilenceTest, APlacementDriverWhoseConnectionsDiedIsAskedWithinASecond) {
  net.loop->run_for(30s);
  net.connector->cut_all();
  const core::Time begin = now();
  net.core->sender().regions().remove_range("", "");
  EXPECT_TRUE(net.run(net.client->get("G")).has_value());
  EXPECT_LE(since(begin), 1s);
}

TEST_F(SilenceTest, ATimestampAfterASilentDeathTakesLessThanASecond) {
  ASSERT_TRUE(timestamp(1s));
  net.loop->run_for(30s);
  net.connector->cut_all();
  const core::Time begin = now();
  EXPECT_TRUE(timestamp(20s));
  EXPECT_LE(since(begin), 1s);
}

TEST_F(SilenceTest, OfManyConnectionsThatDiedTheFirstOneTellsOfTheOthers) {
  net.loop->run_for(30s);
  net.connector->cut_all();
  EXPECT_TRUE(net.run(net.client->get("G")).has_value());
  const core::Time begin = now();
  for (const char* key : keys) EXPECT_TRUE(net.run(net.client->get(key)).has_value());
  EXPECT_LE(since(begin), 50ms);
}

// Each call is too short to learn it by itself, and nobody waits when it becomes clear.
TEST_F(SilenceTest, AStoreThatWasSilentIsNotAskedByTheNextCall) {
  const std::uint64_t store = leader_of("G");
  net.loop->run_for(1s);
  net.connector->freeze(net.store_address(store));
  move_leaders_away(store);
  EXPECT_FALSE(net.run(net.client->get("G", {.timeout = 300ms})).has_value());
  net.loop->run_for(3s);
  const core::Time begin = now();
  EXPECT_TRUE(net.run(net.client->get("G", {.timeout = 300ms})).has_value());
  EXPECT_LE(since(begin), 100ms);
}

TEST_F(SilenceTest, ALeaderOfPdThatWasSilentIsNotAskedByTheNextCall) {
  net.loop->run_for(1s);
  net.connector->freeze(net.pd_address(1));
  ASSERT_EQ(net.cluster.pd().members().transfer_leader(2), "");
  const auto ask = [this] {
    net.core->sender().regions().remove_range("", "");
    return net.run(net.client->get("G", {.timeout = 300ms})).has_value();
  };
  EXPECT_FALSE(ask());
  net.loop->run_for(3s);
  const core::Time begin = now();
  EXPECT_TRUE(ask());
  EXPECT_LE(since(begin), 100ms);
}

TEST_F(SilenceTest, ATimestampUnderWayLeavesAPdThatFellSilent) {
  ASSERT_TRUE(timestamp(1s));
  net.connector->freeze(net.pd_address(1));
  ASSERT_EQ(net.cluster.pd().members().transfer_leader(2), "");
  const core::Time begin = now();
  EXPECT_TRUE(timestamp(20s));
  EXPECT_LE(since(begin), 1500ms);
}

TEST_F(SilenceTest, AReadUnderWayWhenItsConnectionDiesIsAnsweredByAnotherWithinASecond) {
  net.loop->run_for(1s);
  ASSERT_TRUE(net.run(net.client->get("G")).has_value());
  net.connector->cut_all();
  const core::Time begin = now();
  EXPECT_TRUE(net.run(net.client->get("G")).has_value());
  EXPECT_LE(since(begin), 1s);
}

TEST_F(SilenceTest, APutUnderWayWhenItsConnectionDiesIsSentAgain) {
  ASSERT_TRUE(net.run(net.client->get("G")).has_value());
  net.connector->cut_all();
  const core::Time begin = now();
  EXPECT_TRUE(net.run(net.client->put("G", "new")).has_value());
  EXPECT_LE(since(begin), 1s);
}

TEST_F(SilenceTest, APutThatMustNotBeSentAgainIsUndeterminedOnceItsConnectionIsGivenUp) {
  ASSERT_TRUE(net.run(net.client->get("G")).has_value());
  net.connector->cut_all();
  const core::Time begin = now();
  const auto put = net.run(net.client->put("G", "new", {.resend = Resend::never}));
  ASSERT_FALSE(put);
  EXPECT_TRUE(put.error().undetermined());
  EXPECT_GE(since(begin), 3s);
  EXPECT_LE(since(begin), 4s);
}

TEST_F(SilenceTest, AStoreThatThawsAnswersThoseWhoCouldNotLeave) {
  ASSERT_TRUE(net.run(net.client->get("G")).has_value());
  const std::string address = net.store_address(leader_of("G"));
  net.connector->freeze(address);
  net.loop->run_after(8s, [&] { net.connector->thaw(address); });
  const core::Time begin = now();
  const auto put = net.run(net.client->put("G", "new", {.resend = Resend::never}));
  EXPECT_TRUE(put) << put.error();
  EXPECT_LE(since(begin), 8100ms);
  EXPECT_EQ(net.run(net.client->get("G")).value(), "new");
}

TEST_F(SilenceTest, IdleConnectionsAreNotPinged) {
  ASSERT_TRUE(timestamp(1s));
  const std::size_t pings = net.pings();
  net.loop->run_for(600s);
  EXPECT_EQ(net.pings(), pings);
}

TEST_F(SilenceTest, AnIdleConnectionThatLivesIsProvenByOnePingAndKept) {
  net.loop->run_for(30s);
  const std::size_t pings = net.pings();
  const std::size_t attempts = net.attempts();
  const core::Time begin = now();
  EXPECT_TRUE(net.run(net.client->put("G", "new")).has_value());
  EXPECT_LE(since(begin), 5ms);
  EXPECT_EQ(net.pings(), pings + 1);
  EXPECT_EQ(net.attempts(), attempts);
}

TEST_F(SilenceTest, ThousandsOfCallsAtAFrozenStoreSendFewQuestionsElsewhere) {
  net.connector->freeze(net.store_address(leader_of("G")));
  const std::uint64_t requests = net.requests;
  std::size_t ended = 0;
  for (int i = 0; i < 2000; ++i) {
    Task<std::optional<std::string>> get = net.client->get("G", {.timeout = milliseconds(i % 2 == 0 ? 5000 : 500)});
    std::function<void(Result<std::optional<std::string>>)> done = [&](const auto&) { ++ended; };
    net.client->spawn(std::move(get), std::move(done));
  }
  net.loop->run_for(6s);
  EXPECT_EQ(ended, 2000U);
  EXPECT_LE(net.requests - requests, 600U);
}

// Each by itself, so that each is a request of its own.
TEST_F(SilenceTest, ThousandsOfLoneCallsAtAFrozenStoreSendFewQuestionsElsewhere) {
  ClientOptions options;
  options.streams_per_store = 0;
  ASSERT_TRUE(net.connect(options).has_value());
  ASSERT_TRUE(net.run(net.client->get("G")).has_value());
  net.connector->freeze(net.store_address(leader_of("G")));
  const std::uint64_t requests = net.requests;
  std::size_t ended = 0;
  for (int i = 0; i < 2000; ++i) {
    std::function<void(Result<std::optional<std::string>>)> done = [&](const auto&) { ++ended; };
    net.client->spawn(net.client->get("G", {.timeout = 5s}), std::move(done));
  }
  net.loop->run_for(6s);
  EXPECT_EQ(ended, 2000U);
  EXPECT_LE(net.requests - requests, 600U);
}

// ---- outages ----

struct Outage {
  milliseconds lasted{};  // after the new leader existed
  std::uint64_t failed = 0;
  std::size_t pings = 0;
  std::size_t connections = 0;
};

class OutageTest : public SilenceTest, public ::testing::WithParamInterface<int> {
 protected:
  [[nodiscard]] milliseconds timeout() const { return milliseconds(GetParam()); }
  /// One call after the other; `change` happens two seconds after `begin`. How long after that calls fail or hang.
  Outage watch(const std::function<bool()>& call, const std::function<void()>& change) {
    Outage outage;
    const std::size_t attempts = net.attempts();
    const std::size_t pings = net.pings();
    bool changed = false;
    const core::Time changes_at = now() + 2s;
    net.loop->run_after(2s, [&] {
      change();
      changed = true;
    });
    core::Time last_trouble = now();
    while (now() < changes_at + 30s) {
      const core::Time began = now();
      const bool fine = call();
      if (!fine) ++outage.failed;
      if (!fine || now() - began > 100ms) last_trouble = now();
      net.loop->run_for(20ms);
    }
    EXPECT_TRUE(changed);
    outage.lasted = std::chrono::duration_cast<milliseconds>(last_trouble - changes_at);
    outage.pings = net.pings() - pings;
    outage.connections = net.attempts() - attempts;
    return outage;
  }
  void report(const char* what, const Outage& outage) const {
    std::printf("  %s, timeout %d ms: %lld ms after the new leader, %llu failed, %zu connections\n", what, GetParam(),
                static_cast<long long>(outage.lasted.count()), static_cast<unsigned long long>(outage.failed),
                outage.connections);
  }
};

TEST_P(OutageTest, OfAFrozenPlacementDriverEndsSoonAfterAnotherLeads) {
  net.loop->run_for(1s);
  net.connector->freeze(net.pd_address(1));
  int number = 0;
  const Outage outage = watch(
      [&] {
        // A question that only PD can answer.
        net.core->sender().regions().remove_range("", "");
        return net.run(net.client->get("G" + std::to_string(++number), {.timeout = timeout()})).has_value();
      },
      [&] { EXPECT_EQ(net.cluster.pd().members().transfer_leader(2), ""); });
  report("PD frozen", outage);
  EXPECT_LE(outage.lasted, 2s);
  EXPECT_LE(outage.connections, 12U);
}

TEST_P(OutageTest, OfTimestampsEndsSoonAfterAnotherPlacementDriverLeads) {
  net.loop->run_for(1s);
  net.connector->freeze(net.pd_address(1));
  const Outage outage = watch([&] { return timestamp(timeout()); },
                              [&] { EXPECT_EQ(net.cluster.pd().members().transfer_leader(2), ""); });
  report("timestamps", outage);
  EXPECT_LE(outage.lasted, 2s);
}

TEST_P(OutageTest, OfReadsOfAFrozenStoreEndsSoonAfterItsLeadersMoved) {
  const std::uint64_t store = leader_of("G");
  net.loop->run_for(1s);
  net.connector->freeze(net.store_address(store));
  const Outage outage = watch([&] { return net.run(net.client->get("G", {.timeout = timeout()})).has_value(); },
                              [&] { move_leaders_away(store); });
  report("reads of a frozen store", outage);
  EXPECT_LE(outage.lasted, 2s);
  EXPECT_LE(outage.connections, 12U);
}

TEST_P(OutageTest, OfWritesToAFrozenStoreEndsSoonAfterItsLeadersMoved) {
  const std::uint64_t store = leader_of("G");
  net.loop->run_for(1s);
  net.connector->freeze(net.store_address(store));
  int number = 0;
  const Outage outage =
      watch([&] { return net.run(net.client->put("G", std::to_string(++number), {.timeout = timeout()})).has_value(); },
            [&] { move_leaders_away(store); });
  report("writes to a frozen store", outage);
  EXPECT_LE(outage.lasted, 2s);
  EXPECT_EQ(net.run(net.client->get("G")).value(), std::to_string(number));
}

INSTANTIATE_TEST_SUITE_P(Timeouts, OutageTest, ::testing::Values(500, 1000, 3000, 20000));

}  // namespace
}  // namespace tikv::test
