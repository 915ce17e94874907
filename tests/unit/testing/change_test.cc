#include "testing/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/testing/model_fixture.h"

namespace tikv::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangesTest : public ModelFixture {
 protected:
  ChangesTest() {
    cluster.on_change([this](const Change& change) {
      told.push_back(std::string(change.key) + (change.value ? "=" + std::string(*change.value) : " deleted"));
      last = change;
    });
  }
  template <class Response, class Request>
  Response write(std::string_view method, const Request& request) {
    return at_leader<Response>("", method, request);
  }

  std::vector<std::string> told;
  Change last;
};

TEST_F(ChangesTest, EveryWriteIsToldWithItsPlaceAndTime) {
  loop.run_for(std::chrono::seconds(3));
  put("a", "1", 60);
  EXPECT_THAT(told, ElementsAre("a=1"));
  EXPECT_EQ(last.at, loop.now());
  EXPECT_GE(last.expires, loop.wall_now() + std::chrono::seconds(59));
  EXPECT_EQ(last.family, RawStore::Family::default_);
  EXPECT_EQ(last.region, cluster.regions().region_of("a").meta.id);
  EXPECT_EQ(last.store, cluster.regions().region_of("a").leader_store);
}

TEST_F(ChangesTest, BatchesAndDeletionsAreToldKeyByKey) {
  kvrpcpb::RawBatchPutRequest puts;
  for (const auto* key : {"a", "b", "c"}) {
    puts.pairs.emplace_back().key = key;
    puts.pairs[puts.pairs.size() - 1].value = "v";
  }
  write<kvrpcpb::RawBatchPutResponse>("RawBatchPut", puts);
  kvrpcpb::RawDeleteRequest one;
  one.key = "a";
  write<kvrpcpb::RawDeleteResponse>("RawDelete", one);
  kvrpcpb::RawDeleteRangeRequest range;
  range.start_key = "b";
  write<kvrpcpb::RawDeleteRangeResponse>("RawDeleteRange", range);
  EXPECT_THAT(told, ElementsAre("a=v", "b=v", "c=v", "a deleted", "b deleted", "c deleted"));
}

TEST_F(ChangesTest, ASwapIsToldOnlyIfItHappened) {
  kvrpcpb::RawCASRequest swap;
  swap.key = "k";
  swap.value = "new";
  swap.previous_value = "old";
  write<kvrpcpb::RawCASResponse>("RawCompareAndSwap", swap);
  EXPECT_THAT(told, IsEmpty());
  swap.previous_not_exist = true;
  write<kvrpcpb::RawCASResponse>("RawCompareAndSwap", swap);
  EXPECT_THAT(told, ElementsAre("k=new"));
}

TEST_F(ChangesTest, RefusedRequestsAndReadsTellNothing) {
  kvrpcpb::RawPutRequest request;
  request.context = context_of("k");
  wire::ensure(wire::ensure(request.context).region_epoch).version = 99;
  request.key = "k";
  EXPECT_TRUE(write<kvrpcpb::RawPutResponse>("RawPut", request).region_error->epoch_not_match.has_value());
  get("k");
  EXPECT_THAT(told, IsEmpty());
}

}  // namespace
}  // namespace tikv::testing
