// What a decoded message may take of the heap, at worst.
#include <gtest/gtest.h>
#include <malloc.h>

#include "judge/messages.h"
#include "wire/constructs.h"
#include "wire/pdpb.h"
#include "wire/tikvpb.h"

namespace tikv::judge {
namespace {

std::size_t heap() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string times(std::string_view piece, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += piece;
  return all;
}

/// Decodes and counts what it held.
template <class Message>
std::size_t held(const std::string& bytes, bool& understood) {
  Message message;
  const std::size_t before = heap();
  understood = wire::decode(bytes, message);
  return heap() - before;
}

template <class Message>
void expect_bounded(const char* what, const std::string& bytes) {
  bool understood = false;
  const std::size_t taken = held<Message>(bytes, understood);
  EXPECT_LE(taken, 64 * bytes.size()) << what << ", " << (understood ? "decoded" : "refused");
}

std::string field(std::uint32_t number, std::string_view content) {
  std::string bytes(wire::size_with_length(content.size()) + wire::varint_size(number << 3), '\0');
  wire::Writer writer(bytes.data() + bytes.size());
  writer.raw(content);
  writer.varint(content.size());
  writer.varint(wire::tag_of(number, wire::WireType::bytes));
  return bytes;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(DecodingMemory, OfTheWorstListsIsBounded) {
  constexpr std::size_t many = 500'000;
  expect_bounded<wire::kvrpcpb::RawScanResponse>("empty pairs", times(field(2, ""), many));
  expect_bounded<wire::kvrpcpb::RawScanResponse>("pairs with an empty error", times(field(2, field(1, "")), many));
  expect_bounded<wire::pdpb::ScanRegionsResponse>("empty regions", times(field(4, ""), many));
  expect_bounded<wire::pdpb::ScanRegionsResponse>("regions with empty ones in them",
                                                  times(field(4, field(1, "")), many));
  expect_bounded<wire::pdpb::GetMembersResponse>("empty members", times(field(2, ""), many));
  expect_bounded<wire::pdpb::GetAllStoresResponse>("empty stores", times(field(2, ""), many));
  expect_bounded<wire::kvrpcpb::RawBatchGetRequest>("empty keys", times(field(2, ""), many));
  expect_bounded<wire::tikvpb::BatchCommandsResponse>("empty answers", times(field(1, ""), many));
  expect_bounded<wire::tikvpb::BatchCommandsResponse>("answers with an empty region error",
                                                      times(field(1, field(13, field(1, ""))), many / 4));
  expect_bounded<wire::tikvpb::BatchCommandsResponse>("ids", field(2, times("\x01", 2 * many)));
  expect_bounded<wire::constructs::Everything>("two lists in turn", times(field(37, "") + field(29, ""), many));
  expect_bounded<wire::constructs::Everything>("one message in many parts", times(field(63, field(37, "")), many / 2));
  expect_bounded<wire::constructs::Everything>("entries of a map", times(field(65, field(1, "k")), many));
}

/// The worst list of every message is found by trying each of its fields.
TEST(DecodingMemory, OfEveryFieldOfEveryMessageIsBounded) {
  for (const Kind& kind : kinds()) {
    for (std::uint32_t number = 1; number <= 100; ++number) {
      const std::string bytes = times(field(number, ""), 20'000);
      malloc_trim(0);
      const std::size_t before = heap();
      // The peak is bounded by what decoding is allowed; what is left afterwards must be nothing.
      static_cast<void>(kind.decode(bytes));
      EXPECT_LE(heap(), before + 4096) << kind.name << " field " << number;
    }
  }
}
#endif

TEST(DecodingMemory, WhatIsTooMuchIsRefused) {
  wire::kvrpcpb::RawScanResponse scanned;
  const std::string pairs = times(field(2, field(2, "key")), 1000);
  EXPECT_TRUE(wire::decode(pairs, scanned));
  EXPECT_EQ(scanned.kvs.size(), 1000U);
  EXPECT_EQ(scanned.kvs.capacity(), 1000U) << "as many as come, at once";
  EXPECT_FALSE(wire::decode(pairs, scanned, 10'000)) << "the objects of 1,000 pairs take more";
  EXPECT_TRUE(wire::decode(pairs, scanned, 1'000 * sizeof(wire::kvrpcpb::KvPair)));
}

TEST(DecodingDepth, IsBoundedAsInProtobuf) {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) bytes = field(1, bytes);  // a hen in an egg in a hen
    return bytes;
  };
  wire::constructs::Hen message;
  EXPECT_TRUE(wire::decode(nested(wire::Reader::most_depth), message));
  EXPECT_FALSE(wire::decode(nested(wire::Reader::most_depth + 1), message));
  const auto google = theirs("constructs.Hen");
  EXPECT_TRUE(google->ParseFromString(nested(wire::Reader::most_depth - 1)));
  EXPECT_FALSE(google->ParseFromString(nested(wire::Reader::most_depth + 1)));
}

}  // namespace
}  // namespace tikv::judge
