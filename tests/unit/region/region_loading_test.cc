// How regions come into the cache: few questions to PD, none for what is known, and patience with a
// region that nobody leads.

#include <algorithm>

#include "tikv/gather.h"
#include "unit/region/routing_fixture.h"

namespace tikv::region {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::string_view get_region = "/pdpb.PD/GetRegion";
constexpr std::string_view scan_regions = "/pdpb.PD/ScanRegions";

/// The largest answer of PD that lists regions.
class ListedRegions final : public testing::NetworkListener {
 public:
  void on_event(const testing::NetworkEvent& event) override {
    if (event.kind != testing::NetworkEvent::Kind::answered || event.method != scan_regions) return;
    most_bytes = std::max(most_bytes, event.bytes.size());
  }
  std::size_t most_bytes = 0;
};

testing::ClusterOptions many_regions() {
  testing::ClusterOptions options;
  options.regions = 200;
  return options;
}

Task<int> get_each(const AsyncRawClient& client, std::vector<std::string> keys) {
  std::vector<Task<std::optional<std::string>>> gets;
  for (const std::string& key : keys) gets.push_back(client.get(key));
  int answered = 0;
  for (const auto& result : co_await ok(gather(std::move(gets), 1000))) answered += result ? 1 : 0;
  co_return answered;
}

class ManyRegionsTest : public test::RoutingTest {
 protected:
  ManyRegionsTest() : RoutingTest(many_regions()) { world.simulation.network().add_listener(listed); }
  /// A pair in each region.
  std::vector<KeyValue> a_pair_in_each() {
    std::vector<KeyValue> pairs;
    regions().each_region([&](const testing::RegionState& region) {
      pairs.emplace_back();
      pairs.back().key = region.meta.start_key + "0";
      pairs.back().value = "value";
    });
    return pairs;
  }
  ListedRegions listed;
};

TEST_F(ManyRegionsTest, ABatchOverTwoHundredUnknownRegionsAsksPdNineTimes) {
  const std::vector<KeyValue> pairs = a_pair_in_each();
  ASSERT_EQ(pairs.size(), 200U);
  ASSERT_TRUE(world.run(client().batch_put(pairs)));
  // 1 + 2 + 4 + … + 64 + 128 regions: eight questions, the first of them for one region.
  EXPECT_EQ(asked(get_region), 1U);
  EXPECT_LE(asked(scan_regions), 8U);
  EXPECT_EQ(world.core->sender().regions().size(), 200U);
  const std::uint64_t before = pd_questions();
  EXPECT_EQ(world.run(client().batch_get(keys_of(pairs))).value(), pairs);
  EXPECT_EQ(pd_questions(), before) << "all is known now";
}

// What is told beyond that is dropped, so nothing else shows it.
TEST_F(ManyRegionsTest, PdIsAskedForNoMoreRegionsThanAreWanted) {
  const std::vector<KeyValue> pairs = a_pair_in_each();
  ASSERT_TRUE(world.run(client().batch_get({pairs[10].key, pairs[100].key, pairs[190].key})));
  const std::size_t for_three_keys = listed.most_bytes;
  EXPECT_GT(for_three_keys, 0U);
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  EXPECT_GT(listed.most_bytes, 16 * for_three_keys) << "a hundred and more regions";
}

TEST_F(ManyRegionsTest, OneThatNobodyLeadsAmongThemIsWaitedForWithoutManyMoreQuestions) {
  const std::vector<KeyValue> pairs = a_pair_in_each();
  const std::string& key = pairs[100].key;
  const std::uint64_t region = region_of(key);
  const std::uint64_t leader = leader_of(key);
  ASSERT_EQ(world.cluster.transfer_leader(region, 0), "");
  world.simulation.later(milliseconds(700), [&] { world.cluster.transfer_leader(region, leader); });
  const milliseconds begin = now();
  ASSERT_TRUE(world.run(client().batch_put(pairs)));
  EXPECT_GE(now() - begin, milliseconds(600));
  EXPECT_LE(now() - begin, milliseconds(1300)) << "found within one pause of half a second";
  EXPECT_LE(asked(scan_regions), 9U);
  EXPECT_LE(asked(get_region), 14U) << "once for each pause";
  EXPECT_EQ(world.run(client().batch_get(keys_of(pairs))).value(), pairs);
}

TEST_F(ManyRegionsTest, TwoHundredWhoMissTheSameThreeStoresAskForEachOnce) {
  const std::vector<KeyValue> pairs = a_pair_in_each();
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  EXPECT_EQ(asked("/pdpb.PD/GetStore"), 0U);
  EXPECT_EQ(world.run(get_each(client(), keys_of(pairs))).value(), 200);
  EXPECT_EQ(asked("/pdpb.PD/GetStore"), 3U);
}

TEST_F(ManyRegionsTest, AStoreThatDiesIsNoStormOfQuestions) {
  const std::vector<KeyValue> pairs = a_pair_in_each();
  ASSERT_TRUE(world.run(client().batch_put(pairs)));
  ASSERT_EQ(world.cluster.stop_store(2), "");
  const std::uint64_t before = pd_questions();
  EXPECT_EQ(world.run(get_each(client(), keys_of(pairs))).value(), 200);
  EXPECT_LE(pd_questions() - before, 1U);
}

class RegionLoadingTest : public test::RoutingTest {
 protected:
  std::uint64_t all_region_errors() {
    std::uint64_t errors = 0;
    for (const auto& [id, store] : regions().stores()) {
      for (const auto& [name, count] : store.statistics.region_errors) errors += count;
    }
    return errors;
  }
  /// Every region is led from elsewhere afterwards, and most are smaller.
  void move_everything() {
    for (const std::string& letter : letters()) {
      ASSERT_EQ(world.cluster.split(letter + "5"), "");
      for (const char* half : {"1", "7"}) {
        const std::string key = letter + half;
        ASSERT_EQ(world.cluster.transfer_leader(region_of(key), follower_of(key)), "");
      }
    }
  }
  /// Each key costs one call and no region error.
  void expect_all_known() {
    const std::uint64_t questions = pd_questions();
    const std::uint64_t errors = all_region_errors();
    for (const std::string& letter : letters()) {
      const std::uint64_t calls = world.faults.calls;
      EXPECT_TRUE(world.run(client().get(letter + "7")));
      EXPECT_EQ(world.faults.calls - calls, 1U) << letter;
    }
    EXPECT_EQ(pd_questions(), questions);
    EXPECT_EQ(all_region_errors(), errors);
  }
};

TEST_F(RegionLoadingTest, RefreshKnowsEverythingAnewAfterAllRegionsMoved) {
  ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
  move_everything();
  const std::uint64_t questions = pd_questions();
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  EXPECT_EQ(pd_questions() - questions, 1U) << "sixteen regions, one question";
  // The streams to the stores are open already: a get is one message.
  expect_all_known();
}

TEST_F(RegionLoadingTest, RefreshWorksWithAPdThatCannotScan) {
  ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
  testing::Injection cannot;
  cannot.node = testing::Node::pd();
  cannot.method = "ScanRegions";
  cannot.status.code = rpc::StatusCode::unimplemented;
  cannot.count = 1000;
  world.cluster.inject(cannot);
  move_everything();
  const std::uint64_t scans = asked(scan_regions);
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  EXPECT_EQ(asked(scan_regions) - scans, 1U) << "it is not asked twice for what it cannot do";
  expect_all_known();
}

TEST_F(RegionLoadingTest, ABatchWorksWithAPdThatCannotScan) {
  testing::Injection cannot;
  cannot.node = testing::Node::pd();
  cannot.method = "ScanRegions";
  cannot.status.code = rpc::StatusCode::unimplemented;
  cannot.count = 1000;
  world.cluster.inject(cannot);
  const std::vector<KeyValue> pairs = pairs_everywhere(5);
  ASSERT_TRUE(world.run(client().batch_put(pairs)));
  EXPECT_EQ(asked(scan_regions), 1U);
  EXPECT_EQ(asked(get_region), 8U);
  EXPECT_EQ(world.run(client().batch_get(keys_of(pairs))).value(), pairs);
}

TEST_F(RegionLoadingTest, RefreshOfARangeLeavesTheRestAlone) {
  ASSERT_TRUE(world.run(client().batch_put(pairs_everywhere())));
  const RegionPtr before = world.core->sender().regions().find("0");
  ASSERT_TRUE(world.run(client().refresh(KeyRange::half_open("G", "X"))));
  EXPECT_EQ(world.core->sender().regions().find("0"), before);
  EXPECT_EQ(world.core->sender().regions().size(), 8U);
  EXPECT_TRUE(world.run(client().refresh(KeyRange::half_open("X", "G")))) << "no key, no work";
}

TEST_F(RegionLoadingTest, RefreshWaitsForARegionThatNobodyLeads) {
  const std::uint64_t region = region_of("O");
  const std::uint64_t leader = leader_of("O");
  ASSERT_EQ(world.cluster.transfer_leader(region, 0), "");
  const auto early = world.run(client().refresh(KeyRange::all(), {.timeout = milliseconds(1000)}));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_THAT(early.error().message(), HasSubstr("region " + std::to_string(region) + " has no leader"));
  world.simulation.later(milliseconds(700), [&] { world.cluster.transfer_leader(region, leader); });
  ASSERT_TRUE(world.run(client().refresh(KeyRange::all())));
  EXPECT_EQ(world.core->sender().regions().size(), 8U);
}

TEST_F(RegionLoadingTest, AHundredWhoWaitForOneRegionAskPdOnceForEachPause) {
  const std::uint64_t region = region_of("O");
  const std::uint64_t leader = leader_of("O");
  ASSERT_EQ(world.cluster.transfer_leader(region, 0), "");
  world.simulation.later(seconds(5), [&] { world.cluster.transfer_leader(region, leader); });
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("O" + std::to_string(1000 + i));
  EXPECT_EQ(world.run(get_each(client(), keys)).value(), 100);
  EXPECT_LE(asked(get_region), 25U);
}

TEST_F(RegionLoadingTest, BucketsComeWithARegion) {
  ASSERT_EQ(regions().set_buckets(region_of("O"), {"P", "Q"}), "");
  ASSERT_TRUE(world.run(client().get("O")));
  const RegionPtr known = world.core->sender().regions().find("O");
  ASSERT_NE(known->buckets, nullptr);
  EXPECT_EQ(known->buckets->keys, (std::vector<std::string>{"N", "P", "Q", "V"}));
}

}  // namespace
}  // namespace tikv::region
