// Several clients, regions that move under them, stores that stop.

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

void clients_see_each_others_writes(Stage& stage) {
  RawClient other = stage.connect();
  must(stage.client().put(stage.key("k"), "1"));
  EXPECT_EQ(must(other.get(stage.key("k"))), "1");
  must(other.delete_key(stage.key("k")));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), std::nullopt);
}

void a_client_that_knows_old_regions_only_finds_its_way(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(60)));
  for (const char* key : {"a0010", "a0020", "a0030", "a0040", "a0050"}) stage.split(key);
  for (const KeyValue& pair : stage.pairs(60)) EXPECT_EQ(must(stage.client().get(pair.key)), pair.value);
}

void a_leader_that_moves_back_and_forth_is_followed(Stage& stage) {
  must(stage.client().put(stage.key("k"), "0"));
  for (int i = 1; i < 6; ++i) {
    stage.move_leader("k");
    must(stage.client().put(stage.key("k"), std::to_string(i)));
    EXPECT_EQ(must(stage.client().get(stage.key("k"))), std::to_string(i));
  }
}

void refreshed_regions_serve(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(20)));
  stage.split("a0010");
  stage.move_leader("a0010");
  must(stage.client().refresh(stage.all()));
  EXPECT_EQ(must(stage.client().scan(stage.all())), stage.pairs(20));
}

void a_call_that_must_not_retry_tells_of_the_move(Stage& stage) {
  must(stage.client().put(stage.key("k"), "1"));
  stage.move_leader("k");
  WriteOptions once;
  once.retry = RetryPolicy::never();
  const auto put = stage.client().put(stage.key("k"), "2", once);
  ASSERT_FALSE(put);
  EXPECT_FALSE(put.error().undetermined()) << put.error();
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), "1");
}

void a_store_that_stops_is_no_error(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(10)));
  const std::string store = stage.stop_leader("a0000");
  EXPECT_EQ(must(stage.client().batch_get(keys_of(stage.pairs(10)))), stage.pairs(10));
  must(stage.client().put(stage.key("b"), "1"));
  stage.start_store(store);
  EXPECT_EQ(must(stage.client().get(stage.key("b"))), "1");
  EXPECT_EQ(must(stage.connect().scan(stage.all())).size(), 11U);
}

void work_goes_on_while_everything_moves(Stage& stage) {
  const std::vector<KeyValue> pairs = stage.pairs(100);
  std::vector<Task<void>> work;
  for (const KeyValue& pair : pairs) work.push_back(stage.client().async().put(pair.key, pair.value));
  const auto upset = [](Stage* all) -> Task<void> {
    all->split("a0050");
    all->move_leader("a0010");
    all->move_leader("a0060");
    co_return {};
  };
  work.insert(work.begin() + 50, upset(&stage));
  for (const auto& put : must(stage.client().async().run(gather(std::move(work), 8)))) must(put);
  EXPECT_EQ(must(stage.client().scan(stage.all())), pairs);
}

void families_are_apart(Stage& stage) {
  WriteOptions to_lock;
  to_lock.column_family = ColumnFamily::lock;
  ReadOptions from_lock;
  from_lock.column_family = ColumnFamily::lock;
  must(stage.client().put(stage.key("k"), "default"));
  must(stage.client().put(stage.key("k"), "lock", to_lock));
  must(stage.client().put(stage.key("l"), "lock", to_lock));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), "default");
  EXPECT_EQ(must(stage.client().get(stage.key("k"), from_lock)), "lock");
  EXPECT_EQ(must(stage.client().get(stage.key("l"))), std::nullopt);
  ScanOptions scan_lock;
  scan_lock.column_family = ColumnFamily::lock;
  EXPECT_EQ(must(stage.client().scan(stage.all(), scan_lock)).size(), 2U);
  must(stage.client().delete_key(stage.key("k"), to_lock));
  EXPECT_EQ(must(stage.client().get(stage.key("k"))), "default");
  EXPECT_EQ(must(stage.client().batch_get(stage.keys({"k", "l"}), from_lock)).size(), 1U);
  must(stage.client().delete_range(stage.all(), to_lock));
  EXPECT_EQ(must(stage.client().scan(stage.all())).size(), 1U);
}

void keyspaces_are_apart(Stage& stage) {
  ClientWish wish;
  wish.keyspace = "other";
  RawClient other = stage.connect(wish);
  must(stage.client().batch_put(stage.pairs(10)));
  EXPECT_EQ(must(other.scan(stage.all())).size(), 0U);
  must(other.put(stage.key("a0003"), "of the other"));
  EXPECT_EQ(must(stage.client().scan(stage.all())), stage.pairs(10));
  EXPECT_EQ(must(other.scan(KeyRange::all())).size(), 1U);
  EXPECT_EQ(must(other.reverse_scan(KeyRange::all())).size(), 1U);
  must(other.delete_range(KeyRange::all()));
  EXPECT_EQ(must(other.scan(KeyRange::all())).size(), 0U);
  EXPECT_EQ(must(stage.client().scan(stage.all())), stage.pairs(10));
}

void a_keyspace_that_nobody_made_is_named(Stage& stage) {
  ClientWish wish;
  wish.keyspace = "nobody-made-it";
  const auto client = stage.backend().connect(wish);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message(), ::testing::HasSubstr("nobody-made-it"));
}

void a_client_of_another_api_version_is_told_so(Stage& stage) {
  const bool v2 = stage.backend().api() == ApiVersion::v2;
  ClientWish wish;
  wish.api = v2 ? ApiVersion::v1 : ApiVersion::v2;
  const auto client = stage.backend().connect(wish);
  if (!client) {
    EXPECT_THAT(client.error().message(), ::testing::HasSubstr(v2 ? "1" : "2"));
    return;
  }
  const auto put = client->put(stage.key("k"), "1");
  ASSERT_FALSE(put);
  EXPECT_FALSE(put.error().undetermined());
  EXPECT_THAT(put.error().message(), ::testing::HasSubstr("API"));
}

}  // namespace

std::vector<Scenario> cluster_scenarios() {
  return {
      {"ClientsSeeEachOthersWrites", {}, clients_see_each_others_writes},
      {"AClientThatKnowsOldRegionsOnlyFindsItsWay", {}, a_client_that_knows_old_regions_only_finds_its_way},
      {"ALeaderThatMovesBackAndForthIsFollowed", {}, a_leader_that_moves_back_and_forth_is_followed},
      {"RefreshedRegionsServe", {}, refreshed_regions_serve},
      {"ACallThatMustNotRetryTellsOfTheMove", {}, a_call_that_must_not_retry_tells_of_the_move},
      {"AStoreThatStopsIsNoError", {Need::stopped_stores}, a_store_that_stops_is_no_error},
      {"WorkGoesOnWhileEverythingMoves", {}, work_goes_on_while_everything_moves},
      {"FamiliesAreApart", {Need::families}, families_are_apart},
      {"KeyspacesAreApart", {Need::keyspaces}, keyspaces_are_apart},
      {"AKeyspaceThatNobodyMadeIsNamed", {Need::keyspaces}, a_keyspace_that_nobody_made_is_named},
      {"AClientOfAnotherApiVersionIsToldSo", {Need::api_checks}, a_client_of_another_api_version_is_told_so},
  };
}

}  // namespace tikv::scenarios
