// What each call asks for reaches each of its requests: priority, column family, times to live, flags.
// What follows from how the client was made is looked at in every test (`testing::RequestCheck`).

#include <gmock/gmock.h>

#include "testing/request_check.h"
#include "unit/region/routing_fixture.h"
#include "wire/kvrpcpb.h"

namespace tikv::raw {
namespace {

namespace kvrpcpb = wire::kvrpcpb;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Before the cluster, which it must outlive.
struct Recorder final : testing::NetworkListener {
  void on_event(const testing::NetworkEvent& event) override {
    if (event.kind != testing::NetworkEvent::Kind::sent || !event.method.starts_with("/tikvpb")) return;
    seen.emplace_back(testing::short_name(event.method), event.bytes);
  }
  std::vector<std::pair<std::string, std::string>> seen;
};
struct HasRecorder {
  Recorder recorder;
};

class RequestFields : private HasRecorder, public test::RoutingTest {
 protected:
  explicit RequestFields(bool atomic = true) { world.options.atomic = atomic; }
  void SetUp() override {
    world.options.streams_per_store = 0;
    world.options.api_version = ApiVersion::v1ttl;
    world.simulation.network().add_listener(recorder);
    RoutingTest::SetUp();
  }
  /// The requests of the call, all of one method.
  template <class Request, class T>
  std::vector<Request> requests_of(std::string_view method, Task<T> call) {
    seen.clear();
    const Result<T> result = world.run(std::move(call));
    EXPECT_TRUE(result) << method << ": " << result.error();
    std::vector<Request> requests;
    for (const auto& [name, bytes] : seen) {
      if (name != method) continue;
      EXPECT_TRUE(wire::decode(bytes, requests.emplace_back()));
    }
    EXPECT_FALSE(requests.empty()) << method;
    for (const Request& request : requests) {
      EXPECT_EQ(request.context->priority, kvrpcpb::CommandPri::high) << method;
      if constexpr (requires { request.cf(); }) {
        EXPECT_EQ(request.cf(), "lock") << method;
      }
      if constexpr (requires { request.ttl(); }) {
        EXPECT_EQ(request.ttl(), 77U) << method;
      }
    }
    return requests;
  }

  ReadOptions reading{.column_family = ColumnFamily::lock, .priority = Priority::high};
  WriteOptions writing{.ttl = seconds(77), .column_family = ColumnFamily::lock, .priority = Priority::high};
  ScanOptions scanning{.key_only = true, .column_family = ColumnFamily::lock, .priority = Priority::high};
  std::vector<std::pair<std::string, std::string>>& seen = recorder.seen;
};

TEST_F(RequestFields, WhatACallAsksForIsInEachOfItsRequests) {
  WriteOptions deleting = writing;
  deleting.ttl = seconds(0);
  CasOptions swapping;
  swapping.ttl = writing.ttl;
  swapping.column_family = writing.column_family;
  swapping.priority = writing.priority;
  const std::vector<KeyValue> pairs = pairs_everywhere(2);
  requests_of<kvrpcpb::RawPutRequest>("RawPut", client().put("key", "1", writing));
  requests_of<kvrpcpb::RawGetRequest>("RawGet", client().get("key", reading));
  requests_of<kvrpcpb::RawGetKeyTTLRequest>("RawGetKeyTTL", client().get_key_ttl("key", reading));
  const auto put = requests_of<kvrpcpb::RawBatchPutRequest>("RawBatchPut", client().batch_put(pairs, writing));
  for (const auto& request : put) EXPECT_THAT(request.ttls, ElementsAre(77));
  requests_of<kvrpcpb::RawBatchGetRequest>("RawBatchGet", client().batch_get(keys_of(pairs), reading));
  for (const auto& request :
       requests_of<kvrpcpb::RawScanRequest>("RawScan", client().scan(KeyRange::all(), scanning))) {
    EXPECT_TRUE(request.key_only);
    EXPECT_FALSE(request.reverse);
  }
  for (const auto& request :
       requests_of<kvrpcpb::RawScanRequest>("RawScan", client().reverse_scan(KeyRange::all(), scanning))) {
    EXPECT_TRUE(request.key_only);
    EXPECT_TRUE(request.reverse);
  }
  requests_of<kvrpcpb::RawChecksumRequest>("RawChecksum",
                                           client().checksum(KeyRange::all(), {.priority = Priority::high}));
  requests_of<kvrpcpb::RawBatchDeleteRequest>("RawBatchDelete", client().batch_delete(keys_of(pairs), deleting));
  requests_of<kvrpcpb::RawDeleteRequest>("RawDelete", client().delete_key("key", deleting));
  requests_of<kvrpcpb::RawCASRequest>("RawCompareAndSwap",
                                      client().compare_and_swap("key", std::nullopt, "1", swapping));
}

/// Ranges are deleted outside of atomic mode only.
class RequestFieldsOfRanges : public RequestFields {
 protected:
  RequestFieldsOfRanges() : RequestFields(false) {}
};

TEST_F(RequestFieldsOfRanges, WhatADeletionAsksForIsInEachOfItsRequests) {
  WriteOptions deleting = writing;
  deleting.ttl = seconds(0);
  requests_of<kvrpcpb::RawDeleteRangeRequest>("RawDeleteRange", client().delete_range(KeyRange::all(), deleting));
}

TEST_F(RequestFields, ABatchWhoseFirstPairLivesForEverKeepsTheTimesOfAllOthers) {
  std::vector<KeyValueTtl> pairs;
  for (const char* const key : {"k1", "k2", "k3"}) {
    KeyValueTtl& pair = pairs.emplace_back();
    pair.key = key;
    pair.value = "1";
  }
  pairs[1].ttl = seconds(50);
  seen.clear();
  ASSERT_TRUE(world.run(client().batch_put_with_ttl(pairs)));
  kvrpcpb::RawBatchPutRequest request;
  ASSERT_TRUE(wire::decode(seen.back().second, request));
  EXPECT_THAT(request.ttls, ElementsAre(0, 50, 0));
  EXPECT_EQ(world.run(client().get_key_ttl("k1")).value()->left, std::nullopt);
  EXPECT_EQ(world.run(client().get_key_ttl("k2")).value()->left, seconds(50));
}

TEST_F(RequestFieldsOfRanges, ARangeThatEndsBeforeItBeginsIsNeverSent) {
  seen.clear();
  EXPECT_TRUE(world.run(client().delete_range(KeyRange::half_open("b", "a"))));
  EXPECT_TRUE(world.run(client().delete_range(KeyRange::half_open("b", "b"))));
  EXPECT_TRUE(world.run(client().scan(KeyRange::half_open("b", "a"))));
  EXPECT_TRUE(world.run(client().checksum(KeyRange::half_open("b", "a"))));
  EXPECT_TRUE(world.run(client().batch_put({})));
  EXPECT_TRUE(world.run(client().batch_delete({})));
  EXPECT_THAT(seen, IsEmpty()) << "a store would refuse it, and be asked again and again";
}

// The check that every simulation makes, seen to work: a request as our client sends it, and what is
// wrong when something is taken from it or added.
class RequestCheckTest : public ::testing::Test {
 protected:
  RequestCheckTest() {
    kvrpcpb::Context& context = wire::ensure(put.context);
    context.region_id = 7;
    wire::ensure(context.region_epoch).version = 3;
    wire::ensure(context.region_epoch).conf_ver = 3;
    wire::ensure(context.peer).id = 8;
    wire::ensure(context.peer).store_id = 1;
    context.max_execution_duration_ms = 1000;
    context.cluster_id = manners.cluster_id;
    context.keyspace_id = manners.keyspace_id;
    context.api_version = kvrpcpb::APIVersion::v2;
    put.key = "key";
    put.value = "value";
    put.for_cas = true;
  }
  [[nodiscard]] std::vector<std::string> faults() const {
    return testing::faults_of_request("RawPut", wire::encode(put), manners);
  }

  testing::RequestManners manners{4711, true, ApiVersion::v2, 5};
  kvrpcpb::RawPutRequest put;
};

TEST_F(RequestCheckTest, FindsNothingWrongWithWhatIsRight) {
  EXPECT_THAT(faults(), IsEmpty());
  wire::ensure(put.context).priority = kvrpcpb::CommandPri::high;
  put.value = {};
  put.ttl = 7;
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(RequestCheckTest, MissesWhatIsNotSet) {
  const kvrpcpb::RawPutRequest whole = put;
  const auto without = [&](const auto& clear, const char* told) {
    put = whole;
    clear(wire::ensure(put.context));
    EXPECT_THAT(faults(), ElementsAre(HasSubstr(told)));
  };
  without([](kvrpcpb::Context& context) { context.region_id = {}; }, "the region");
  without([](kvrpcpb::Context& context) { wire::ensure(context.region_epoch).version = {}; }, "the epoch's version");
  without([](kvrpcpb::Context& context) { wire::ensure(context.region_epoch).conf_ver = {}; }, "conf_ver");
  without([](kvrpcpb::Context& context) { wire::ensure(context.peer).id = {}; }, "the peer");
  without([](kvrpcpb::Context& context) { wire::ensure(context.peer).store_id = {}; }, "the peer's store");
  without([](kvrpcpb::Context& context) { context.max_execution_duration_ms = {}; }, "limit of its execution");
  without([](kvrpcpb::Context& context) { context.keyspace_id = {}; }, "keyspace 0");
  without([](kvrpcpb::Context& context) { context.api_version = {}; }, "API version 0");
  without([](kvrpcpb::Context& context) { context.cluster_id = 1; }, "cluster 1");
  without([this](kvrpcpb::Context&) { put.for_cas = {}; }, "does not ask for the latch");
  without([this](kvrpcpb::Context&) { put.key = {}; }, "lacks its field 2");
  put = whole;
  wire::ensure(put.context).cluster_id = {};
  EXPECT_THAT(faults(), Each(HasSubstr("cluster")));
  put.context = {};
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("has not one context")));
}

TEST_F(RequestCheckTest, FindsWhatIsSetTooMuch) {
  const kvrpcpb::RawPutRequest whole = put;
  wire::ensure(put.context).replica_read = true;
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("Context.12")));
  put = whole;
  wire::ensure(put.context).buckets_version = 7;
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("Context.33")));
  put = whole;
  manners.atomic = false;
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("not in atomic mode")));
  EXPECT_THAT(testing::faults_of_request("RawPut", wire::encode(put) + "\x58\x01", std::nullopt),
              ElementsAre(HasSubstr("sets field 11")));
  EXPECT_THAT(testing::faults_of_request("RawPut", wire::encode(whole) + wire::encode(whole), std::nullopt),
              ElementsAre(HasSubstr("has not one context")));
}

}  // namespace
}  // namespace tikv::raw
