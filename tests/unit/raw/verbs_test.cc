// Deletes, times to live, checksums, column families, priorities, retries, API versions.
#include "testing/raw_store.h"
#include "unit/raw/raw_fixture.h"

namespace tikv {
namespace {

using std::chrono::seconds;
using test::Fate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class VerbsTest : public test::RawFixture {
 protected:
  void SetUp() override { connect(); }
};

TEST_F(VerbsTest, BatchDeleteRemovesKeysOfAllRegions) {
  const std::vector<KeyValue> written = pairs(1000);
  ASSERT_TRUE(run(client().batch_put(written)));
  std::vector<std::string> keys{"missing", "missing"};
  for (std::size_t i = 0; i < written.size(); i += 2) keys.push_back(written[i].key);
  EXPECT_TRUE(run(client().batch_delete(keys)));
  EXPECT_THAT(run(client().scan(KeyRange::all())).value(), SizeIs(500));
  EXPECT_TRUE(run(client().batch_delete({})));
}

TEST_F(VerbsTest, DeleteRangeRemovesWhatLiesInTheRangeAndNothingElse) {
  const std::vector<KeyValue> written = pairs(1000);
  for (const KeyRange& range : {KeyRange::half_open("7", "k5"), KeyRange::from("m"), KeyRange::half_open("", "5"),
                                KeyRange::half_open("z", "a"), KeyRange::all()}) {
    ASSERT_TRUE(run(client().batch_put(written)));
    EXPECT_TRUE(run(client().delete_range(range)));
    std::vector<KeyValue> expected;
    for (const KeyValue& pair : written) {
      if (range.empty() || !range.contains(pair.key)) expected.push_back(pair);
    }
    EXPECT_EQ(run(client().scan(KeyRange::all(), {.limit = 5000})).value(), expected) << range.start();
  }
}

TEST_F(VerbsTest, DeleteRangeFollowsRegionsThatChangeMeanwhile) {
  ASSERT_TRUE(run(client().batch_put(pairs(1000))));
  for (const char* const border : {"3", "A9", "Z", "k1", "x"}) ASSERT_EQ(world.cluster.split(border), "");
  fail_next("BatchCommands", Fate::lost_answer);
  EXPECT_TRUE(run(client().delete_range(KeyRange::all())));
  EXPECT_THAT(run(client().scan(KeyRange::all())).value(), IsEmpty());
}

TEST_F(VerbsTest, ADeletedRangeWhoseAnswerIsLostIsUndeterminedIfItMustNotBeResent) {
  ASSERT_TRUE(run(client().batch_put(pairs(1000))));
  fail_next("BatchCommands", Fate::lost_answer);
  const auto lost = run(client().delete_range(KeyRange::all(), {.resend = Resend::never}));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().undetermined());
}

TEST_F(VerbsTest, DeletePrefixWantsAPrefix) {
  ASSERT_TRUE(run(client().batch_put({{"user/1", "a"}, {"user/2", "b"}, {"vain", "c"}})));
  EXPECT_TRUE(run(client().delete_prefix("user/")));
  EXPECT_THAT(run(client().scan(KeyRange::all())).value(), SizeIs(1));
  const auto refused = run(client().delete_prefix(""));
  EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(refused.error().message(), HasSubstr("KeyRange::all()"));
}

TEST_F(VerbsTest, ValuesExpire) {
  ASSERT_TRUE(run(client().put("short", "1", {.ttl = seconds(5)})));
  ASSERT_TRUE(run(client().put("long", "2")));
  EXPECT_EQ(run(client().get_key_ttl("short")).value().value().left, seconds(5));
  EXPECT_EQ(run(client().get_key_ttl("long")).value().value().left, std::nullopt);
  EXPECT_EQ(run(client().get_key_ttl("missing")).value(), std::nullopt);
  world.loop->run_for(seconds(6));
  EXPECT_EQ(run(client().get("short")).value(), std::nullopt);
  EXPECT_EQ(run(client().get("long")).value(), "2");
  EXPECT_EQ(run(client().get_key_ttl("short")).value(), std::nullopt);
}

TEST_F(VerbsTest, EachKeyOfABatchMayHaveATimeToLiveOfItsOwn) {
  ASSERT_TRUE(run(client().batch_put_with_ttl(
      {{"a", "1", seconds(5)}, {"b", "2", seconds(50)}, {"z", "3"}, {"b2", "4", seconds(5)}})));
  EXPECT_EQ(run(client().get_key_ttl("b")).value().value().left, seconds(50));
  world.loop->run_for(seconds(6));
  EXPECT_EQ(run(client().get("a")).value(), std::nullopt);
  EXPECT_EQ(run(client().get("b2")).value(), std::nullopt);
  EXPECT_EQ(run(client().get("b")).value(), "2");
  EXPECT_EQ(run(client().get("z")).value(), "3");
  ASSERT_TRUE(run(client().batch_put({{"c", "1"}, {"y", "2"}}, {.ttl = seconds(9)})));
  EXPECT_EQ(run(client().get_key_ttl("y")).value().value().left, seconds(9));
}

TEST_F(VerbsTest, DifferentTimesToLiveInABatchNeedStoresThatKnowThem) {
  ASSERT_EQ(world.cluster.set_store_version(1, "5.2.4"), "");
  EXPECT_TRUE(run(client().batch_put_with_ttl({{"a", "1", seconds(5)}, {"b", "2", seconds(5)}})));
  const auto refused = run(client().batch_put_with_ttl({{"a", "1", seconds(5)}, {"b", "2"}}));
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(refused.error().message(), HasSubstr("5.3.0"));
}

TEST_F(VerbsTest, TheTimeToLiveIsAskedForOnlyWhereItIsKnownToExist) {
  ASSERT_TRUE(run(client().put("key", "value")));
  const auto refused = run(client().get_key_ttl("key"));
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(refused.error().message(), HasSubstr("v1ttl"));
  EXPECT_EQ(calls_of("RawGetKeyTTL"), 0U);
  ASSERT_TRUE(run(client().put("other", "value", {.ttl = seconds(5)})));
  EXPECT_TRUE(run(client().get_key_ttl("key"))) << "an accepted TTL has proven it";
}

TEST_F(VerbsTest, ImpossibleTimesToLiveAreRefused) {
  EXPECT_EQ(run(client().put("k", "v", {.ttl = seconds(-1)})).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(run(client().put("k", "v", {.ttl = std::chrono::hours(24 * 40'000)})).error().kind(),
            ErrorKind::invalid_argument);
  EXPECT_EQ(run(client().delete_key("k", {.ttl = seconds(1)})).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(run(client().batch_delete({"k"}, {.ttl = seconds(1)})).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(run(client().batch_put_with_ttl({{"k", "v", seconds(-1)}})).error().kind(), ErrorKind::invalid_argument);
}

TEST_F(VerbsTest, ChecksumsOfRegionsAddUp) {
  const std::vector<KeyValue> written = pairs(1000);
  ASSERT_TRUE(run(client().batch_put(written)));
  RangeChecksum expected;
  const KeyRange range = KeyRange::half_open("7", "k5");
  for (const KeyValue& pair : written) {
    if (!range.contains(pair.key)) continue;
    expected.crc64_xor ^= testing::crc64(pair.value, testing::crc64(pair.key));
    expected.bytes += pair.key.size() + pair.value.size();
    ++expected.kvs;
  }
  EXPECT_EQ(run(client().checksum(range)).value(), expected);
  ASSERT_EQ(world.cluster.split("A9"), "");
  EXPECT_EQ(run(client().checksum(range)).value(), expected) << "after a split that the client does not know";
  EXPECT_EQ(run(client().checksum(KeyRange::half_open("b", "a"))).value(), RangeChecksum{});
  EXPECT_EQ(run(client().checksum(range, {.column_family = ColumnFamily::lock})).error().kind(),
            ErrorKind::invalid_argument);
}

TEST_F(VerbsTest, ColumnFamiliesAreApart) {
  ASSERT_TRUE(run(client().put("key", "default")));
  ASSERT_TRUE(run(client().put("key", "lock", {.column_family = ColumnFamily::lock})));
  ASSERT_TRUE(run(client().batch_put({{"key", "write"}}, {.column_family = ColumnFamily::write})));
  EXPECT_EQ(run(client().get("key")).value(), "default");
  EXPECT_EQ(run(client().get("key", {.column_family = ColumnFamily::lock})).value(), "lock");
  EXPECT_EQ(run(client().batch_get({"key"}, {.column_family = ColumnFamily::write})).value().at(0).value, "write");
  EXPECT_EQ(run(client().scan(KeyRange::all(), {.column_family = ColumnFamily::lock})).value().at(0).value, "lock");
  ASSERT_TRUE(run(client().delete_range(KeyRange::all(), {.column_family = ColumnFamily::lock})));
  EXPECT_EQ(run(client().get("key", {.column_family = ColumnFamily::lock})).value(), std::nullopt);
  EXPECT_EQ(run(client().get("key")).value(), "default");
}

TEST_F(VerbsTest, WithOneAttemptTheFirstFailureIsTheResult) {
  ASSERT_TRUE(run(client().put("key", "old")));
  ASSERT_EQ(world.cluster.split("ke"), "");
  const auto moved = run(client().get("key", {.retry = RetryPolicy::never()}));
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().kind(), ErrorKind::region_unavailable);
  EXPECT_THAT(moved.error().attempts(), SizeIs(1));
  EXPECT_EQ(run(client().get("key", {.retry = RetryPolicy::never()})).value(), "old") << "it has learned from it";

  fail_next("BatchCommands", Fate::lost_request);
  const auto lost = run(client().put("key", "new", {.retry = RetryPolicy::never()}));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().undetermined());
  fail_next("BatchCommands", Fate::lost_request);
  EXPECT_TRUE(run(client().put("key", "new", {.retry = {.max_attempts = 4}})));
}

TEST_F(VerbsTest, OneAttemptCountsForQuestionsToPdToo) {
  world.faults.decide = [](const test::CallSeen& call) {
    return call.method.find("GetRegion") == std::string_view::npos ? Fate::deliver : Fate::lost_request;
  };
  const auto failed = run(client().get("key", {.retry = RetryPolicy::never()}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(world.faults.calls_by_method["/pdpb.PD/GetRegion"], 1U);
}

TEST_F(VerbsTest, WhatABatchThatPartlyFailedDidNotServeIsNamed) {
  ASSERT_TRUE(run(client().batch_put(pairs(100))));
  fail_next("BatchCommands", Fate::lost_answer);
  std::vector<KeyValueTtl> timed;
  std::vector<std::string> keys;
  for (const KeyValue& pair : pairs(100)) {
    timed.push_back({pair.key, "new", seconds(100)});
    keys.push_back(pair.key);
  }
  const auto put = run(client().batch_put_with_ttl(timed, {.resend = Resend::never}));
  ASSERT_FALSE(put);
  EXPECT_TRUE(put.error().undetermined());
  EXPECT_FALSE(put.error().key_failures().empty());
  fail_next("BatchCommands", Fate::lost_answer);
  const auto removed = run(client().batch_delete(keys, {.resend = Resend::never}));
  ASSERT_FALSE(removed);
  ASSERT_FALSE(removed.error().key_failures().empty());
  for (const KeyFailure& failure : removed.error().key_failures()) EXPECT_TRUE(failure.undetermined);
}

TEST_F(VerbsTest, APluginIsAskedRegionByRegion) {
  ASSERT_TRUE(run(client().batch_put(pairs(1000))));
  std::vector<std::uint64_t> regions;
  const CoprocessorData data = [&](const CoprocessorRegion& region, const std::vector<KeyRange>& ranges) {
    regions.push_back(region.id);
    return std::to_string(ranges.size()) + ":";
  };
  const std::vector<KeyRange> ranges{KeyRange::half_open("1", "2"), KeyRange::half_open("A", "B"),
                                     KeyRange::half_open("2", "3"), KeyRange::half_open("z", "a")};
  const auto answers = run(client().coprocessor("count", "^1.2", ranges, data)).value();
  EXPECT_EQ(answers.size(), regions.size());
  std::size_t keys = 0;
  std::size_t parts = 0;
  for (const CoprocessorAnswer& answer : answers) {
    EXPECT_EQ(answer.data.substr(0, 2), std::to_string(answer.ranges.size()) + ":");
    keys += std::stoul(answer.data.substr(2));
    parts += answer.ranges.size();
  }
  std::size_t expected = 0;
  for (const KeyValue& pair : pairs(1000)) {
    for (const KeyRange& range : ranges) expected += !range.empty() && range.contains(pair.key) ? 1U : 0U;
  }
  EXPECT_EQ(keys, expected);
  EXPECT_GE(parts, 3U);
}

TEST_F(VerbsTest, APluginThatIsNotThereIsAnErrorInTheWordsOfTheStore) {
  const std::vector<KeyRange> ranges{KeyRange::all()};
  EXPECT_EQ(run(client().coprocessor("nobody", "*", ranges, nullptr)).error().kind(), ErrorKind::server_error);
  EXPECT_EQ(run(client().coprocessor("count", "^2", ranges, nullptr)).error().kind(), ErrorKind::server_error);
  EXPECT_EQ(run(client().coprocessor("", "*", ranges, nullptr)).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(run(client().coprocessor("count", "", ranges, nullptr)).error().kind(), ErrorKind::invalid_argument);
}

TEST_F(VerbsTest, APluginIsNotAskedTwiceUnlessItsCallerAllows) {
  const std::vector<KeyRange> ranges{KeyRange::all()};
  fail_next("RawCoprocessor", Fate::lost_answer);
  const auto lost = run(client().coprocessor("count", "*", ranges, nullptr));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().undetermined());
  fail_next("RawCoprocessor", Fate::lost_answer);
  EXPECT_TRUE(run(client().coprocessor("count", "*", ranges, nullptr, {.resend = Resend::always})));
}

class NoTtlTest : public test::RawFixture {
 protected:
  NoTtlTest() : RawFixture(without_ttl()) {}
  static testing::ClusterOptions without_ttl() {
    testing::ClusterOptions options = eight_regions();
    options.api = testing::StorageApi::v1;
    return options;
  }
};

TEST_F(NoTtlTest, ATimeToLiveIsRefusedInWordsThatNameBothSides) {
  connect();
  const auto refused = run(client().put("key", "value", {.ttl = seconds(5)}));
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
  EXPECT_FALSE(refused.error().undetermined());
  EXPECT_THAT(refused.error().message(), HasSubstr("API version 1"));
  EXPECT_THAT(refused.error().message(), HasSubstr("storage.enable-ttl"));
  const auto batch = run(client().batch_put({{"a", "1"}, {"z", "2"}}, {.ttl = seconds(5)}));
  EXPECT_EQ(batch.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(batch.error().key_failures(), SizeIs(2));
  EXPECT_EQ(batch.error().key_failures().front().kind, ErrorKind::unsupported);
}

class OtherVersionTest : public test::RawFixture {
 protected:
  OtherVersionTest() : RawFixture(of_version_2()) {}
  static testing::ClusterOptions of_version_2() {
    testing::ClusterOptions options;
    options.api = testing::StorageApi::v2;
    return options;
  }
};

TEST_F(OtherVersionTest, AClientOfAnotherApiVersionIsToldBothSides) {
  connect();
  for (const auto& error :
       {run(client().put("key", "value")).error(), run(client().get("key")).error(),
        run(client().scan(KeyRange::all())).error(), run(client().batch_get({"key"})).error(),
        run(client().delete_range(KeyRange::all())).error(), run(client().checksum(KeyRange::all())).error()}) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported) << error;
    EXPECT_THAT(error.message(), HasSubstr("this client is set to API version 1,"));
    EXPECT_THAT(error.message(), HasSubstr("V2"));
    EXPECT_THAT(error.message(), HasSubstr("ClientOptions::api_version"));
  }
}

TEST_F(VerbsTest, AClientSetToTtlMayAskForItAtOnce) {
  world.options.api_version = ApiVersion::v1ttl;
  connect();
  ASSERT_TRUE(run(client().put("key", "value")));
  EXPECT_EQ(run(client().get_key_ttl("key")).value().value().left, std::nullopt);
}

TEST_F(VerbsTest, AKeyspaceWithoutApiVersion2IsRefusedWhenTheClientConnects) {
  world.options.api_version = ApiVersion::v1;
  world.options.keyspace = "orders";
  const Result<void> met = world.connect();
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().kind(), ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace tikv
