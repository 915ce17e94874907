// Clusters of the three API versions, and of old versions: what they refuse, and in which words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "testing/key_space.h"
#include "unit/testing/model_fixture.h"

namespace tikv::testing {
namespace {

using ::testing::ElementsAre;
using std::string_literals::operator""s;

/// Typed calls with an API version of the caller's choice.
class ApiFixture : public ModelFixture {
 protected:
  explicit ApiFixture(const ClusterOptions& options) : ModelFixture(options) {}

  /// `key` as the request has it: with its prefix, if it shall have one.
  template <class Response, class Request>
  Response send(std::string_view key, std::string_view method, Request request, kvrpcpb::APIVersion api) {
    const bool encoded = cluster.options().api == StorageApi::v2;
    request.context = context_of(encoded ? encode_key(key) : std::string(key));
    wire::ensure(request.context).api_version = api;
    return at_leader<Response>(key, method, request);
  }
  kvrpcpb::RawPutResponse put_as(kvrpcpb::APIVersion api, const std::string& key, std::uint64_t ttl = 0) {
    kvrpcpb::RawPutRequest request;
    request.key = key;
    request.value = "v" + key;
    request.ttl = ttl;
    return send<kvrpcpb::RawPutResponse>(key, "RawPut", request, api);
  }
  kvrpcpb::RawGetResponse get_as(kvrpcpb::APIVersion api, const std::string& key) {
    kvrpcpb::RawGetRequest request;
    request.key = key;
    return send<kvrpcpb::RawGetResponse>(key, "RawGet", request, api);
  }
  kvrpcpb::RawScanResponse scan_as(kvrpcpb::APIVersion api, const std::string& start, const std::string& end) {
    kvrpcpb::RawScanRequest request;
    request.start_key = start;
    request.end_key = end;
    request.limit = 100;
    return send<kvrpcpb::RawScanResponse>(start, "RawScan", request, api);
  }
  kvrpcpb::RawCASResponse compare_and_delete(kvrpcpb::APIVersion api, const std::string& key,
                                             const std::string& expected) {
    kvrpcpb::RawCASRequest request;
    request.key = key;
    request.previous_value = expected;
    request.delete_ = true;
    return send<kvrpcpb::RawCASResponse>(key, "RawCompareAndSwap", request, api);
  }
};

struct Pairing {
  StorageApi storage;
  kvrpcpb::APIVersion request;
  bool accepted;
};
class ApiPairing : public ApiFixture, public ::testing::WithParamInterface<Pairing> {
 protected:
  ApiPairing() : ApiFixture({.api = GetParam().storage}) {}

  static std::string both() {
    static const std::map<kvrpcpb::APIVersion, std::string> asked{
        {kvrpcpb::APIVersion::v1, "V1"}, {kvrpcpb::APIVersion::v1_ttl, "V1ttl"}, {kvrpcpb::APIVersion::v2, "V2"}};
    return "storage: " + std::string(to_string(GetParam().storage)) + ", request: " + asked.at(GetParam().request);
  }
};

TEST_P(ApiPairing, IsAcceptedOrRefusedInTheWordsOfTikv) {
  const std::string key = "r\0\0\0k"s;
  const bool accepted = GetParam().accepted;
  const std::string refusal = "Api version in request does not match with TiKV storage, cmd: ";
  EXPECT_EQ(put_as(GetParam().request, key).error, accepted ? "" : refusal + "raw_put, " + both());
  const auto response = get_as(GetParam().request, key);
  EXPECT_EQ(response.error, accepted ? "" : refusal + "raw_get, " + both());
  EXPECT_EQ(response.value, accepted ? "v" + key : "");
  EXPECT_EQ(scan_as(GetParam().request, key, "r\0\0\1"s).kvs[0].key, accepted ? key : "");
}
INSTANTIATE_TEST_SUITE_P(Table, ApiPairing,
                         ::testing::Values(Pairing{StorageApi::v1, kvrpcpb::APIVersion::v1, true},
                                           Pairing{StorageApi::v1, kvrpcpb::APIVersion::v1_ttl, false},
                                           Pairing{StorageApi::v1, kvrpcpb::APIVersion::v2, false},
                                           Pairing{StorageApi::v1ttl, kvrpcpb::APIVersion::v1, true},
                                           Pairing{StorageApi::v1ttl, kvrpcpb::APIVersion::v1_ttl, false},
                                           Pairing{StorageApi::v1ttl, kvrpcpb::APIVersion::v2, false},
                                           Pairing{StorageApi::v2, kvrpcpb::APIVersion::v1, false},
                                           Pairing{StorageApi::v2, kvrpcpb::APIVersion::v1_ttl, false},
                                           Pairing{StorageApi::v2, kvrpcpb::APIVersion::v2, true}));

class ApiV1 : public ApiFixture {
 protected:
  ApiV1() : ApiFixture({.api = StorageApi::v1}) {}
};

TEST_F(ApiV1, AnswersWithoutAFieldForAnErrorPutItIntoAPair) {
  EXPECT_EQ(scan_as(kvrpcpb::APIVersion::v2, "a", "b").kvs[0].error->abort,
            "Error(ApiVersionNotMatched { cmd: raw_scan, storage_api_version: V1, req_api_version: V2 })");
}

TEST_F(ApiV1, ATimeToLiveIsRefused) {
  EXPECT_EQ(put_as(kvrpcpb::APIVersion::v1, "k", 1).error, "ttl is not enabled, but get put request with ttl");
  kvrpcpb::RawBatchPutRequest batch;
  batch.pairs.emplace_back().key = "k";
  batch.ttls.push_back(1);
  EXPECT_EQ(at_leader<kvrpcpb::RawBatchPutResponse>("k", "RawBatchPut", batch).error,
            "ttl is not enabled, but get put request with ttl");
  kvrpcpb::RawCASRequest swap;
  swap.key = "k";
  swap.previous_not_exist = true;
  swap.ttl = 1;
  EXPECT_EQ(at_leader<kvrpcpb::RawCASResponse>("k", "RawCompareAndSwap", swap).error,
            "ttl is not enabled, but get put request with ttl");
  EXPECT_TRUE(get("k").not_found);
}

TEST_F(ApiV1, AStoreDiesOfAskingForATtlOnlyWhenItWouldHaveServedIt) {
  kvrpcpb::RawGetKeyTTLRequest request;
  request.key = "k";
  request.context = context_of("k");
  const std::uint64_t leader = request.context->peer->store_id;
  wire::ensure(wire::ensure(request.context).region_epoch).version = 77;
  EXPECT_TRUE(at_leader<kvrpcpb::RawGetKeyTTLResponse>("k", "RawGetKeyTTL", request).region_error.has_value());
  EXPECT_TRUE(cluster.regions().store(leader)->running);
  request.context = context_of("k");
  kvrpcpb::RawGetKeyTTLResponse response;
  EXPECT_EQ(ask(Node::of_store(leader), "/tikvpb.Tikv/RawGetKeyTTL", request, response).status.code,
            rpc::StatusCode::unavailable);
  EXPECT_FALSE(cluster.regions().store(leader)->running);
}

class ApiV2 : public ApiFixture {
 protected:
  ApiV2() : ApiFixture({.regions = 2, .api = StorageApi::v2, .keyspaces = {"orders", "parts"}}) {}

  static std::string key_in(std::uint32_t keyspace, const std::string& key) {
    return keyspace_prefix('r', keyspace) + key;
  }
  std::vector<std::string> bounds() {
    std::vector<std::string> shown;
    cluster.regions().each_region(
        [&](const RegionState& region) { shown.push_back(cluster.shown(region.meta.start_key)); });
    return shown;
  }
};

TEST_F(ApiV2, RegionsBeginAndEndWithKeyspacesAndAreCutInside) {
  EXPECT_THAT(bounds(), ElementsAre("", "r\\x00\\x00\\x00", "r\\x00\\x00\\x00V", "r\\x00\\x00\\x01",
                                    "r\\x00\\x00\\x01V", "r\\x00\\x00\\x02", "r\\x00\\x00\\x02V", "r\\x00\\x00\\x03",
                                    "x\\x00\\x00\\x00", "x\\x00\\x00\\x01", "x\\x00\\x00\\x02", "x\\x00\\x00\\x03"));
}

TEST_F(ApiV2, KeyspacesDoNotSeeEachOther) {
  put_as(kvrpcpb::APIVersion::v2, key_in(1, "k"));
  EXPECT_TRUE(get_as(kvrpcpb::APIVersion::v2, key_in(0, "k")).not_found);
  EXPECT_TRUE(get_as(kvrpcpb::APIVersion::v2, key_in(2, "k")).not_found);
  EXPECT_EQ(get_as(kvrpcpb::APIVersion::v2, key_in(1, "k")).value, "v" + key_in(1, "k"));
}

TEST_F(ApiV2, ScansAnswerKeysAsTheyWereAsked) {
  for (const auto* key : {"", "a", "a-longer-key", "b"}) put_as(kvrpcpb::APIVersion::v2, key_in(1, key));
  const auto response = scan_as(kvrpcpb::APIVersion::v2, key_in(1, ""), key_in(2, ""));
  ASSERT_EQ(response.kvs.size(), 1) << "V cuts the keyspace in two: the rest is in the next region";
  EXPECT_EQ(response.kvs[0].key, key_in(1, ""));
  const auto rest = scan_as(kvrpcpb::APIVersion::v2, key_in(1, "V"), key_in(1, "b"));
  ASSERT_EQ(rest.kvs.size(), 2);
  EXPECT_EQ(rest.kvs[1].key, key_in(1, "a-longer-key"));
}

TEST_F(ApiV2, KeysOutsideOfTheRawSpaceAreRefused) {
  EXPECT_EQ(put_as(kvrpcpb::APIVersion::v2, "k").error,
            "Key mode mismatched with the request mode, cmd: raw_put, storage: V2, key: 6B");
  EXPECT_EQ(put_as(kvrpcpb::APIVersion::v2, "x\0\0\1k"s).error,
            "Key mode mismatched with the request mode, cmd: raw_put, storage: V2, key: 780000016B");
  EXPECT_EQ(scan_as(kvrpcpb::APIVersion::v2, key_in(1, ""), "").kvs[0].error->abort,
            "Error(InvalidKeyRangeMode { cmd: raw_scan, storage_api_version: V2, range: (Some(\"72000001\"), None) })");
  EXPECT_EQ(scan_as(kvrpcpb::APIVersion::v2, key_in(1, ""), "t").kvs[0].error->abort,
            "Error(InvalidKeyRangeMode { cmd: raw_scan, storage_api_version: V2, range: (Some(\"72000001\"), "
            "Some(\"74\")) })");
  EXPECT_EQ(scan_as(kvrpcpb::APIVersion::v2, key_in(2, ""), "s").kvs.size(), 0) << "the end of all raw keys";
}

TEST_F(ApiV2, ColumnFamiliesAreRefused) {
  kvrpcpb::RawPutRequest request;
  request.key = key_in(1, "k");
  request.cf = "default";
  EXPECT_EQ(send<kvrpcpb::RawPutResponse>(request.key, "RawPut", request, kvrpcpb::APIVersion::v2).error,
            "cf is deprecated in API V2, cf name: default");
}

TEST_F(ApiV2, AValueMayExpire) {
  put_as(kvrpcpb::APIVersion::v2, key_in(0, "k"), 10);
  loop.run_for(std::chrono::seconds(9));
  EXPECT_FALSE(get_as(kvrpcpb::APIVersion::v2, key_in(0, "k")).not_found);
  loop.run_for(std::chrono::seconds(1));
  EXPECT_TRUE(get_as(kvrpcpb::APIVersion::v2, key_in(0, "k")).not_found);
}

TEST_F(ApiV2, ARangeIsDeletedInsideOfItsKeyspace) {
  for (const std::uint32_t keyspace : {0U, 1U, 2U}) put_as(kvrpcpb::APIVersion::v2, key_in(keyspace, "W"));
  kvrpcpb::RawDeleteRangeRequest request;
  request.start_key = key_in(1, "V");
  request.end_key = key_in(2, "");
  EXPECT_EQ(
      send<kvrpcpb::RawDeleteRangeResponse>(key_in(1, "V"), "RawDeleteRange", request, kvrpcpb::APIVersion::v2).error,
      "");
  EXPECT_FALSE(get_as(kvrpcpb::APIVersion::v2, key_in(0, "W")).not_found);
  EXPECT_TRUE(get_as(kvrpcpb::APIVersion::v2, key_in(1, "W")).not_found);
  EXPECT_FALSE(get_as(kvrpcpb::APIVersion::v2, key_in(2, "W")).not_found);
}

TEST_F(ApiV2, PdKnowsTheKeyspacesByTheirNames) {
  const auto load = [&](const std::string& name) {
    keyspacepb::LoadKeyspaceRequest request;
    wire::ensure(request.header).cluster_id = cluster.cluster_id();
    request.name = name;
    keyspacepb::LoadKeyspaceResponse response;
    EXPECT_TRUE(ask(Node::pd(), "/keyspacepb.Keyspace/LoadKeyspace", request, response).status.ok());
    return response;
  };
  EXPECT_EQ(load("DEFAULT").keyspace->id, 0U);
  EXPECT_EQ(load("orders").keyspace->id, 1U);
  EXPECT_EQ(load("parts").keyspace->name, "parts");
  EXPECT_EQ(load("Orders").header->error->type, pdpb::ErrorType::entry_not_found);
  keyspacepb::GetAllKeyspacesRequest all;
  wire::ensure(all.header).cluster_id = cluster.cluster_id();
  all.start_id = 1;
  keyspacepb::GetAllKeyspacesResponse response;
  ask(Node::pd(), "/keyspacepb.Keyspace/GetAllKeyspaces", all, response);
  EXPECT_EQ(response.keyspaces.size(), 2);
  all.limit = 1;
  ask(Node::pd(), "/keyspacepb.Keyspace/GetAllKeyspaces", all, response);
  EXPECT_EQ(response.keyspaces.size(), 1);
}

class Coprocessor : public ApiFixture {
 protected:
  explicit Coprocessor(const ClusterOptions& options = {}) : ApiFixture(options) {}
  kvrpcpb::RawCoprocessorResponse ask_plugin(const std::string& name, const std::string& start,
                                             const std::string& end) {
    kvrpcpb::RawCoprocessorRequest request;
    request.copr_name = name;
    request.copr_version_req = "^1.0";
    request.data = "keys: ";
    kvrpcpb::KeyRange* range = &request.ranges.emplace_back();
    range->start_key = start;
    range->end_key = end;
    return send<kvrpcpb::RawCoprocessorResponse>(start, "RawCoprocessor", request, kvrpcpb::APIVersion::v1);
  }
};

TEST_F(Coprocessor, CountsKeysInsideOfTheRegion) {
  for (const auto* key : {"a", "b", "c", "d"}) put(key, "v");
  cluster.split("d");
  EXPECT_EQ(ask_plugin("count", "b", "").data, "keys: 2");
  EXPECT_EQ(ask_plugin("count", "d", "").data, "keys: 1");
  EXPECT_EQ(ask_plugin("sum", "b", "").error, "No registered coprocessor with name 'sum'");
}

class OldVersion : public ApiFixture {
 protected:
  OldVersion() : ApiFixture({.version = "5.0.6"}) {}
};

TEST_F(OldVersion, MethodsThatItDoesNotKnowAreUnimplemented) {
  kvrpcpb::RawChecksumRequest request;
  request.context = context_of("a");
  kvrpcpb::RawChecksumResponse response;
  const Node store = Node::of_store(request.context->peer->store_id);
  EXPECT_EQ(ask(store, "/tikvpb.Tikv/RawChecksum", request, response).status.code, rpc::StatusCode::unimplemented);
  pdpb::GetClusterInfoResponse info;
  EXPECT_EQ(ask(Node::pd(), "/pdpb.PD/GetClusterInfo", pdpb::GetClusterInfoRequest(), info).status.code,
            rpc::StatusCode::unimplemented);
  pdpb::BatchScanRegionsResponse regions;
  EXPECT_EQ(ask(Node::pd(), "/pdpb.PD/BatchScanRegions", pdpb::BatchScanRegionsRequest(), regions).status.code,
            rpc::StatusCode::unimplemented);
}

TEST_F(OldVersion, FieldsThatItDoesNotKnowAreIgnored) {
  EXPECT_EQ(put_as(kvrpcpb::APIVersion::v2, "k").error, "") << "it takes the request for one of its own";
  kvrpcpb::RawBatchPutRequest batch;
  batch.pairs.emplace_back().key = "other";
  batch.ttls.push_back(5);
  at_leader<kvrpcpb::RawBatchPutResponse>("other", "RawBatchPut", batch);
  loop.run_for(std::chrono::seconds(10));
  EXPECT_FALSE(get("other").not_found) << "for ever";
  batch.ttl = 5;
  at_leader<kvrpcpb::RawBatchPutResponse>("other", "RawBatchPut", batch);
  loop.run_for(std::chrono::seconds(10));
  EXPECT_TRUE(get("other").not_found);
}

TEST_F(OldVersion, SaysWhichItIs) {
  const auto stores = pd<pdpb::GetAllStoresResponse>("GetAllStores", pdpb::GetAllStoresRequest());
  EXPECT_EQ(stores.stores[0].version, "5.0.6");
  EXPECT_EQ(stores.stores[0].node_state, metapb::NodeState::preparing) << "not told";
  EXPECT_EQ(pd<pdpb::GetMembersResponse>("GetMembers", pdpb::GetMembersRequest()).leader->binary_version, "v5.0.6");
}

TEST_F(OldVersion, ACompareAndDeleteWritesTheEmptyValueAndAnswersSuccess) {
  put("k", "v");
  EXPECT_TRUE(compare_and_delete(kvrpcpb::APIVersion::v1, "k", "v").succeed);
  EXPECT_FALSE(get("k").not_found);
  EXPECT_EQ(get("k").value, "");
}

class NewestVersion : public ApiFixture {
 protected:
  NewestVersion() : ApiFixture({.version = version_named("newest").value()}) {}
};

TEST_F(NewestVersion, ACompareAndDeleteDeletes) {
  put("k", "v");
  EXPECT_FALSE(compare_and_delete(kvrpcpb::APIVersion::v1, "k", "w").succeed);
  EXPECT_EQ(get("k").value, "v");
  EXPECT_TRUE(compare_and_delete(kvrpcpb::APIVersion::v1, "k", "v").succeed);
  EXPECT_TRUE(get("k").not_found);
}

TEST(ClusterProblems, AreNamed) {
  EXPECT_EQ(problem_of({}), "");
  EXPECT_EQ(problem_of({.api = StorageApi::v2, .keyspaces = {"a", "b"}}), "");
  EXPECT_NE(problem_of({.api = StorageApi::v2, .version = "6.0.0"}), "");
  EXPECT_EQ(problem_of({.api = StorageApi::v2, .version = "6.1.0"}), "");
  EXPECT_NE(problem_of({.api = StorageApi::v2, .keyspaces = {"a"}, .version = "6.1.0"}), "");
  EXPECT_NE(problem_of({.keyspaces = {"a"}}), "");
  EXPECT_NE(problem_of({.api = StorageApi::v2, .keyspaces = {"a", "a"}}), "");
  EXPECT_NE(problem_of({.api = StorageApi::v2, .keyspaces = {"DEFAULT"}}), "");
  EXPECT_NE(problem_of({.api = StorageApi::v2, .keyspaces = {"a b"}}), "");
}

}  // namespace
}  // namespace tikv::testing
