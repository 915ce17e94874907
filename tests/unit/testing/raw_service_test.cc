#include "testing/raw_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "testing/region_error_name.h"
#include "unit/testing/model_fixture.h"

namespace tikv::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Keys a to f; the second region begins at d.
class RawServiceTest : public ModelFixture {
 protected:
  explicit RawServiceTest(const ClusterOptions& options = {}) : ModelFixture(options) {
    for (const auto* key : {"a", "b", "c", "d", "e", "f"}) put(key, std::string("v") + key);
    cluster.split("d");
  }

  struct Range {
    std::string start;
    std::string end;
    std::uint32_t limit = 100;
    bool reverse = false;
    bool key_only = false;
  };
  kvrpcpb::RawScanResponse scan(std::string_view region, const Range& range) {
    kvrpcpb::RawScanRequest request;
    request.context = context_of(region);
    request.start_key = range.start;
    request.end_key = range.end;
    request.limit = range.limit;
    request.reverse = range.reverse;
    request.key_only = range.key_only;
    return at_leader<kvrpcpb::RawScanResponse>(region, "RawScan", request);
  }
  static std::vector<std::string> keys(const std::vector<kvrpcpb::KvPair>& pairs) {
    std::vector<std::string> found;
    for (const auto& pair : pairs) found.push_back(pair.error ? pair.error->abort : pair.key);
    return found;
  }
  std::vector<std::string> scanned(std::string_view region, const Range& range) {
    return keys(scan(region, range).kvs);
  }
  kvrpcpb::RawCASResponse swap(const std::string& key, std::optional<std::string> from, const std::string& to) {
    kvrpcpb::RawCASRequest request;
    request.key = key;
    request.value = to;
    request.previous_not_exist = !from;
    if (from) request.previous_value = *from;
    return at_leader<kvrpcpb::RawCASResponse>(key, "RawCompareAndSwap", request);
  }
  kvrpcpb::RawGetKeyTTLResponse ttl(const std::string& key) {
    kvrpcpb::RawGetKeyTTLRequest request;
    request.key = key;
    return at_leader<kvrpcpb::RawGetKeyTTLResponse>(key, "RawGetKeyTTL", request);
  }
};

TEST_F(RawServiceTest, AMissingKeyIsNotAnEmptyValue) {
  put("empty", "");
  EXPECT_FALSE(get("empty").not_found);
  EXPECT_EQ(get("empty").value, "");
  EXPECT_TRUE(get("missing").not_found);
}

TEST_F(RawServiceTest, ADeletedKeyIsNotFoundAndMayBeDeletedAgain) {
  kvrpcpb::RawDeleteRequest request;
  request.key = "a";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(at_leader<kvrpcpb::RawDeleteResponse>("a", "RawDelete", request).error, "");
    EXPECT_TRUE(get("a").not_found);
  }
}

TEST_F(RawServiceTest, BatchesAreServedWhole) {
  kvrpcpb::RawBatchPutRequest batch;
  for (const auto* key : {"aa", "ab"}) {
    batch.pairs.emplace_back().key = key;
    batch.pairs[batch.pairs.size() - 1].value = "x";
  }
  at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch);
  kvrpcpb::RawBatchGetRequest request;
  for (const auto* key : {"ab", "missing-no", "a", "aa"}) request.keys.push_back(key[0] == 'm' ? "ax" : key);
  EXPECT_THAT(keys(at_leader<kvrpcpb::RawBatchGetResponse>("a", "RawBatchGet", request).pairs),
              ElementsAre("ab", "a", "aa"));
  kvrpcpb::RawBatchDeleteRequest gone;
  gone.keys.push_back("a");
  gone.keys.push_back("aa");
  at_leader<kvrpcpb::RawBatchDeleteResponse>("a", "RawBatchDelete", gone);
  EXPECT_THAT(scanned("a", {"a", "b"}), ElementsAre("ab"));
}

TEST_F(RawServiceTest, ABatchWithAKeyOfAnotherRegionDoesNothing) {
  kvrpcpb::RawBatchPutRequest batch;
  for (const auto* key : {"aa", "e"}) batch.pairs.emplace_back().key = key;
  const auto response = at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch);
  EXPECT_EQ(response.region_error->key_not_in_region->key, "e");
  EXPECT_TRUE(get("aa").not_found);
  EXPECT_EQ(get("e").value, "ve");
}

TEST_F(RawServiceTest, ScansEndAtTheRegionsEnd) {
  EXPECT_THAT(scanned("a", {"b", ""}), ElementsAre("b", "c"));
  EXPECT_THAT(scanned("a", {"b", "f"}), ElementsAre("b", "c"));
  EXPECT_THAT(scanned("d", {"d", ""}), ElementsAre("d", "e", "f"));
  EXPECT_THAT(scanned("d", {"d", "e"}), ElementsAre("d"));
  EXPECT_THAT(scanned("a", {"a", "c", 1}), ElementsAre("a"));
  EXPECT_THAT(scanned("a", {"a", "", 0}), IsEmpty());
}

TEST_F(RawServiceTest, ScansInReverseLeaveTheirStartOut) {
  EXPECT_THAT(scanned("d", {"f", "", 100, true}), ElementsAre("e", "d"));
  EXPECT_THAT(scanned("a", {"d", "b", 100, true}), ElementsAre("c", "b"));
  EXPECT_THAT(scanned("a", {"", "", 100, true}), IsEmpty()) << "nothing is before the first key";
}

TEST_F(RawServiceTest, AScanMustStartInTheRegion) {
  EXPECT_EQ(scan("a", {"e", ""}).region_error->key_not_in_region->key, "e");
  EXPECT_TRUE(scan("d", {"a", ""}).region_error->key_not_in_region.has_value());
  EXPECT_TRUE(scan("d", {"", "", 100, true}).region_error->key_not_in_region.has_value());
}

TEST_F(RawServiceTest, KeysAloneComeWithoutValues) {
  const auto response = scan("a", {"a", "", 1, false, true});
  ASSERT_EQ(response.kvs.size(), 1);
  EXPECT_EQ(response.kvs[0].key, "a");
  EXPECT_EQ(response.kvs[0].value, "");
}

TEST_F(RawServiceTest, ManyRangesAreScannedEachWithTheLimit) {
  kvrpcpb::RawBatchScanRequest request;
  request.each_limit = 1;
  for (const auto* start : {"a", "b"}) request.ranges.emplace_back().start_key = start;
  EXPECT_THAT(keys(at_leader<kvrpcpb::RawBatchScanResponse>("a", "RawBatchScan", request).kvs), ElementsAre("a", "b"));
  request.each_limit = 100;  // the first range ends where the second starts
  EXPECT_THAT(keys(at_leader<kvrpcpb::RawBatchScanResponse>("a", "RawBatchScan", request).kvs),
              ElementsAre("a", "b", "c"));
}

TEST_F(RawServiceTest, ARangeIsDeletedInsideOfTheRegionOnly) {
  const auto erase = [&](const std::string& region, const std::string& start, const std::string& end) {
    kvrpcpb::RawDeleteRangeRequest request;
    request.context = context_of(region);
    request.start_key = start;
    request.end_key = end;
    return at_leader<kvrpcpb::RawDeleteRangeResponse>(region, "RawDeleteRange", request);
  };
  for (const char* const end : {"a", "c"}) {
    const auto crossed = erase("a", "c", end);
    EXPECT_EQ(crossed.error, "");
    EXPECT_THAT(crossed.region_error->message, HasSubstr("invalid delete range command, start_key: [99]"));
    EXPECT_EQ(region_error_name(*crossed.region_error), "Other") << "a message only, so that clients try again";
  }
  EXPECT_TRUE(erase("a", "b", "e").region_error->key_not_in_region.has_value());
  EXPECT_TRUE(erase("a", "b", "").region_error->key_not_in_region.has_value());
  EXPECT_FALSE(erase("a", "b", "d").region_error.has_value());
  EXPECT_THAT(scanned("a", {"", ""}), ElementsAre("a"));
  EXPECT_FALSE(erase("d", "e", "").region_error.has_value());
  EXPECT_THAT(scanned("d", {"d", ""}), ElementsAre("d"));
  EXPECT_EQ(cluster.regions().region_of("a").keys, 1U);
  EXPECT_EQ(cluster.regions().region_of("d").keys, 1U);
}

struct Swap {
  std::optional<std::string> there;
  std::optional<std::string> expected;
  bool succeeds;
};
class RawSwap : public RawServiceTest, public ::testing::WithParamInterface<Swap> {};

TEST_P(RawSwap, SucceedsExactlyWhenTheValueIsTheExpectedOneAndTellsWhatWasThere) {
  const Swap& swapped = GetParam();
  if (swapped.there) put("k", *swapped.there);
  const auto response = swap("k", swapped.expected, "new");
  EXPECT_EQ(response.succeed, swapped.succeeds);
  EXPECT_EQ(response.previous_not_exist, !swapped.there);
  EXPECT_EQ(response.previous_value, swapped.there.value_or(""));
  EXPECT_EQ(get("k").not_found, !swapped.there && !swapped.succeeds);
  EXPECT_EQ(get("k").value, swapped.succeeds ? "new" : swapped.there.value_or(""));
}
INSTANTIATE_TEST_SUITE_P(Table, RawSwap,
                         ::testing::Values(Swap{std::nullopt, std::nullopt, true}, Swap{std::nullopt, "", false},
                                           Swap{std::nullopt, "x", false}, Swap{"x", std::nullopt, false},
                                           Swap{"x", "x", true}, Swap{"x", "y", false}, Swap{"", "", true},
                                           Swap{"", std::nullopt, false}));

TEST_F(RawServiceTest, AValueLivesAsLongAsItsTtlSays) {
  put("k", "v", 10);
  EXPECT_EQ(ttl("k").ttl, 10U);
  loop.run_for(seconds(9));
  EXPECT_EQ(get("k").value, "v");
  EXPECT_EQ(ttl("k").ttl, 1U);
  loop.run_for(seconds(1));
  EXPECT_TRUE(get("k").not_found);
  EXPECT_TRUE(ttl("k").not_found);
  EXPECT_THAT(scanned("d", {"g", ""}), IsEmpty());
  EXPECT_EQ(swap("k", std::nullopt, "again").succeed, true);
}

TEST_F(RawServiceTest, WithoutATtlAValueLivesForEver) {
  EXPECT_EQ(ttl("a").ttl, 0U);
  EXPECT_FALSE(ttl("a").not_found);
  put("k", "v", 10);
  put("k", "v");
  loop.run_for(seconds(100));
  EXPECT_EQ(get("k").value, "v");
}

TEST_F(RawServiceTest, ABatchHasOneTtlOrOneForEachPair) {
  kvrpcpb::RawBatchPutRequest batch;
  for (const auto* key : {"aa", "ab", "ac"}) batch.pairs.emplace_back().key = key;
  batch.ttls.push_back(5);
  at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch);
  EXPECT_EQ(ttl("ac").ttl, 5U);
  batch.ttls.push_back(6);
  EXPECT_THAT(at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch).error, HasSubstr("ttls"));
  batch.ttls.push_back(0);
  at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch);
  EXPECT_EQ(ttl("ab").ttl, 6U);
  EXPECT_EQ(ttl("ac").ttl, 0U);
  batch.ttls[0] = 0;  // the first one says nothing of the others
  at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch);
  EXPECT_EQ(ttl("aa").ttl, 0U);
  EXPECT_EQ(ttl("ab").ttl, 6U);
  batch.ttls = {};
  batch.ttl = 7;  // the field of old stores: new ones do not look at it
  at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch);
  EXPECT_EQ(ttl("ab").ttl, 0U);
  EXPECT_FALSE(ttl("ab").not_found);
}

TEST_F(RawServiceTest, ChecksumsAreOfKeysAndValuesAndDoNotDependOnTheOrder) {
  kvrpcpb::RawChecksumRequest request;
  request.ranges.emplace_back().start_key = "a";
  const auto response = at_leader<kvrpcpb::RawChecksumResponse>("a", "RawChecksum", request);
  EXPECT_EQ(response.total_kvs, 3U);
  EXPECT_EQ(response.total_bytes, 9U);
  EXPECT_EQ(response.checksum, crc64("cvc") ^ crc64("ava") ^ crc64("bvb"));
}

TEST_F(RawServiceTest, WhatIsTooLargeIsRefusedAndNotWritten) {
  const std::string longest(std::size_t{8} << 10, 'k');
  EXPECT_EQ(put(longest, "v").error, "");
  EXPECT_THAT(put(longest + "k", "v").error, HasSubstr("max key size exceeded"));
  EXPECT_TRUE(get(longest + "k").not_found);
  const std::string large(std::size_t{8} << 20, 'v');
  EXPECT_GE(put("k", large).region_error->raft_entry_too_large->entry_size, large.size());
  EXPECT_TRUE(swap("k", std::nullopt, large).region_error->raft_entry_too_large.has_value());
  kvrpcpb::RawBatchPutRequest batch;
  for (const auto* key : {"aa", "ab"}) {
    batch.pairs.emplace_back().key = key;
    batch.pairs[batch.pairs.size() - 1].value = large.substr(large.size() / 2);
  }
  EXPECT_TRUE(at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", batch)
                  .region_error->raft_entry_too_large.has_value());
  EXPECT_TRUE(get("k").not_found);
  EXPECT_TRUE(get("aa").not_found);
}

TEST_F(RawServiceTest, AnUnknownFamilyIsToldEvenWhereTheAnswerHasNoErrorField) {
  kvrpcpb::RawGetRequest one;
  one.key = "a";
  one.cf = "raft";
  EXPECT_THAT(at_leader<kvrpcpb::RawGetResponse>("a", "RawGet", one).error, HasSubstr("raft"));
  kvrpcpb::RawScanRequest many;
  many.cf = "raft";
  many.limit = 1;
  EXPECT_THAT(keys(at_leader<kvrpcpb::RawScanResponse>("a", "RawScan", many).kvs), ElementsAre(HasSubstr("raft")));
}

TEST_F(RawServiceTest, AnotherApiVersionIsRefused) {
  kvrpcpb::RawGetRequest request;
  request.context = context_of("a");
  wire::ensure(request.context).api_version = kvrpcpb::APIVersion::v2;
  request.key = "a";
  EXPECT_THAT(at_leader<kvrpcpb::RawGetResponse>("a", "RawGet", request).error, HasSubstr("Api version"));
}

TEST_F(RawServiceTest, ABatchOfRangesThatCrossIsRefusedWhole) {
  const auto scan_ranges = [&](const std::vector<std::pair<std::string, std::string>>& ranges, bool reverse) {
    kvrpcpb::RawBatchScanRequest request;
    request.each_limit = 10;
    request.reverse = reverse;
    for (const auto& [start, end] : ranges) {
      request.ranges.emplace_back().start_key = start;
      request.ranges[request.ranges.size() - 1].end_key = end;
    }
    return keys(at_leader<kvrpcpb::RawBatchScanResponse>("a", "RawBatchScan", request).kvs);
  };
  EXPECT_THAT(scan_ranges({{"a", "b"}, {"b", ""}}, false), ElementsAre("a", "b", "c"));
  EXPECT_THAT(scan_ranges({{"a", ""}, {"b", ""}}, false), ElementsAre("a", "b", "c"));
  EXPECT_THAT(scan_ranges({{"d", ""}, {"b", ""}}, true), ElementsAre("c", "b", "a")) << "as far as the next start";
  for (const auto& crossed : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {{"b", "a"}}, {{"b", "b"}}, {{"a", "b"}, {"c", "b"}}, {{"b", ""}, {"a", ""}}}) {
    EXPECT_THAT(scan_ranges(crossed, false), ElementsAre(HasSubstr("Invalid KeyRanges")));
  }
  EXPECT_THAT(scan_ranges({{"a", "b"}}, true), ElementsAre(HasSubstr("Invalid KeyRanges")));
}

TEST_F(RawServiceTest, AKeyOutsideOfTheRegionIsRefusedInWordsWhereItIsRead) {
  kvrpcpb::RawBatchGetRequest batch;
  batch.context = context_of("a");
  for (const auto* key : {"a", "e", "b"}) batch.keys.push_back(key);
  const auto found = at_leader<kvrpcpb::RawBatchGetResponse>("a", "RawBatchGet", batch);
  EXPECT_FALSE(found.region_error.has_value());
  EXPECT_THAT(keys(found.pairs), ElementsAre("a", HasSubstr("Key 65 is out of"), "b"));
  kvrpcpb::RawGetRequest one;
  one.context = context_of("a");
  one.key = "e";
  EXPECT_THAT(at_leader<kvrpcpb::RawGetResponse>("a", "RawGet", one).error, HasSubstr("Key 65 is out of"));
  kvrpcpb::RawGetKeyTTLRequest left;
  left.context = context_of("a");
  left.key = "e";
  EXPECT_THAT(at_leader<kvrpcpb::RawGetKeyTTLResponse>("a", "RawGetKeyTTL", left).error, HasSubstr("is out of"));
}

TEST_F(RawServiceTest, ALimitOfNothingIsEmptyWhereverItStarts) {
  EXPECT_FALSE(scan("a", {"e", "", 0}).region_error.has_value());
  EXPECT_THAT(scanned("a", {"e", "", 0}), IsEmpty());
}

TEST_F(RawServiceTest, AnEmptyBatchOfWritesIsRefusedUnlessItTakesTheLatch) {
  for (const bool atomic : {false, true}) {
    const char* const told = atomic ? "" : "an empty request";
    kvrpcpb::RawBatchPutRequest put_none;
    put_none.for_cas = atomic;
    EXPECT_EQ(at_leader<kvrpcpb::RawBatchPutResponse>("a", "RawBatchPut", put_none).error, told);
    kvrpcpb::RawBatchDeleteRequest delete_none;
    delete_none.for_cas = atomic;
    EXPECT_EQ(at_leader<kvrpcpb::RawBatchDeleteResponse>("a", "RawBatchDelete", delete_none).error, told);
  }
  EXPECT_THAT(keys(at_leader<kvrpcpb::RawBatchGetResponse>("a", "RawBatchGet", kvrpcpb::RawBatchGetRequest()).pairs),
              IsEmpty());
}

TEST_F(RawServiceTest, WithTheLatchOfCompareAndSwapNobodyLooksAtTheSizesOfKeys) {
  const std::string too_long((std::size_t{8} << 10) + 1, 'k');
  kvrpcpb::RawPutRequest request;
  request.key = too_long;
  request.value = "v";
  EXPECT_THAT(at_leader<kvrpcpb::RawPutResponse>(too_long, "RawPut", request).error, HasSubstr("max key size"));
  request.for_cas = true;
  EXPECT_EQ(at_leader<kvrpcpb::RawPutResponse>(too_long, "RawPut", request).error, "");
  EXPECT_EQ(get(too_long).value, "v");
  kvrpcpb::RawDeleteRequest gone;
  gone.key = too_long;
  gone.for_cas = true;
  EXPECT_EQ(at_leader<kvrpcpb::RawDeleteResponse>(too_long, "RawDelete", gone).error, "");
}

TEST_F(RawServiceTest, AWriteIsCheckedBeforeItsRegionAndAReadsFamilyAfterIt) {
  kvrpcpb::RawPutRequest write;
  write.context = context_of("a");
  wire::ensure(wire::ensure(write.context).region_epoch).version = 99;
  write.key = "a";
  write.cf = "raft";
  EXPECT_THAT(at_leader<kvrpcpb::RawPutResponse>("a", "RawPut", write).error, HasSubstr("raft"));
  kvrpcpb::RawGetRequest read;
  read.context = write.context;
  read.key = "a";
  read.cf = "raft";
  EXPECT_TRUE(at_leader<kvrpcpb::RawGetResponse>("a", "RawGet", read).region_error->epoch_not_match.has_value());
}

TEST_F(RawServiceTest, ATimeToLiveOfCenturiesIsKept) {
  constexpr std::uint64_t year = std::uint64_t{365} * 24 * 3600;
  for (const std::uint64_t asked : {99 * year, 101 * year, 149 * year, 151 * year, 5000 * year}) {
    put("k", "v", asked);
    EXPECT_EQ(ttl("k").ttl, asked);
    loop.run_for(seconds(10));
    EXPECT_EQ(ttl("k").ttl, asked - 10);
    EXPECT_EQ(get("k").value, "v");
  }
}

TEST_F(RawServiceTest, WorkIsCountedWhereItWasDone) {
  const std::uint64_t leader = context_of("a").peer->store_id;
  const StoreStatistics before = cluster.regions().store(leader)->statistics;
  scan("a", {"a", ""});
  put("a", "again");
  const StoreStatistics& after = cluster.regions().store(leader)->statistics;
  EXPECT_EQ(after.keys_read - before.keys_read, 3U);
  EXPECT_EQ(after.keys_written - before.keys_written, 1U);
  EXPECT_EQ(after.requests - before.requests, 2U);
}

class WithoutTtl : public RawServiceTest {
 protected:
  WithoutTtl() : RawServiceTest({.api = StorageApi::v1}) {}
};

TEST_F(WithoutTtl, ATtlIsRefused) {
  EXPECT_THAT(put("k", "v", 10).error, HasSubstr("ttl"));
  EXPECT_TRUE(get("k").not_found);
}

TEST_F(WithoutTtl, AskingForATtlKillsTheStore) {
  kvrpcpb::RawGetKeyTTLRequest request;
  request.context = context_of("a");
  request.key = "a";
  const std::uint64_t store = request.context->peer->store_id;
  kvrpcpb::RawGetKeyTTLResponse response;
  EXPECT_EQ(ask(Node::of_store(store), "/tikvpb.Tikv/RawGetKeyTTL", request, response).status.code,
            rpc::StatusCode::unavailable);
  EXPECT_FALSE(cluster.regions().store(store)->running);
  EXPECT_EQ(get("a").value, "va") << "the other stores go on";
}

}  // namespace
}  // namespace tikv::testing
