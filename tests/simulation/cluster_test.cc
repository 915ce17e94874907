// The cluster that users test on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tikv/testing.h"

namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ClusterTest : public ::testing::Test {
 protected:
  ClusterTest() : cluster({.seed = 5, .stores = 3, .regions = 4}), client(cluster.raw_client().value()) {}

  Cluster cluster;
  RawClient client;
};

TEST_F(ClusterTest, ClientsShareDataAndNothingElse) {
  const AsyncRawClient other = cluster.async_raw_client().value();
  EXPECT_TRUE(client.put("key", "value"));
  EXPECT_EQ(other.run(other.get("key")).value(), "value");
}

TEST_F(ClusterTest, ChangesAreFollowedAndWhatCannotBeSaysWhy) {
  EXPECT_TRUE(client.put("key", "value"));
  EXPECT_TRUE(cluster.split("kex"));
  for (const std::uint64_t store : cluster.stores()) {
    EXPECT_TRUE(cluster.move_leader("key", store));
    EXPECT_EQ(cluster.leader_of("key"), store);
    EXPECT_EQ(client.get("key").value(), "value");
  }
  const std::uint64_t leader = cluster.leader_of("key");
  EXPECT_TRUE(cluster.stop_store(leader));
  EXPECT_NE(cluster.leader_of("key"), leader);
  EXPECT_EQ(client.get("key").value(), "value");
  EXPECT_TRUE(cluster.start_store(leader, "elsewhere:20160"));
  EXPECT_TRUE(cluster.move_leader("key", leader));
  EXPECT_EQ(client.get("key").value(), "value");
  EXPECT_EQ(cluster.move_leader("key", 4711).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(cluster.stop_store(4711).error().kind(), ErrorKind::invalid_argument);
}

struct FaultRow {
  Fault fault;
  bool undetermined;  ///< of a write that is not sent again
  bool applied;
};

TEST_F(ClusterTest, EachFaultOfAWriteHasItsOutcome) {
  const std::vector<FaultRow> rows{
      {Fault::cannot_connect, false, true}, {Fault::refused, false, true},      {Fault::request_lost, true, false},
      {Fault::answer_lost, true, true},     {Fault::request_late, true, false}, {Fault::silence, true, false},
  };
  int number = 0;
  for (const FaultRow& row : rows) {
    const std::string value = std::to_string(number++);
    cluster.fail_next(row.fault, Requests::writes);
    const auto put = client.put("key", value, {.timeout = milliseconds(500), .resend = Resend::never});
    EXPECT_EQ(cluster.faults_left(), 0U);
    EXPECT_EQ(!put && put.error().undetermined(), row.undetermined) << value;
    EXPECT_EQ(client.get("key").value() == value, row.applied) << value;
    if (row.fault == Fault::request_late) {
      cluster.advance(seconds(11));
      EXPECT_EQ(client.get("key").value(), value) << "the late copy";
    }
  }
}

TEST_F(ClusterTest, FaultsWaitForTheRequestsTheyAreMeantFor) {
  EXPECT_TRUE(client.put("key", "value"));
  cluster.fail_next(Fault::silence, Requests::writes, 2);
  EXPECT_TRUE(client.get("key"));
  EXPECT_EQ(cluster.faults_left(), 2U);
  EXPECT_EQ(client.put("key", "other", {.timeout = milliseconds(100)}).error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_EQ(cluster.faults_left(), 1U);
  cluster.clear_faults();
  EXPECT_TRUE(client.put("key", "other"));
}

TEST_F(ClusterTest, TimeStandsStillBetweenCallsAndJumpsInThem) {
  const auto before = cluster.elapsed();
  EXPECT_TRUE(client.get("key"));
  EXPECT_LT(cluster.elapsed() - before, milliseconds(50));
  cluster.advance(std::chrono::hours(24));
  EXPECT_GE(cluster.elapsed() - before, std::chrono::hours(24));
  EXPECT_TRUE(client.get("key"));
}

TEST_F(ClusterTest, LogTellsWhatHappened) {
  EXPECT_TRUE(client.put("some key", "value"));
  EXPECT_TRUE(cluster.split("x"));
  EXPECT_THAT(cluster.log(), HasSubstr("some key"));
  EXPECT_THAT(cluster.log(), HasSubstr("splits a region at x"));
}

TEST(ClusterVersions, OfOldServersServeWhatTheyKnow) {
  for (const auto* version : {"5.0", "6.1", "7.1", "8.5", "newest", "6.5.3"}) {
    Cluster cluster({.version = version});
    const RawClient client = cluster.raw_client().value();
    EXPECT_TRUE(client.put("key", "value")) << version;
    EXPECT_EQ(client.get("key").value(), "value") << version;
  }
}

TEST(ClusterVersions, ThatAreNoneAreSaid) {
  Cluster cluster({.version = "5"});
  const Result<RawClient> client = cluster.raw_client();
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(client.error().message(), HasSubstr("'5' is no version"));
}

TEST_F(ClusterTest, ClientsMayHaveOptionsOfTheirOwn) {
  ClientOptions options = cluster.client_options();
  options.atomic = true;
  const RawClient atomic = cluster.raw_client(options).value();
  EXPECT_TRUE(atomic.put_if_absent("key", "1").value().swapped);
  EXPECT_TRUE(client.put("short-lived", "1", {.ttl = seconds(10)}));
  EXPECT_EQ(client.get_key_ttl("short-lived").value().value().left, seconds(10));
  cluster.advance(seconds(11));
  EXPECT_EQ(client.get("short-lived").value(), std::nullopt);
}

TEST(ClusterKeyspaces, AreApartAndSplitLikeAnyOther) {
  Cluster cluster({.regions = 3, .api_version = ApiVersion::v2, .keyspaces = {"orders"}});
  const RawClient client = cluster.raw_client().value();
  ClientOptions options = cluster.client_options();
  options.keyspace = "orders";
  const RawClient orders = cluster.raw_client(options).value();
  EXPECT_TRUE(client.put("key", "1"));
  EXPECT_EQ(orders.get("key").value(), std::nullopt);
  EXPECT_TRUE(cluster.split("key"));
  for (const std::uint64_t store : cluster.stores()) {
    EXPECT_TRUE(cluster.move_leader("key", store));
    EXPECT_EQ(cluster.leader_of("key"), store);
    EXPECT_EQ(client.get("key").value(), "1");
  }
  options.keyspace = "nobody made it";
  EXPECT_THAT(cluster.raw_client(options).error().message(), HasSubstr("nobody made it"));
}

TEST(ClusterKeyspaces, ASetupThatCannotBeGivesNoClients) {
  Cluster cluster({.version = "5.0", .api_version = ApiVersion::v2});
  const auto client = cluster.raw_client();
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind(), ErrorKind::invalid_argument);
}

TEST(ClusterLifetime, SameSeedSameLog) {
  std::vector<std::string> logs;
  for (int i = 0; i < 2; ++i) {
    Cluster cluster({.seed = 9, .stores = 3, .regions = 3});
    const RawClient client = cluster.raw_client().value();
    EXPECT_TRUE(client.batch_put({{"a", "1"}, {"k", "2"}, {"z", "3"}}));
    EXPECT_THAT(client.scan(KeyRange::all()).value(), SizeIs(3));
    logs.push_back(cluster.log());
  }
  EXPECT_EQ(logs[0], logs[1]);
}

TEST(ClusterLifetime, ClientThatOutlivesItsClusterSaysSo) {
  std::optional<RawClient> client;
  {
    Cluster cluster;
    client.emplace(cluster.raw_client().value());
    EXPECT_TRUE(client->put("key", "value"));
  }
  EXPECT_EQ(client->get("key").error().kind(), ErrorKind::client_closed);
}

}  // namespace
}  // namespace tikv::testing
