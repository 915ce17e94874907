// The coder by itself, and how its messages are used.
#include <gtest/gtest.h>

#include "wire/constructs.h"
#include "wire/kvrpcpb.h"
#include "wire/tikvpb.h"

namespace tikv::wire {
namespace {

TEST(Varint, HasAByteForEachSevenBits) {
  EXPECT_EQ(varint_size(0), 1U);
  for (unsigned bits = 1; bits <= 64; ++bits) {
    EXPECT_EQ(varint_size(std::uint64_t{1} << (bits - 1)), (bits + 6) / 7) << bits;
    EXPECT_EQ(varint_size(~std::uint64_t{0} >> (64 - bits)), (bits + 6) / 7) << bits;
  }
}

TEST(Box, IsAnOptionalOnTheHeap) {
  kvrpcpb::RawGetRequest request;
  EXPECT_FALSE(request.context);
  request.context = {.region_id = 7, .peer = {{.id = 8, .store_id = 1}}};
  request.context->region_epoch = {.conf_ver = 2, .version = 3};
  const kvrpcpb::RawGetRequest copy = request;
  request.context->region_id = 9;
  EXPECT_EQ(copy.context->region_id, 7U) << "a copy is of its own";
  EXPECT_EQ(copy.context->peer->store_id, 1U);
  EXPECT_NE(copy, request);
  request.context->region_id = 7;
  EXPECT_EQ(copy, request);
  request.context = {};
  EXPECT_FALSE(request.context.has_value());
}

TEST(Messages, AreWrittenAsTheyAreThought) {
  const kvrpcpb::RawPutRequest request{.key = "k", .value = "v", .ttl = 5};
  EXPECT_EQ(encode(request), "\x12\x01k\x1a\x01v\x28\x05");
  std::string completed = encode(request);
  append_field<1>(completed, kvrpcpb::Context{.region_id = 3});
  kvrpcpb::RawPutRequest read;
  ASSERT_TRUE(decode(completed, read));
  EXPECT_EQ(read.context->region_id, 3U);
  EXPECT_EQ(read.value, "v");
}

TEST(Messages, FieldsOfAOneofDriveEachOtherOut) {
  constructs::Everything both{.number = 1, .text = "one"};
  constructs::Everything read;
  ASSERT_TRUE(decode(encode(both), read));
  EXPECT_FALSE(read.number.has_value());
  EXPECT_EQ(read.text, "one");
}

TEST(Messages, AbsentIsNotZero) {
  constructs::Everything message;
  EXPECT_EQ(encode(message), "");
  message.may_be_zero = 0;
  message.may_be.emplace();
  constructs::Everything read;
  ASSERT_TRUE(decode(encode(message), read));
  EXPECT_EQ(read.may_be_zero, 0U);
  EXPECT_TRUE(read.may_be.has_value());
  EXPECT_FALSE(read.may_be_empty.has_value());
}

TEST(Messages, NamesAreSnakeCaseAndNoKeywords) {
  constructs::Everything message;
  message.colour = constructs::Colour::dark_red;
  message.hue = constructs::Colour::delete_;
  message.delete_ = true;
  message.camel_case = true;
  message.hen = {.number = 1};
  message.hen->egg.emplace();
  message.deeper = {.kind = constructs::Everything::Nested::Kind::some};
  constructs::Everything read;
  ASSERT_TRUE(decode(encode(message), read));
  EXPECT_EQ(read, message);
}

TEST(Messages, TextsNeedNotBeUtf8) {
  errorpb::Error error;
  error.message = "\xff\xfe";
  errorpb::Error read;
  ASSERT_TRUE(decode(encode(error), read));
  EXPECT_EQ(read.message, "\xff\xfe");
}

}  // namespace
}  // namespace tikv::wire
