// How much one answer is asked to hold, whatever the size of the values.
#include <algorithm>

#include "testing/network.h"
#include "unit/raw/raw_fixture.h"

namespace tikv {
namespace {

/// The sizes of all answers of stores: one call or one message of a stream each.
class AnswersSeen final : public testing::NetworkListener {
 public:
  void on_event(const testing::NetworkEvent& event) override {
    if (event.kind != testing::NetworkEvent::Kind::received || !event.method.starts_with("/tikvpb.")) return;
    largest = std::max(largest, event.bytes.size());
    ++count;
  }
  void forget() { largest = count = 0; }

  std::size_t largest = 0;
  std::size_t count = 0;
};

class PagesTest : public test::RawFixture {
 protected:
  PagesTest() : RawFixture(testing::ClusterOptions{}) {}
  void SetUp() override {
    connect();
    world.simulation.network().add_listener(answers);
  }
  static std::string key_of(int number) { return "page/" + std::to_string(1'000'000 + number); }
  std::vector<std::string> fill(int first, int count, std::size_t size) {
    std::vector<std::string> keys;
    std::vector<KeyValue> pairs;
    for (int i = first; i < first + count; ++i) {
      keys.push_back(key_of(i));
      pairs.push_back({keys.back(), std::string(size, static_cast<char>('a' + i % 26))});
    }
    EXPECT_TRUE(run(client().batch_put(std::move(pairs))));
    answers.forget();
    return keys;
  }
  static constexpr std::size_t mebibyte = std::size_t{1} << 20;

  AnswersSeen answers;
};

TEST_F(PagesTest, AScanOfLargeValuesBeginsWithFewAndKeepsToItsTarget) {
  fill(0, 200, 40'000);
  EXPECT_EQ(run(client().scan(KeyRange::prefix("page/"), {.limit = 1000})).value().size(), 200U);
  EXPECT_LE(answers.largest, mebibyte) << "the first pages";
  answers.forget();
  EXPECT_EQ(run(client().reverse_scan(KeyRange::prefix("page/"), {.limit = 1000})).value().size(), 200U);
  EXPECT_LE(answers.largest, mebibyte) << "it knows by now";
}

TEST_F(PagesTest, ABatchGetOfLargeValuesIsDividedByTheirSize) {
  const std::vector<std::string> keys = fill(0, 200, 40'000);
  EXPECT_EQ(run(client().batch_get(keys)).value().size(), 200U);
  EXPECT_LE(answers.largest, mebibyte) << "the first ones";
  answers.forget();
  EXPECT_EQ(run(client().batch_get(keys)).value().size(), 200U);
  EXPECT_LE(answers.largest, mebibyte) << "it knows by now";
}

TEST_F(PagesTest, SmallValuesTakeHardlyMoreCallsThanTheyMust) {
  const std::vector<std::string> keys = fill(0, 10'000, 20);
  EXPECT_EQ(run(client().scan(KeyRange::prefix("page/"), {.limit = 100'000})).value().size(), 10'000U);
  EXPECT_LE(answers.count, 13U) << "10 pages of 1,024";
  answers.forget();
  EXPECT_EQ(run(client().scan(KeyRange::prefix("page/"), {.limit = 1000})).value().size(), 1000U);
  EXPECT_EQ(answers.count, 1U) << "it knows by now";
}

TEST_F(PagesTest, SmallKeysOfABatchGetTakeHardlyMoreCallsThanTheyMust) {
  std::vector<std::string> keys = fill(0, 10'000, 20);
  EXPECT_EQ(run(client().batch_get(keys)).value().size(), 10'000U);
  EXPECT_LE(answers.count, 22U) << "20 of 512";
}

TEST_F(PagesTest, AScanThatComesFromSmallToLargeValuesShrinksItsPages) {
  fill(0, 2000, 20);
  fill(2000, 100, 40'000);
  fill(2100, 2000, 20);
  EXPECT_EQ(run(client().scan(KeyRange::prefix("page/"), {.limit = 10'000})).value().size(), 4100U);
}

TEST_F(PagesTest, KeysThatAreNotThereAreNoReasonToAskForMany) {
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) keys.push_back(key_of(i) + "/none");
  const std::vector<std::string> there = fill(0, 200, 40'000);
  keys.insert(keys.end(), there.begin(), there.end());
  EXPECT_EQ(run(client().batch_get(keys)).value().size(), 200U);
  EXPECT_LE(answers.largest, 2 * mebibyte);
}

TEST_F(PagesTest, AKeyAskedForTwiceIsReturnedTwice) {
  fill(0, 2, 10);
  const std::vector<std::string> keys{key_of(1), key_of(0), key_of(1), "none", key_of(1)};
  const auto found = run(client().batch_get(keys)).value();
  ASSERT_EQ(found.size(), 4U);
  for (const std::size_t i : {0U, 2U, 3U}) {
    EXPECT_EQ(found[i].key, key_of(1));
    EXPECT_EQ(found[i].value, std::string(10, 'b'));
  }
  EXPECT_EQ(found[1].value, std::string(10, 'a'));
}

}  // namespace
}  // namespace tikv
