// Our wire beside Google's libprotobuf: random messages of every kind, in both directions.
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "judge/messages.h"
#include "judge/random_message.h"

namespace tikv::judge {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

/// More of them: build/dev/bin/wire_tests with TIKV_WIRE_ROUNDS=20000.
int rounds() {
  const char* const asked = std::getenv("TIKV_WIRE_ROUNDS");
  return asked == nullptr ? 60 : std::atoi(asked);
}

class EveryKind : public ::testing::TestWithParam<const Kind*> {
 protected:
  [[nodiscard]] const Kind& kind() const { return *GetParam(); }
  [[nodiscard]] std::unique_ptr<Message> empty() const { return theirs(kind().name); }
  [[nodiscard]] std::unique_ptr<Message> random() {
    auto message = empty();
    random_.fill(*message);
    return message;
  }
  RandomMessages random_{20261129};
};

TEST_P(EveryKind, HasTheSameBytesAsWithProtobuf) {
  ASSERT_NE(empty(), nullptr) << kind().name << " has no class of protobuf's";
  EXPECT_EQ(kind().recode(""), "");
  for (int round = 0; round < rounds(); ++round) {
    const auto message = random();
    const std::string bytes = bytes_of(*message);
    const std::optional<std::string> ours = kind().recode(bytes);
    ASSERT_TRUE(ours.has_value()) << message->DebugString();
    ASSERT_EQ(*ours, bytes) << message->DebugString();
    const auto back = empty();
    ASSERT_TRUE(back->ParseFromString(*ours));
    ASSERT_TRUE(MessageDifferencer::Equals(*message, *back)) << message->DebugString();
  }
}

TEST_P(EveryKind, IsReadInAnyOrderInPartsAndWithUnknownFields) {
  for (int round = 0; round < rounds(); ++round) {
    const auto message = random();
    const std::string mixed = random_.shuffled(*message);
    const auto merged = empty();
    ASSERT_TRUE(merged->ParseFromString(mixed));
    merged->DiscardUnknownFields();
    const std::optional<std::string> ours = kind().recode(mixed);
    ASSERT_TRUE(ours.has_value()) << message->DebugString();
    ASSERT_EQ(*ours, bytes_of(*merged)) << message->DebugString();
  }
}

TEST_P(EveryKind, KeepsNothingOfWhatItHeldBefore) {
  for (int round = 0; round < rounds() / 4; ++round) {
    const std::string before = bytes_of(*random());
    EXPECT_TRUE(kind().forgets(before, bytes_of(*random())));
    EXPECT_TRUE(kind().forgets(before, ""));
  }
}

/// A field that ends a group, which protobuf skips and we refuse; or a text that is not UTF-8, which we take.
TEST_P(EveryKind, DamagedIsRefusedOrReadAsProtobufDoes) {
  const google::protobuf::LogSilencer quiet;
  for (int round = 0; round < rounds() * 2; ++round) {
    const std::string bytes = random_.damaged(bytes_of(*random()));
    const std::vector<char> exact(bytes.begin(), bytes.end());  // without slack: a sanitizer sees a byte too far
    const std::optional<std::string> ours = kind().recode({exact.data(), exact.size()});
    const auto read = empty();
    if (!ours || !read->ParseFromString(bytes)) continue;
    read->DiscardUnknownFields();
    const auto back = empty();
    ASSERT_TRUE(back->ParseFromString(*ours));
    ASSERT_EQ(bytes_of(*back), bytes_of(*read));
  }
}

std::vector<const Kind*> all() {
  std::vector<const Kind*> each;
  for (const Kind& kind : kinds()) each.push_back(&kind);
  return each;
}

INSTANTIATE_TEST_SUITE_P(, EveryKind, ::testing::ValuesIn(all()), [](const auto& tested) {
  std::string name = tested.param->name;
  for (char& letter : name) letter = letter == '.' ? '_' : letter;
  return name;
});

TEST(Damaged, IsSeldomRefusedWhereProtobufTakesIt) {
  const google::protobuf::LogSilencer quiet;
  RandomMessages random(1129);
  std::size_t tried = 0;
  std::size_t refused = 0;
  for (const Kind& kind : kinds()) {
    for (int round = 0; round < 40; ++round, ++tried) {
      const auto message = theirs(kind.name);
      random.fill(*message);
      const std::string bytes = random.damaged(bytes_of(*message));
      if (message->ParseFromString(bytes) && !kind.recode(bytes)) ++refused;
    }
  }
  EXPECT_LT(100 * refused, tried) << "but for groups, and for what would take too much memory, we take it, too";
}

}  // namespace
}  // namespace tikv::judge
