// The raw client above a cluster model, in virtual time: what each verb does, and what it does when
// the world is not kind.

#include "tikv/raw_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/simulated_client.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using test::CallSeen;
using test::Fate;
using test::SimulatedClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

testing::ClusterOptions three_stores(std::size_t regions) {
  testing::ClusterOptions options;
  options.regions = regions;
  return options;
}

class RawClientTest : public ::testing::Test {
 protected:
  RawClientTest() : world(three_stores(8)) {}
  void SetUp() override { ASSERT_TRUE(world.connect().has_value()); }
  void TearDown() override {
    world.client.reset();
    EXPECT_EQ(world.alive(), 0U);
  }
  [[nodiscard]] const AsyncRawClient& client() const { return *world.client; }

  SimulatedClient world;
};

TEST_F(RawClientTest, GetGivesWhatPutWrote) {
  EXPECT_TRUE(world.run(client().put("greeting", "hello")));
  EXPECT_EQ(world.run(client().get("greeting")).value(), "hello");
}

TEST_F(RawClientTest, MissingKeyAndEmptyValueDiffer) {
  EXPECT_EQ(world.run(client().get("nothing")).value(), std::nullopt);
  EXPECT_TRUE(world.run(client().put("empty", "")));
  EXPECT_EQ(world.run(client().get("empty")).value(), "");
}

TEST_F(RawClientTest, DeleteRemovesAndIsIdempotent) {
  EXPECT_TRUE(world.run(client().put("key", "value")));
  EXPECT_TRUE(world.run(client().delete_key("key")));
  EXPECT_TRUE(world.run(client().delete_key("key")));
  EXPECT_EQ(world.run(client().get("key")).value(), std::nullopt);
}

TEST_F(RawClientTest, KeysAndValuesAreBytes) {
  const std::string key("\0\xff\x80 \n", 5);
  const std::string value("\xff\0\xfe", 3);
  EXPECT_TRUE(world.run(client().put(key, value)));
  EXPECT_EQ(world.run(client().get(key)).value(), value);
  EXPECT_THAT(world.run(client().scan(KeyRange::all())).value(), ElementsAre(KeyValue{key, value}));
}

std::vector<KeyValue> many_pairs(int count) {
  std::vector<KeyValue> pairs;
  for (int i = 0; i < count; ++i) {
    KeyValue pair;
    pair.key = std::string(1, static_cast<char>('0' + i % 75)) + std::to_string(1'000'000 + i);
    pair.value = "value " + std::to_string(i);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

TEST_F(RawClientTest, BatchesCrossRegions) {
  std::vector<KeyValue> pairs = many_pairs(3000);
  EXPECT_TRUE(world.run(client().batch_put(pairs)));
  std::vector<std::string> keys;
  for (const KeyValue& pair : pairs) keys.push_back(pair.key);
  keys.insert(keys.begin() + 5, "missing");
  EXPECT_EQ(world.run(client().batch_get(keys)).value(), pairs);
  EXPECT_GT(world.core->loop().now().time_since_epoch().count(), 0);
}

TEST_F(RawClientTest, OfEqualKeysInABatchTheLastCounts) {
  std::vector<KeyValue> pairs{{"a", "first"}, {"b", "other"}, {"a", "last"}};
  EXPECT_TRUE(world.run(client().batch_put(pairs)));
  EXPECT_EQ(world.run(client().get("a")).value(), "last");
  const std::vector<std::string> keys{"a", "b", "a"};
  EXPECT_THAT(world.run(client().batch_get(keys)).value(),
              ElementsAre(KeyValue{"a", "last"}, KeyValue{"b", "other"}, KeyValue{"a", "last"}));
}

TEST_F(RawClientTest, EmptyBatchesAreNoWork) {
  EXPECT_TRUE(world.run(client().batch_put({})));
  EXPECT_THAT(world.run(client().batch_get({})).value(), SizeIs(0));
}

TEST_F(RawClientTest, ScanCrossesRegionsInOrder) {
  std::vector<KeyValue> pairs = many_pairs(3000);
  EXPECT_TRUE(world.run(client().batch_put(pairs)));
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  EXPECT_EQ(world.run(client().scan(KeyRange::all(), {.limit = 10'000})).value(), pairs);
  const auto first = world.run(client().scan(KeyRange::all(), {.limit = 7})).value();
  EXPECT_EQ(first, std::vector<KeyValue>(pairs.begin(), pairs.begin() + 7));
}

TEST_F(RawClientTest, ScanKeepsToItsRange) {
  EXPECT_TRUE(world.run(client().batch_put({{"a", "1"}, {"b", "2"}, {"b\xff", "3"}, {"c", "4"}})));
  EXPECT_THAT(world.run(client().scan(KeyRange::prefix("b"))).value(), SizeIs(2));
  EXPECT_THAT(world.run(client().scan(KeyRange::half_open("a", "c"))).value(), SizeIs(3));
  EXPECT_THAT(world.run(client().scan(KeyRange::closed("a", "c"))).value(), SizeIs(4));
  EXPECT_THAT(world.run(client().scan(KeyRange::from("b"))).value(), SizeIs(3));
  EXPECT_THAT(world.run(client().scan(KeyRange::half_open("c", "a"))).value(), SizeIs(0));
  EXPECT_THAT(world.run(client().scan(KeyRange::prefix("a"), {.key_only = true})).value(),
              ElementsAre(KeyValue{"a", ""}));
}

TEST_F(RawClientTest, KnownRegionsCostOneCall) {
  EXPECT_TRUE(world.run(client().put("key", "value")));
  const std::uint64_t before = world.faults.calls;
  EXPECT_TRUE(world.run(client().get("key")));
  EXPECT_EQ(world.faults.calls - before, 1U);
}

Task<int> get_all(const AsyncRawClient& client, std::vector<std::string> keys) {
  std::vector<Task<std::optional<std::string>>> gets;
  for (const std::string& key : keys) gets.push_back(client.get(key));
  int answered = 0;
  for (const auto& result : co_await ok(gather(std::move(gets), 1000))) answered += result ? 1 : 0;
  co_return answered;
}

TEST_F(RawClientTest, ManyWhoMissTheSameRegionsAskOnceForEach) {
  std::vector<std::string> keys;
  for (const KeyValue& pair : many_pairs(1000)) keys.push_back(pair.key);
  EXPECT_EQ(world.run(get_all(client(), keys)).value(), 1000);
  EXPECT_LE(world.faults.calls_by_method["/pdpb.PD/GetRegion"], 8U);
}

TEST_F(RawClientTest, RegionWithoutLeaderIsWaitedOutAndHoldsUpNobodyElse) {
  const std::uint64_t region = world.cluster.regions().region_of("A").meta.id;
  const std::uint64_t leader = world.cluster.regions().region_of("A").leader_store;
  EXPECT_EQ(world.cluster.transfer_leader(region, 0), "");
  std::optional<Result<std::optional<std::string>>> result;
  client().spawn<std::optional<std::string>>(client().get("A"),
                                             [&](auto outcome) { result.emplace(std::move(outcome)); });
  world.loop->run_for(milliseconds(1000));
  EXPECT_FALSE(result.has_value());
  EXPECT_TRUE(world.run(client().get("z"))) << "another region";
  EXPECT_EQ(world.cluster.transfer_leader(region, leader), "");
  world.loop->run_for(milliseconds(1000));
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has_value()) << result->error();
}

TEST_F(RawClientTest, SplitAndLeaderMoveAreFollowed) {
  const std::vector<KeyValue> pairs = many_pairs(500);
  EXPECT_TRUE(world.run(client().batch_put(pairs)));
  int moves = 0;
  world.cluster.regions().each_region([&](const testing::RegionState& region) { moves += region.leader_store > 0; });
  EXPECT_EQ(moves, 8);
  EXPECT_EQ(world.cluster.split("A5"), "");
  EXPECT_EQ(world.cluster.split("01000300"), "");
  std::vector<std::pair<std::uint64_t, std::uint64_t>> to_move;
  world.cluster.regions().each_region([&](const testing::RegionState& region) {
    for (const auto& peer : region.meta.peers) {
      if (peer.store_id != region.leader_store) {
        to_move.emplace_back(region.meta.id, peer.store_id);
        break;
      }
    }
  });
  for (const auto& [region, store] : to_move) EXPECT_EQ(world.cluster.transfer_leader(region, store), "");
  std::vector<std::string> keys;
  for (const KeyValue& pair : pairs) keys.push_back(pair.key);
  EXPECT_EQ(world.run(client().batch_get(keys)).value(), pairs);
  EXPECT_TRUE(world.run(client().batch_put(pairs)));
  EXPECT_THAT(world.run(client().scan(KeyRange::all(), {.limit = 1000})).value(), SizeIs(500));
}

TEST_F(RawClientTest, DeadStoreIsWaitedOut) {
  EXPECT_TRUE(world.run(client().put("key", "value")));
  const std::uint64_t leader = world.cluster.regions().region_of("key").leader_store;
  EXPECT_EQ(world.cluster.stop_store(leader), "");
  EXPECT_EQ(world.run(client().get("key")).value(), "value");
}

TEST_F(RawClientTest, StoreThatMovesToAnotherAddressIsFound) {
  EXPECT_TRUE(world.run(client().put("key", "value")));
  for (const auto& [id, store] : world.cluster.regions().stores()) {
    world.cluster.set_store_address(id, "moved" + std::to_string(id) + ":1");
  }
  EXPECT_EQ(world.run(client().get("key")).value(), "value");
}

// --- Errors -------------------------------------------------------------------------------------

TEST_F(RawClientTest, BadInputIsRefusedBeforeAnythingIsSent) {
  const std::uint64_t before = world.faults.calls;
  const std::string long_key(8193, 'k');
  const std::string long_value((8U << 20U) + 1, 'v');
  struct Row {
    Error error;
    std::string text;
  };
  const std::vector<KeyValue> with_empty{{"a", "1"}, {"", "2"}};
  const std::vector<Row> rows{
      {world.run(client().get("")).error(), "the key is empty"},
      {world.run(client().put("", "v")).error(), "the key is empty"},
      {world.run(client().delete_key("")).error(), "the key is empty"},
      {world.run(client().get(long_key)).error(), "the key has 8193 bytes"},
      {world.run(client().put("k", long_value)).error(), "the value has 8388609 bytes"},
      {world.run(client().batch_put(with_empty)).error(), "item 1 of the list: the key is empty"},
      {world.run(client().batch_get({"a", ""})).error(), "item 1 of the list: the key is empty"},
      {world.run(client().scan(KeyRange::all(), {.limit = 0})).error(), "the limit is 0"},
      {world.run(client().get("k", {.timeout = milliseconds(-1)})).error(), "the timeout is -1 ms"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(row.error.kind(), ErrorKind::invalid_argument) << row.error;
    EXPECT_THAT(row.error.message(), HasSubstr(row.text));
    EXPECT_FALSE(row.error.retryable());
    EXPECT_FALSE(row.error.undetermined());
  }
  EXPECT_EQ(world.faults.calls, before);
}

TEST_F(RawClientTest, ClosedClientSaysSo) {
  client().close();
  const Result<std::optional<std::string>> got = world.run(client().get("key"));
  EXPECT_EQ(got.error().kind(), ErrorKind::client_closed);
  client().close();
}

TEST_F(RawClientTest, BlockingCallOnTheLoopIsRefused) {
  auto inside = [](const AsyncRawClient& raw) -> Task<ErrorKind> { co_return raw.run(raw.get("key")).error().kind(); };
  EXPECT_EQ(world.run(inside(client())).value(), ErrorKind::blocking_call_on_loop);
}

TEST_F(RawClientTest, TaskOnTheLoopOfAnotherClientIsRefused) {
  SimulatedClient other(three_stores(1));
  ASSERT_TRUE(other.connect());
  auto inside = [](const AsyncRawClient& foreign) -> Task<ErrorKind> {
    const auto got = co_await foreign.get("key");
    co_return got.error().kind();
  };
  EXPECT_EQ(other.run(inside(client())).value(), ErrorKind::wrong_loop);
}

TEST_F(RawClientTest, MovedFromClientSaysSo) {
  AsyncRawClient target = std::move(*world.client);
  EXPECT_EQ(world.client->run(world.client->get("key")).error().kind(), ErrorKind::client_closed);
  *world.client = std::move(target);
}

TEST_F(RawClientTest, DeadlineIsEndToEnd) {
  world.faults.decide = [](const CallSeen&) { return Fate::silence; };
  const core::Time begin = world.loop->now();
  const auto got = world.run(client().get("key", {.timeout = milliseconds(1500)}));
  EXPECT_EQ(got.error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_EQ(world.loop->now() - begin, milliseconds(1500));
  EXPECT_THAT(got.error().message(), HasSubstr("the timeout of 1.500 s passed while"));
}

TEST_F(RawClientTest, CancelScopeEndsACall) {
  world.faults.decide = [](const CallSeen&) { return Fate::silence; };
  CancelScope scope;
  std::optional<Result<std::optional<std::string>>> result;
  client().spawn<std::optional<std::string>>(client().get("key", {.cancel = &scope}),
                                             [&](auto outcome) { result.emplace(std::move(outcome)); });
  world.loop->run_for(milliseconds(100));
  EXPECT_FALSE(result.has_value());
  scope.cancel();
  world.loop->run_for(milliseconds(1));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().kind(), ErrorKind::cancelled);
}

TEST_F(RawClientTest, CloseEndsWhatRunsAndTellsOfDoubt) {
  EXPECT_TRUE(world.run(client().get("key")));  // the region is known now
  world.faults.decide = [](const CallSeen&) { return Fate::silence; };
  std::optional<Result<void>> result;
  client().spawn(client().put("key", "value"), [&](Result<void> outcome) { result.emplace(std::move(outcome)); });
  world.loop->run_for(milliseconds(100));
  client().close(milliseconds(10));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().kind(), ErrorKind::client_closed);
  EXPECT_TRUE(result->error().undetermined());
}

/// Never ends by itself.
Task<void> try_for_ever(const AsyncRawClient& client, CancelScope* scope) {
  const ReadOptions options{.cancel = scope};
  for (;;) {
    const auto got = co_await client.get("key", options);
    (void)got;
  }
  co_return {};
}

TEST_F(RawClientTest, ATaskThatTriesForEverDoesNotKeepItsClientFromClosing) {
  std::optional<Result<void>> result;
  client().spawn(try_for_ever(client(), nullptr), [&](Result<void> outcome) { result.emplace(std::move(outcome)); });
  world.loop->run_for(milliseconds(100));
  client().close(milliseconds(10));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().kind(), ErrorKind::client_closed);
}

TEST_F(RawClientTest, ATaskThatTriesForEverUnderACancelledScopeLeavesTheLoopToOthers) {
  CancelScope scope;
  scope.cancel();
  client().spawn(try_for_ever(client(), &scope), nullptr);
  EXPECT_TRUE(world.run(client().get("other")));
  client().close(milliseconds(10));
}

TEST_F(RawClientTest, AScannerThatIsAskedForEverDoesNotKeepItsClientFromClosing) {
  auto ask = [](AsyncScanner scanner) -> Task<void> {
    for (;;) {
      const auto page = co_await scanner.next_page();
      (void)page;
    }
    co_return {};
  };
  client().spawn(ask(client().scanner(KeyRange::all())), nullptr);
  world.loop->run_for(milliseconds(2));
  client().close(milliseconds(10));
}

TEST_F(RawClientTest, TheLongestTimeoutIsForEver) {
  constexpr milliseconds for_ever = milliseconds::max();
  EXPECT_TRUE(world.run(client().put("key", "value", {.timeout = for_ever})));
  EXPECT_EQ(world.run(client().get("key", {.timeout = for_ever})).value(), "value");
  EXPECT_EQ(world.run(client().scan(KeyRange::all(), {.timeout = for_ever})).value().size(), 1U);
  AsyncScanner scanner = client().scanner(KeyRange::all(), {.timeout = for_ever});
  EXPECT_EQ(world.run(scanner.next_page()).value().size(), 1U);
  // Longer than the deadline of anything else: an answer that comes after an hour.
  const std::uint64_t region = world.cluster.regions().region_of("key").meta.id;
  const std::uint64_t leader = world.cluster.regions().region_of("key").leader_store;
  world.cluster.behaviour(leader)->answer_delay = std::chrono::hours(1);
  EXPECT_TRUE(world.run(client().put("key", "other", {.timeout = for_ever}))) << region;
}

TEST_F(RawClientTest, TheLongestPatienceWaitsForWhatRuns) {
  std::optional<Result<void>> result;
  const std::uint64_t leader = world.cluster.regions().region_of("key").leader_store;
  world.cluster.behaviour(leader)->answer_delay = std::chrono::hours(1);
  client().spawn(client().put("key", "value", {.timeout = milliseconds::max()}),
                 [&](Result<void> outcome) { result.emplace(std::move(outcome)); });
  world.loop->run_for(milliseconds(10));
  client().close(milliseconds::max());
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has_value());
}

TEST(RawClient, TheLongestTimeToConnectIsForEver) {
  SimulatedClient world(three_stores(1));
  world.options.connect_timeout = milliseconds::max();
  world.options.timeout = milliseconds::max();
  EXPECT_TRUE(world.connect());
  EXPECT_TRUE(world.run(world.client->put("key", "value")));
}

// --- Delivery -----------------------------------------------------------------------------------

/// Lets one store call meet a fate, then be kind.
std::function<Fate(const CallSeen&)> once(Fate fate) {
  auto met = std::make_shared<bool>(false);
  return [fate, met](const CallSeen& call) {
    if (call.method.find("Tikv") == std::string_view::npos || std::exchange(*met, true)) return Fate::deliver;
    return fate;
  };
}

class FateTest : public RawClientTest, public ::testing::WithParamInterface<Fate> {};

TEST_P(FateTest, ReadsAndResentWritesSurviveOneFault) {
  EXPECT_TRUE(world.run(client().put("key", "old")));
  world.faults.decide = once(GetParam());
  const bool silent = GetParam() == Fate::silence || GetParam() == Fate::silent_answer;
  const auto put = world.run(client().put("key", "new"));
  if (silent) {
    EXPECT_EQ(put.error().kind(), ErrorKind::deadline_exceeded);
    EXPECT_TRUE(put.error().undetermined());
    return;
  }
  EXPECT_TRUE(put.has_value()) << put.error();
  world.faults.decide = once(GetParam());
  EXPECT_EQ(world.run(client().get("key")).value(), "new");
}

TEST_P(FateTest, WithoutResendingALostAnswerIsUndetermined) {
  EXPECT_TRUE(world.run(client().put("key", "old")));
  world.faults.decide = once(GetParam());
  const auto put = world.run(client().put("key", "new", {.resend = Resend::never}));
  // (One message of a stream cannot be refused: the stream is reset, and it may have been read.)
  const bool certain =
      GetParam() == Fate::deliver || GetParam() == Fate::not_sent || GetParam() == Fate::cannot_connect;
  if (certain) {
    EXPECT_TRUE(put.has_value()) << put.error();
  } else {
    ASSERT_FALSE(put.has_value());
    EXPECT_TRUE(put.error().undetermined()) << put.error();
    EXPECT_FALSE(put.error().retryable());
  }
}

INSTANTIATE_TEST_SUITE_P(EveryFate, FateTest,
                         ::testing::Values(Fate::deliver, Fate::not_sent, Fate::refused, Fate::cannot_connect,
                                           Fate::lost_request, Fate::lost_answer, Fate::unavailable, Fate::silence,
                                           Fate::silent_answer),
                         [](const auto& fate) { return to_string(fate.param); });

TEST_F(RawClientTest, AReadIsNeverInDoubt) {
  EXPECT_TRUE(world.run(client().put("key", "old")));
  world.faults.decide = [](const CallSeen&) { return Fate::lost_answer; };
  const auto got = world.run(client().get("key", {.timeout = milliseconds(500)}));
  ASSERT_FALSE(got.has_value());
  EXPECT_FALSE(got.error().undetermined());
  EXPECT_TRUE(got.error().retryable());
}

TEST_F(RawClientTest, AStoryNamesRegionStoreAndAttempts) {
  EXPECT_TRUE(world.run(client().put("key", "old")));
  world.faults.decide = [](const CallSeen& call) {
    return call.method.find("Tikv") == std::string_view::npos ? Fate::deliver : Fate::lost_request;
  };
  const auto put = world.run(client().put("key", "new", {.timeout = milliseconds(700)}));
  ASSERT_FALSE(put.has_value());
  EXPECT_TRUE(put.error().undetermined());
  ASSERT_GE(put.error().attempts().size(), 2U);
  EXPECT_NE(put.error().attempts()[0].region_id, 0U);
  EXPECT_NE(put.error().attempts()[0].store_id, 0U);
  EXPECT_EQ(put.error().attempts()[0].delivery, Delivery::maybe_processed);
  EXPECT_THAT(put.error().message(), HasSubstr("connection reset"));
  EXPECT_THAT(put.error().message(), HasSubstr("may have been applied"));
}

// --- The placement driver -------------------------------------------------------------------------

TEST(RawClientConnect, SilentPdIsAnErrorInTime) {
  SimulatedClient world(three_stores(1));
  world.options.connect_timeout = milliseconds(4000);
  world.faults.decide = [](const CallSeen&) { return Fate::silence; };
  const Result<void> met = world.connect();
  ASSERT_FALSE(met.has_value());
  EXPECT_EQ(met.error().kind(), ErrorKind::unavailable);
  EXPECT_EQ(world.loop->now().time_since_epoch(), milliseconds(4000));
}

TEST(RawClientConnect, NobodyAtTheAddressIsAnErrorInTime) {
  SimulatedClient world(three_stores(1));
  world.options.pd_addresses = {"nowhere:1"};
  world.options.connect_timeout = milliseconds(2000);
  const Result<void> met = world.connect();
  EXPECT_EQ(met.error().kind(), ErrorKind::unavailable);
  EXPECT_THAT(met.error().message(), HasSubstr("connect to nowhere:1: refused"));
  EXPECT_TRUE(met.error().retryable());
}

TEST(RawClientConnect, OneLivingMemberOfSeveralSuffices) {
  SimulatedClient world(three_stores(1));
  world.options.pd_addresses = {"nowhere:1", "elsewhere:2", "pd1:2379"};
  EXPECT_TRUE(world.connect());
  EXPECT_EQ(world.client->cluster_id(), world.cluster.cluster_id());
}

TEST(RawClientConnect, LeaderThatMovesIsFollowed) {
  SimulatedClient world(three_stores(8));
  world.options.pd_addresses = {"pd1:2379", "pd2:2379"};
  ASSERT_TRUE(world.connect());
  EXPECT_TRUE(world.run(world.client->put("a", "1")));
  world.cluster.set_pd_address("pd2:2379");
  EXPECT_TRUE(world.run(world.client->put("z", "2"))) << "a region that must be asked for first";
  EXPECT_EQ(world.run(world.client->get("z")).value(), "2");
}

TEST(RawClientConnect, PdThatIsAwayForAWhileIsWaitedOut) {
  SimulatedClient world(three_stores(8));
  ASSERT_TRUE(world.connect());
  const core::Time back = world.loop->now() + milliseconds(5000);
  world.faults.decide = [&](const CallSeen& call) {
    return call.address == "pd1:2379" && world.loop->now() < back ? Fate::silence : Fate::deliver;
  };
  EXPECT_TRUE(world.run(world.client->put("a", "1")));
  EXPECT_LT(world.loop->now() - back, milliseconds(5000));
}

/// Remembers the lines.
class Recorder final : public Observer {
 public:
  [[nodiscard]] LogLevel log_level() const noexcept override { return LogLevel::info; }
  void log(const LogRecord& record) override {
    lines.push_back(std::string(record.operation) + " op=" + std::to_string(record.operation_id) + " region=" +
                    (record.region_id != 0 ? "set" : "0") + " store=" + (record.store_id != 0 ? "set" : "0") +
                    " attempt=" + std::to_string(record.attempt) + " " + std::string(record.message));
  }
  std::vector<std::string> lines;
};

TEST(Logging, LineOfARetryNamesOperationRegionStoreAndAttempt) {
  SimulatedClient world(three_stores(1));
  const auto recorder = std::make_shared<Recorder>();
  world.options.observer = recorder;
  ASSERT_TRUE(world.connect());
  EXPECT_TRUE(world.run(world.client->put("key", "old")));
  EXPECT_TRUE(recorder->lines.empty()) << "all is well, nothing to tell";
  world.faults.decide = once(Fate::lost_answer);
  EXPECT_TRUE(world.run(world.client->put("key", "new")));
  EXPECT_THAT(recorder->lines,
              ElementsAre(::testing::MatchesRegex("raw_put op=3 region=set store=set attempt=1 .*connection reset.*"),
                          ::testing::MatchesRegex("raw_put op=3 region=set store=set attempt=2 .*does not lead.*")))
      << "the other peers are asked who leads now";
}

TEST(RawClientConnect, WrongClusterIsRefusedAtOnce) {
  SimulatedClient world(three_stores(1));
  world.options.cluster_id = 42;
  const Result<void> met = world.connect();
  EXPECT_EQ(met.error().kind(), ErrorKind::cluster_id_mismatch);
  EXPECT_THAT(met.error().message(), HasSubstr("to cluster 42"));
  EXPECT_LT(world.loop->now().time_since_epoch(), milliseconds(10));
}

TEST(Timestamps, AreStrictlyMonotoneAndShareRequests) {
  SimulatedClient world(three_stores(1));
  ASSERT_TRUE(world.connect());
  auto take = [](detail::ClientCore& core) -> Task<std::uint64_t> {
    core::OperationStart start;
    start.name = "timestamp";
    start.timeout = milliseconds(1000);
    core::Operation operation(core.loop(), core.observer(), core.operations(), std::move(start));
    co_return co_await core.pd().timestamp(operation);
  };
  std::vector<Task<std::uint64_t>> tasks;
  for (int i = 0; i < 1000; ++i) tasks.push_back(take(*world.core));
  const auto results = world.run(gather(std::move(tasks), 1000)).value();
  std::vector<std::uint64_t> timestamps;
  for (const auto& result : results) timestamps.push_back(result.value());
  EXPECT_TRUE(std::is_sorted(timestamps.begin(), timestamps.end()));
  EXPECT_EQ(std::adjacent_find(timestamps.begin(), timestamps.end()), timestamps.end());
  EXPECT_GT(world.run(take(*world.core)).value(), timestamps.back());
  EXPECT_LE(world.core->pd().timestamp_requests(), 4U);
}

TEST(Timestamps, BrokenStreamIsOpenedAgain) {
  SimulatedClient world(three_stores(1));
  int streams = 0;
  world.faults.decide = [&](const CallSeen& call) {
    if (call.method.find("Tso") == std::string_view::npos) return Fate::deliver;
    return ++streams < 3 ? Fate::cannot_connect : streams == 3 ? Fate::silence : Fate::deliver;
  };
  ASSERT_TRUE(world.connect());
  auto take = [](detail::ClientCore& core) -> Task<std::uint64_t> {
    core::OperationStart start;
    start.name = "timestamp";
    start.timeout = std::chrono::seconds(10);
    core::Operation operation(core.loop(), core.observer(), core.operations(), std::move(start));
    co_return co_await core.pd().timestamp(operation);
  };
  EXPECT_GT(world.run(take(*world.core)).value(), 0U);
  EXPECT_EQ(streams, 4);
}

}  // namespace
}  // namespace tikv
