// The real client over real sockets while the sandbox misbehaves: nothing is lost, nothing is
// invented, and work goes on soon after what broke is whole again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>

#include "sandbox/running_sandbox.h"
#include "sandbox/unique_writers.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RunningSandbox;
using test::UniqueWriters;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t workers = 32;
constexpr int rounds = 10;
constexpr seconds recovery_bound{10};  // promised, with room to spare: this machine may be busy

class FaultsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(sandbox.pd().empty());
    client.emplace(RawClient::connect(sandbox.pd()).value());
    writers.emplace(*client, workers);
    ASSERT_LT(writers->wait_for_all(seconds(20)), seconds(20)) << "the workers do not get going";
  }

  void command(const std::vector<std::string>& words) {
    const auto ended = sandbox.control(words);
    EXPECT_EQ(ended.code, 0) << words.front() << ": " << ended.output;
  }

  /// What broke is whole again: now it may take so long, and not longer.
  void expect_recovery() {
    const milliseconds took = writers->wait_for_all(recovery_bound);
    slowest_recovery = std::max(slowest_recovery, took);
    EXPECT_LT(took, recovery_bound) << "not all workers got on";
  }

  void finish(const std::string& what) {
    EXPECT_TRUE(writers->stop()) << "a worker hangs";
    writers->check_all(RawClient::connect(sandbox.pd()).value());
    EXPECT_THAT(writers->wrong(), IsEmpty());
    std::cout << what << ": " << writers->summary() << "\n    all workers got on within " << slowest_recovery.count()
              << " ms once it was whole again" << std::endl;
  }

  RunningSandbox sandbox{{"--election-delay", "200ms"}};
  std::optional<RawClient> client;
  std::optional<UniqueWriters> writers;
  milliseconds slowest_recovery{};
};

TEST_F(FaultsTest, StoresThatStopAndComeBackElsewhereLoseNothing) {
  for (int round = 0; round < rounds; ++round) {
    const std::string store = std::to_string(1 + round % 3);
    for (const auto* region : {"@A", "@M", "@n"}) command({"move-leader", region, store});
    command({"stop-store", store});
    writers->work_for(milliseconds(300));
    command({"start-store", store, "--port", "new"});
    expect_recovery();
  }
  finish("ten stores stopped and moved to another port");
}

TEST_F(FaultsTest, LeadersThatMoveAndRegionsThatSplitLoseNothing) {
  for (int round = 0; round < rounds; ++round) {
    const std::string key(1, "AGMSYbhntz"[round]);
    command({"move-leader", "@" + key, std::to_string(1 + round % 3)});
    command({"split", key + "/worker2"});
    command({"move-leader", "@" + key + "/worker3", std::to_string(1 + (round + 1) % 3)});
    expect_recovery();
  }
  const auto stores = sandbox.control({"--json", "stores"});
  EXPECT_THAT(stores.output, HasSubstr("NotLeader")) << "no moved leader was met";
  EXPECT_THAT(stores.output, HasSubstr("EpochNotMatch")) << "no split was met";
  finish("ten rounds of two moved leaders and a split");
  std::cout << stores.output;
}

TEST_F(FaultsTest, APdThatRestartsLosesNothing) {
  for (int round = 0; round < rounds; ++round) {
    const char key = "BHNTZcioux"[round];
    command({"split", std::string(1, key)});
    expect_recovery();
    command({"restart-pd", "1"});
    // The part before the key is gone again: only PD can tell where its keys are now.
    command({"merge", std::string("@") + static_cast<char>(key - 1) + "~"});
    expect_recovery();
  }
  EXPECT_THAT(sandbox.control({"--json", "stores"}).output, HasSubstr("RegionNotFound")) << "PD was never asked";
  finish("ten restarts of PD");
}

TEST(RandomFaultsTest, NothingIsLostWhileTheSandboxMakesFaultsFromASeed) {
  RunningSandbox sandbox({"--chaos", "20260", "--chaos-interval", "150ms", "--election-delay", "100ms"});
  ASSERT_FALSE(sandbox.pd().empty());
  const RawClient client = RawClient::connect(sandbox.pd()).value();
  UniqueWriters writers(client, workers);
  std::string line;
  int faults = 0;
  while (faults < 60 && !(line = sandbox.process().read_line()).empty()) ++faults;
  EXPECT_EQ(faults, 60) << "the sandbox makes no faults";
  EXPECT_TRUE(writers.stop()) << "a worker hangs";
  writers.check_all(client);
  EXPECT_THAT(writers.wrong(), IsEmpty());
  std::cout << faults << " random faults: " << writers.summary() << std::endl;
}

}  // namespace
}  // namespace tikv
