// A call with many keys of which some cannot be served says which, and has served the others.

#include "tikv/raw_client.h"
#include "unit/region/routing_fixture.h"

namespace tikv::region {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CallSeen;
using test::Fate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PartialFailureTest : public test::RoutingTest {
 protected:
  static std::vector<std::string> failed_keys(const Error& error) {
    std::vector<std::string> keys;
    for (const KeyFailure& failure : error.key_failures()) keys.push_back(failure.key);
    return keys;
  }
  /// All pairs that are missing from the cluster now.
  std::vector<std::string> missing(const std::vector<KeyValue>& pairs) {
    std::vector<std::string> keys;
    for (const KeyValue& pair : pairs) {
      if (stored(pair.key) != pair.value) keys.push_back(pair.key);
    }
    return keys;
  }
  void inject(wire::errorpb::Error error, std::uint64_t store, std::string method, bool applied = false) {
    testing::Injection injection;
    injection.node = testing::Node::of_store(store);
    injection.method = std::move(method);
    injection.error = std::move(error);
    injection.applied = applied;
    world.cluster.inject(std::move(injection));
  }
};

TEST_F(PartialFailureTest, KeysOfARegionThatNobodyLeadsAreNamedAndTheOthersWritten) {
  const std::vector<KeyValue> pairs = pairs_everywhere(3);
  ASSERT_TRUE(world.run(client().batch_put({{"G", "the region is known"}})));
  const std::uint64_t leader = leader_of("G");
  ASSERT_EQ(world.cluster.transfer_leader(region_of("G"), 0), "");
  const auto put = world.run(client().batch_put(pairs, {.timeout = milliseconds(2000)}));
  ASSERT_FALSE(put);
  EXPECT_THAT(failed_keys(put.error()), ElementsAre("G100", "G101", "G102"));
  for (const KeyFailure& failure : put.error().key_failures()) {
    EXPECT_EQ(failure.kind, ErrorKind::deadline_exceeded);
    EXPECT_FALSE(failure.undetermined) << "a peer that does not lead does not write";
  }
  EXPECT_THAT(put.error().message(), HasSubstr("3 of 24 keys were not served"));
  EXPECT_FALSE(put.error().undetermined());
  EXPECT_TRUE(put.error().retryable());
  ASSERT_EQ(world.cluster.transfer_leader(region_of("G"), leader), "");
  EXPECT_THAT(missing(pairs), ElementsAre("G100", "G101", "G102"));
}

TEST_F(PartialFailureTest, ARegionThatNobodyLeadsHoldsUpNoOthersEvenIfNoneIsKnownYet) {
  const std::vector<KeyValue> pairs = pairs_everywhere(3);
  std::vector<std::uint64_t> leaders;
  for (const char* key : {"0", "G", "O", "t"}) {
    leaders.push_back(leader_of(key));
    ASSERT_EQ(world.cluster.transfer_leader(region_of(key), 0), "");
  }
  const milliseconds begin = now();
  const auto put = world.run(client().batch_put(pairs, {.timeout = milliseconds(2000)}));
  ASSERT_FALSE(put);
  EXPECT_LE(now() - begin, milliseconds(2001)) << "in time";
  EXPECT_THAT(failed_keys(put.error()), ElementsAre("0100", "0101", "0102", "G100", "G101", "G102", "O100", "O101",
                                                    "O102", "t100", "t101", "t102"));
  EXPECT_THAT(put.error().message(), HasSubstr("12 of 24 keys were not served"));
  EXPECT_THAT(put.error().message(), HasSubstr("has no leader"));
  std::size_t next = 0;
  for (const char* key : {"0", "G", "O", "t"}) {
    ASSERT_EQ(world.cluster.transfer_leader(region_of(key), leaders[next++]), "");
  }
  EXPECT_THAT(missing(pairs), SizeIs(12));
}

TEST_F(PartialFailureTest, AReadNamesTheKeysItCouldNotReadAndIsInNoDoubt) {
  const std::vector<KeyValue> pairs = pairs_everywhere();
  ASSERT_TRUE(world.run(client().batch_put(pairs)));
  ASSERT_EQ(world.cluster.transfer_leader(region_of("d"), 0), "");
  const auto got = world.run(client().batch_get(keys_of(pairs), {.timeout = milliseconds(2000)}));
  ASSERT_FALSE(got);
  EXPECT_THAT(failed_keys(got.error()), ElementsAre("d100"));
  EXPECT_THAT(got.error().message(), HasSubstr("1 of 8 keys were not served"));
  EXPECT_FALSE(got.error().key_failures()[0].undetermined);
  EXPECT_FALSE(got.error().undetermined());
}

TEST_F(PartialFailureTest, ARequestTooLargeForItsStoreFailsAloneAndForCertain) {
  const std::vector<KeyValue> pairs = pairs_everywhere(2);
  wire::errorpb::Error error;
  error.message = "entry is too large";
  wire::ensure(error.raft_entry_too_large).region_id = region_of("W");
  ASSERT_EQ(world.cluster.transfer_leader(region_of("W"), 1), "");
  for (const std::string& letter : letters()) {
    if (letter != "W") {
      ASSERT_EQ(world.cluster.transfer_leader(region_of(letter), 2), "");
    }
  }
  inject(error, 1, "RawBatchPut");
  const auto put = world.run(client().batch_put(pairs));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(failed_keys(put.error()), ElementsAre("W100", "W101"));
  EXPECT_EQ(put.error().key_failures()[0].kind, ErrorKind::invalid_argument);
  EXPECT_FALSE(put.error().key_failures()[0].undetermined);
  EXPECT_FALSE(put.error().undetermined());
  EXPECT_THAT(put.error().message(), HasSubstr("2 of 16 keys"));
  EXPECT_THAT(put.error().message(), HasSubstr("raft-entry-max-size"));
  EXPECT_THAT(missing(pairs), ElementsAre("W100", "W101"));
}

TEST_F(PartialFailureTest, WithoutResendingOnlyTheKeysOfALostAnswerAreUndetermined) {
  const std::vector<KeyValue> pairs = pairs_everywhere(2);
  ASSERT_EQ(world.cluster.transfer_leader(region_of("l"), 1), "");
  for (const std::string& letter : letters()) {
    if (letter != "l") {
      ASSERT_EQ(world.cluster.transfer_leader(region_of(letter), 2), "");
    }
  }
  ASSERT_TRUE(world.run(client().batch_get(keys_of(pairs))));
  const std::string address = regions().store(1)->meta.address;
  bool lost = false;
  world.faults.decide = [&](const CallSeen& call) {
    return call.address == address && !std::exchange(lost, true) ? Fate::lost_answer : Fate::deliver;
  };
  const auto put = world.run(client().batch_put(pairs, {.resend = Resend::never}));
  ASSERT_FALSE(put);
  EXPECT_THAT(failed_keys(put.error()), ElementsAre("l100", "l101"));
  for (const KeyFailure& failure : put.error().key_failures()) EXPECT_TRUE(failure.undetermined) << failure.key;
  EXPECT_TRUE(put.error().undetermined());
  EXPECT_FALSE(put.error().retryable());
  EXPECT_THAT(missing(pairs), IsEmpty()) << "it was applied, which the client could not know";
}

TEST_F(PartialFailureTest, ADoubtfulPartAndACertainOneAreToldApart) {
  const std::vector<KeyValue> pairs = pairs_everywhere();
  ASSERT_EQ(world.cluster.transfer_leader(region_of("0"), 1), "");
  ASSERT_EQ(world.cluster.transfer_leader(region_of("8"), 3), "");
  for (const std::string& letter : letters()) {
    if (letter > "8") {
      ASSERT_EQ(world.cluster.transfer_leader(region_of(letter), 2), "");
    }
  }
  wire::errorpb::Error unknown;
  unknown.undetermined_result.emplace();
  inject(unknown, 1, "RawBatchPut", true);
  wire::errorpb::Error too_large;
  too_large.raft_entry_too_large.emplace();
  inject(too_large, 3, "RawBatchPut");
  const auto put = world.run(client().batch_put(pairs));
  ASSERT_FALSE(put);
  ASSERT_THAT(failed_keys(put.error()), ElementsAre("0100", "8100"));
  EXPECT_TRUE(put.error().key_failures()[0].undetermined);
  EXPECT_FALSE(put.error().key_failures()[1].undetermined);
  EXPECT_TRUE(put.error().undetermined());
  EXPECT_THAT(missing(pairs), ElementsAre("8100"));
}

TEST_F(PartialFailureTest, OneAtATimeIsOneAtATime) {
  world.client.reset();
  world.options.max_parallel_regions = 1;
  ASSERT_TRUE(world.connect());
  for (auto& [id, store] : regions().stores()) {
    world.cluster.behaviour(id)->answer_delay = milliseconds(100);
  }
  const milliseconds begin = now();
  ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
  EXPECT_GE(now() - begin, milliseconds(8 * 50));
  world.client.reset();
  world.options.max_parallel_regions = 16;
  ASSERT_TRUE(world.connect());
  const milliseconds second = now();
  ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
  EXPECT_LT(now() - second, milliseconds(110)) << "side by side";
}

}  // namespace
}  // namespace tikv::region
