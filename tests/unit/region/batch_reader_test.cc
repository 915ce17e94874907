#include "region/batch_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "wire/tikvpb.h"

namespace tikv::region {
namespace {

using Fate = HeldAnswer::Fate;
using ::testing::IsEmpty;

struct Read {
  bool sense = false;
  std::vector<HeldAnswer> answers;
  BatchFeedback feedback;
};

Read read(std::string_view message, std::size_t piece, const BatchLimits& limits) {
  BatchReader reader(limits);
  Read result;
  while (!message.empty()) {
    const std::string_view now = message.substr(0, piece);
    message.remove_prefix(now.size());
    if (!reader.take(now, message.size())) return result;
  }
  result.sense = reader.finish(result.answers, result.feedback);
  return result;
}

void add(wire::tikvpb::BatchCommandsResponse& response, std::uint64_t id, std::size_t size) {
  response.request_ids.push_back(id);
  wire::ensure(response.responses.emplace_back().raw_get).value = std::string(size, 'v');
}

std::string value_of(const HeldAnswer& answer) {
  wire::kvrpcpb::RawGetResponse get;
  EXPECT_TRUE(wire::decode(answer.body, get));
  return get.value;
}

BatchLimits limit_of(std::size_t answer) {
  BatchLimits limits;
  limits.answer = answer;
  return limits;
}

TEST(BatchReaderTest, TakesAMessageApartWhereverItIsCut) {
  wire::tikvpb::BatchCommandsResponse response;
  add(response, 7, 300);
  add(response, 8, 0);
  response.request_ids.push_back(9);
  response.responses.emplace_back().raw_put.emplace();
  add(response, 10, 2000);  // too large
  add(response, 11, 5);
  response.request_ids.push_back(12);
  response.responses.emplace_back();  // empty
  wire::ensure(response.health_feedback).slow_score = 33;
  response.transport_layer_load = 150;
  const std::string message = wire::encode(response);
  for (std::size_t piece = 1; piece <= message.size(); piece = piece < 40 ? piece + 1 : piece * 2) {
    const Read got = read(message, piece, limit_of(1000));
    ASSERT_TRUE(got.sense) << piece;
    ASSERT_EQ(got.answers.size(), 6U);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(got.answers[i].id, 7 + i);
    EXPECT_EQ(value_of(got.answers[0]), std::string(300, 'v'));
    EXPECT_EQ(value_of(got.answers[1]), "");
    EXPECT_EQ(got.answers[0].command, batch_command_of("/tikvpb.Tikv/RawGet"));
    EXPECT_EQ(got.answers[2].command, batch_command_of("/tikvpb.Tikv/RawPut"));
    EXPECT_EQ(got.answers[2].body, "");
    EXPECT_EQ(got.answers[3].fate, Fate::too_large);
    EXPECT_THAT(got.answers[3].body, IsEmpty());
    EXPECT_GE(got.answers[3].size, 2000U);
    EXPECT_EQ(value_of(got.answers[4]), "vvvvv");
    EXPECT_EQ(got.answers[5].command, 0U);
    EXPECT_EQ(got.feedback.slow_score, 33);
    EXPECT_EQ(got.feedback.transport_load, 150U);
  }
}

TEST(BatchReaderTest, WhatHasNoRoomBesideOthersIsDroppedButSmallAnswersNever) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  wire::tikvpb::BatchCommandsResponse response;
  for (std::uint64_t id = 1; id <= 10; ++id) {
    add(response, id, mebibyte - 100);
    response.request_ids.push_back(100 + id);
    wire::ensure(response.responses.emplace_back().raw_put).error = "words of a store";
  }
  const Read got = read(wire::encode(response), 50'000, limit_of(mebibyte));
  ASSERT_TRUE(got.sense);
  std::size_t held = 0;
  std::size_t kept = 0;
  for (const HeldAnswer& answer : got.answers) {
    held += answer.body.size();
    if (answer.id > 100) {
      EXPECT_EQ(answer.fate, Fate::kept);
    } else if (answer.fate == Fate::kept) {
      ++kept;
      EXPECT_EQ(value_of(answer).size(), mebibyte - 100);
    } else {
      EXPECT_EQ(answer.fate, Fate::no_room);
    }
  }
  EXPECT_EQ(kept, 4U);
  EXPECT_LE(held, BatchLimits::least_of_all + 1000);
}

TEST(BatchReaderTest, SmallAnswersHaveABoundToo) {
  wire::tikvpb::BatchCommandsResponse response;
  for (std::uint64_t id = 1; id <= 4000; ++id) add(response, id, 4000);
  const Read got = read(wire::encode(response), 1 << 16, limit_of(100'000));
  ASSERT_TRUE(got.sense);
  std::size_t held = 0;
  for (const HeldAnswer& answer : got.answers) held += answer.body.size();
  EXPECT_LE(held, BatchLimits::all_small + BatchLimits::least_of_all + 5000);
}

TEST(BatchReaderTest, NonsenseIsNoticed) {
  const BatchLimits limits = limit_of(1000);
  wire::tikvpb::BatchCommandsResponse response;
  add(response, 1, 100);
  const std::string good = wire::encode(response);
  EXPECT_TRUE(read(good, 3, limits).sense);
  response.request_ids.push_back(2);
  EXPECT_FALSE(read(wire::encode(response), 3, limits).sense) << "more ids than answers";
  EXPECT_FALSE(read("\x0a\xff\xff\xff\xff\x0f", 2, limits).sense) << "longer than the message";
  EXPECT_FALSE(read(good.substr(0, good.size() - 1), 3, limits).sense) << "cut off";
  EXPECT_FALSE(read(std::string(20, '\xff'), 1, limits).sense) << "no tag";
  EXPECT_FALSE(read(std::string("\x0b\x0c", 2), 1, limits).sense) << "a group";
  EXPECT_FALSE(read(std::string("\x0a\x02\x6a\x09", 4), 4, limits).sense) << "longer than its answer";
  EXPECT_FALSE(read(std::string("\x12\x00", 2) + std::string("\x0a\x00", 2), 1, limits).sense) << "no id";
  std::string many;
  for (std::size_t i = 0; i <= core::limits::batched_answers + 1; ++i) many += std::string("\x0a\x00", 2);
  EXPECT_FALSE(read(many, 4096, limits).sense) << "too many";
  std::string ids("\x12", 1);
  ids += std::string("\x80\x80\x80\x02", 4) + std::string(std::size_t{4} << 20, '\x01');
  EXPECT_FALSE(read(ids, 65'536, limits).sense) << "nothing but ids";
}

TEST(BatchReaderTest, UnknownFieldsAreSkippedWhateverTheirSize) {
  wire::tikvpb::BatchCommandsResponse response;
  add(response, 1, 10);
  std::string message = wire::encode(response);
  message += std::string("\x32\x80\x80\x80\x02", 5) + std::string(std::size_t{4} << 20, 'u');  // field 6
  message += std::string("\x38\x05", 2);                                                       // field 7, a number
  message += std::string("\x45", 1) + "four";                                                  // field 8
  message += std::string("\x49", 1) + "eight888";                                              // field 9
  const Read got = read(message, 10'000, limit_of(1000));
  ASSERT_TRUE(got.sense);
  EXPECT_EQ(value_of(got.answers.at(0)).size(), 10U);
}

}  // namespace
}  // namespace tikv::region
