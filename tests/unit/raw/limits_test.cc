// What may be written at most, at the very edge, on stores of every kind: all that passes our checks is taken by
// the stores, and what they would refuse is refused before anything is sent.
#include "api/argument_checks.h"
#include "unit/raw/raw_fixture.h"

namespace tikv {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::size_t entry_limit = std::size_t{8} << 20;  ///< of stores, for all that they keep of a pair
constexpr std::size_t key_limit = std::size_t{8} << 10;    ///< of stores, with a prefix

class LimitsTest : public test::RawFixture, public ::testing::WithParamInterface<ApiVersion> {
 protected:
  LimitsTest() : RawFixture(stores()) {}
  static testing::ClusterOptions stores() {
    testing::ClusterOptions options;
    options.regions = 3;
    options.api = GetParam() == ApiVersion::v1      ? testing::StorageApi::v1
                  : GetParam() == ApiVersion::v1ttl ? testing::StorageApi::v1ttl
                                                    : testing::StorageApi::v2;
    if (GetParam() == ApiVersion::v2) options.keyspaces = {"orders"};
    return options;
  }
  void SetUp() override { meet(false); }
  void meet(bool atomic) {
    world.options.api_version = GetParam();
    if (GetParam() == ApiVersion::v2) world.options.keyspace = "orders";
    world.options.atomic = atomic;
    connect();
  }
  [[nodiscard]] static bool have_ttl() { return GetParam() != ApiVersion::v1; }
  [[nodiscard]] static std::size_t longest() { return key_limit - (GetParam() == ApiVersion::v2 ? 4 : 0); }

  /// Refused by us, without a word to the stores.
  template <class T>
  void expect_refused(Task<T> call, const char* what) {
    const std::uint64_t sent = world.faults.calls;
    const Result<T> result = run(std::move(call));
    ASSERT_FALSE(result) << what;
    EXPECT_EQ(result.error().kind(), ErrorKind::invalid_argument) << what << ": " << result.error();
    EXPECT_EQ(world.faults.calls, sent) << what;
  }
  template <class T>
  void expect_done(Task<T> call, const char* what) {
    const Result<T> result = run(std::move(call));
    EXPECT_TRUE(result) << what << ": " << result.error();
  }

  [[nodiscard]] static std::vector<KeyValue> with_small(std::string key, std::string value) {
    std::vector<KeyValue> list{{"a small one", "first"}};
    list.push_back({std::move(key), std::move(value)});
    return list;
  }
  [[nodiscard]] static std::vector<KeyValueTtl> with_small_ttl(std::string key, std::string value) {
    std::vector<KeyValueTtl> list;
    list.push_back({"a small one", "first", seconds(0)});
    list.push_back({std::move(key), std::move(value), seconds(have_ttl() ? 100 : 0)});
    return list;
  }
  /// Every call that writes a value.
  template <class Check>
  void each_write(const std::string& key, const std::string& value, const Check& check) {
    const seconds ttl(have_ttl() ? 100 : 0);
    check(client().put(key, value), "put");
    check(client().put(key, value, {.ttl = ttl}), "put that lives for a while");
    check(client().batch_put(with_small(key, value)), "batch_put");
    check(client().batch_put(with_small(key, value), {.ttl = ttl}), "batch_put that lives for a while");
    check(client().batch_put_with_ttl(with_small_ttl(key, value)), "batch_put_with_ttl");
  }
  template <class Check>
  void each_swap(const std::string& key, const std::string& value, const Check& check) {
    check(client().compare_and_swap(key, std::nullopt, value), "compare_and_swap");
    check(client().compare_and_swap(key, value, value, {.ttl = seconds(have_ttl() ? 100 : 0)}), "swap that lives");
    check(client().put_if_absent(key, value), "put_if_absent");
    check(client().put(key, value), "put in atomic mode");
  }
  auto done() {
    return [this](auto call, const char* what) { expect_done(std::move(call), what); };
  }
  auto refused() {
    return [this](auto call, const char* what) { expect_refused(std::move(call), what); };
  }
};

class TtlListsTest : public LimitsTest {};

const auto name_of = [](const auto& of) { return "Version" + std::string(to_string(of.param)); };
INSTANTIATE_TEST_SUITE_P(Stores, LimitsTest, ::testing::Values(ApiVersion::v1, ApiVersion::v1ttl, ApiVersion::v2),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Stores, TtlListsTest, ::testing::Values(ApiVersion::v1ttl, ApiVersion::v2), name_of);

TEST_P(LimitsTest, TheLargestValueIsWrittenByEveryCallAndAByteMoreByNone) {
  for (const std::string& key : {std::string("k"), std::string(longest(), 'k')}) {
    const std::size_t most = api::largest_value(GetParam(), key.size());
    EXPECT_LT(most + key.size(), entry_limit);
    EXPECT_GT(most + key.size() * 9 / 8, entry_limit - 400) << "no more is kept back than entries need";
    const std::string largest(most, 'v');
    meet(false);
    each_write(key, largest, done());
    EXPECT_EQ(run(client().get(key)).value(), largest);
    each_write(key, largest + "v", refused());
    meet(true);
    ASSERT_TRUE(run(client().delete_key(key)));
    each_swap(key, largest, done());
    each_swap(key, largest + "v", refused());
  }
}

// A pair that stores refuse after its neighbours were written leaves half a batch.
TEST_P(LimitsTest, OfABatchWithAPairThatIsTooLargeNothingIsWritten) {
  expect_refused(client().batch_put(with_small("z", std::string(entry_limit - 1, 'v'))), "8 MiB with the key");
  expect_refused(client().batch_put(with_small("z", std::string(entry_limit - 100, 'v'))), "with the entry's fields");
  expect_refused(client().batch_put(with_small(std::string(key_limit - 2, 'k') + "xyz", "v")), "a key of 8193 bytes");
  EXPECT_EQ(run(client().get("a small one")).value(), std::nullopt);
}

TEST_P(LimitsTest, TheLongestKeyIsTakenByEveryCallAndAByteMoreByNone) {
  const std::string key(longest(), 'k');
  const auto each = [&](const std::string& of, const auto& check) {
    each_write(of, "value", check);
    check(client().get(of), "get");
    check(client().batch_get({"a", of}), "batch_get");
    check(client().delete_range(KeyRange::half_open(of.substr(0, 10), of)), "delete_range");
    check(client().delete_prefix(of), "delete_prefix");
    check(client().delete_key(of), "delete_key");
    check(client().batch_delete({"a", of}), "batch_delete");
    if (have_ttl()) check(client().get_key_ttl(of), "get_key_ttl");
  };
  each(key, done());
  each(key + "k", refused());
  meet(true);
  each_swap(key, "value", done());
  each_swap(key + "k", "value", refused());
  expect_refused(client().compare_and_delete(key + "k", "value"), "compare_and_delete");
}

TEST_P(LimitsTest, AKeyThatIsTooLongIsToldWithTheLimitOfItsKindOfStore) {
  const auto refused = run(client().put(std::string(8190, 'k'), "value"));
  if (GetParam() != ApiVersion::v2) {
    EXPECT_TRUE(refused);
    return;
  }
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("has 8190 bytes; TiKV takes keys of 1 to 8188 bytes"));
}

/// Every list of times that a batch may have, on keys of one region: each key gets its own.
TEST_P(TtlListsTest, EachPairOfABatchLivesAsLongAsItsOwnTimeSays) {
  for (int list = 0; list < 27; ++list) {
    std::vector<KeyValueTtl> pairs;
    for (int i = 0, rest = list; i < 3; ++i, rest /= 3) {
      pairs.push_back({"b" + std::to_string(i), "value", seconds(rest % 3 * 100)});
    }
    expect_done(client().batch_put_with_ttl(pairs), "batch_put_with_ttl");
    for (const KeyValueTtl& pair : pairs) {
      const Result<std::optional<KeyTtl>> ttl = run(client().get_key_ttl(pair.key));
      ASSERT_TRUE(ttl && *ttl) << pair.key;
      const seconds left = (*ttl)->left.value_or(seconds(0));
      EXPECT_LE(left, pair.ttl) << pair.key << " of list " << list;
      EXPECT_GE(left, pair.ttl - seconds(1)) << pair.key << " of list " << list;
    }
  }
}

}  // namespace
}  // namespace tikv
