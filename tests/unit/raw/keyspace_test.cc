// The verbs inside a keyspace of API version 2: keys get a prefix on their way to the stores and lose it on
// their way back, and nothing of another keyspace is seen or touched.
#include "unit/raw/raw_fixture.h"

namespace tikv {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KeyspaceTest : public test::RawFixture {
 protected:
  KeyspaceTest() : RawFixture(two_keyspaces()) {}
  static testing::ClusterOptions two_keyspaces() {
    testing::ClusterOptions options;
    options.regions = 5;
    options.api = testing::StorageApi::v2;
    options.keyspaces = {"orders"};
    return options;
  }
  /// Fills both keyspaces with the same keys, and stays in the second one.
  void SetUp() override {
    world.options.atomic = true;
    connect_to("");
    ASSERT_TRUE(run(client().batch_put(pairs(300))));
    connect_to("orders");
    ASSERT_TRUE(run(client().batch_put(pairs(200))));
  }
  /// An empty name is the first keyspace.
  void connect_to(const std::string& keyspace) {
    world.options.api_version = ApiVersion::v2;
    world.options.keyspace = keyspace;
    connect();
  }
};

TEST_F(KeyspaceTest, SingleKeysAreWrittenReadSwappedAndRemoved) {
  ASSERT_TRUE(run(client().put("key", "value", {.ttl = seconds(100)})));
  EXPECT_EQ(run(client().get("key")).value(), "value");
  EXPECT_EQ(run(client().get_key_ttl("key")).value().value().left, seconds(100));
  EXPECT_TRUE(run(client().compare_and_swap("key", "value", "other")).value().swapped);
  EXPECT_THAT(run(client().batch_get({"key", "missing"})).value(), ElementsAre(KeyValue{"key", "other"}));
  EXPECT_TRUE(run(client().delete_key("key")));
  EXPECT_EQ(run(client().get("key")).value(), std::nullopt);
}

TEST_F(KeyspaceTest, ScansSeeItsKeysAloneInBothDirections) {
  std::vector<KeyValue> expected = pairs(200);
  EXPECT_EQ(run(client().scan(KeyRange::all(), {.limit = 1000})).value(), expected);
  EXPECT_THAT(run(client().batch_scan({KeyRange::all(), KeyRange::from("A")}, {.limit = 500})).value()[0], SizeIs(200));
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(run(client().reverse_scan(KeyRange::all(), {.limit = 1000})).value(), expected);
}

TEST_F(KeyspaceTest, SplitsThatItDoesNotKnowAreFollowed) {
  ASSERT_TRUE(run(client().scan(KeyRange::all())));
  for (const char* const key : {"3", "B1", "c"}) {
    const std::string border = world.cluster.stored_key(key, 1);
    ASSERT_EQ(world.cluster.split(border), "");
  }
  EXPECT_EQ(run(client().scan(KeyRange::all(), {.limit = 1000})).value(), pairs(200));
  EXPECT_THAT(run(client().reverse_scan(KeyRange::half_open("0", "3"), {.limit = 1000})).value(),
              SizeIs(run(client().scan(KeyRange::half_open("0", "3"), {.limit = 1000})).value().size()));
}

TEST_F(KeyspaceTest, WhatIsRemovedIsRemovedHereOnly) {
  std::vector<std::string> keys;
  for (const KeyValue& pair : pairs(200)) keys.push_back(pair.key);
  EXPECT_TRUE(run(client().batch_delete(keys)));
  EXPECT_THAT(run(client().scan(KeyRange::all())).value(), IsEmpty());
  world.options.atomic = false;
  connect_to("orders");
  EXPECT_TRUE(run(client().delete_range(KeyRange::all())));
  connect_to("");
  EXPECT_THAT(run(client().scan(KeyRange::all(), {.limit = 1000})).value(), SizeIs(300));
  EXPECT_EQ(run(client().checksum(KeyRange::all())).value().kvs, 300U);
}

}  // namespace
}  // namespace tikv
