#include "rpc/message_framing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tikv::rpc {
namespace {

using Event = MessageReader::Event;

std::string framed(const std::vector<std::string>& messages) {
  MessageWriter writer;
  for (const std::string& message : messages) writer.push(message);
  std::string out;
  std::vector<std::size_t> begins;
  writer.take(writer.bytes(), out, 0, begins);
  EXPECT_EQ(writer.bytes(), 0u);
  return out;
}

std::vector<std::string> read_in_pieces(std::string_view bytes, std::size_t piece) {
  MessageReader reader;
  std::vector<std::string> messages;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    std::string message;
    while (reader.next(part, message, {1000}) == Event::message) messages.push_back(message);
  }
  EXPECT_FALSE(reader.inside());
  return messages;
}

const std::vector<std::string> some_messages = {"", "a", std::string(300, 'x'), "", "last"};

TEST(MessageFramingTest, MessagesSplitAtAnyByteArriveWhole) {
  const std::string bytes = framed(some_messages);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) EXPECT_EQ(read_in_pieces(bytes, piece), some_messages);
}

TEST(MessageFramingTest, LargeMessagesComeInPiecesWhateverTheirLimitAndSmallOnesWhole) {
  const std::string bytes = framed(some_messages);
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    MessageReader reader;
    std::vector<std::string> messages(1);
    for (std::string_view rest = bytes; !rest.empty();) {
      std::string_view part = rest.substr(0, size);
      rest.remove_prefix(part.size());
      std::string told;
      for (Event event = Event::message; event != Event::need_more;) {
        event = reader.next(part, told, {10, 4});
        if (event == Event::need_more) break;
        EXPECT_EQ(event == Event::piece, messages.size() == 3) << "the third is the only large one";
        messages.back() += told;
        if (event == Event::message || reader.left() == 0) messages.emplace_back();
      }
    }
    messages.pop_back();
    EXPECT_EQ(messages, some_messages);
    EXPECT_FALSE(reader.inside());
  }
}

TEST(MessageFramingTest, WriterTakenInPiecesTellsWhereMessagesBegin) {
  const std::string whole = framed(some_messages);
  for (std::size_t piece = 1; piece <= whole.size(); ++piece) {
    MessageWriter writer;
    for (const std::string& message : some_messages) writer.push(message);
    std::string out;
    std::vector<std::size_t> begins;
    while (writer.bytes() > 0) writer.take(std::min(piece, writer.bytes()), out, 1000, begins);
    EXPECT_EQ(out, whole);
    EXPECT_EQ(begins, (std::vector<std::size_t>{1000, 1005, 1011, 1316, 1321}));
  }
}

TEST(MessageFramingTest, WriterGoesOnAfterItRanEmpty) {
  MessageWriter writer;
  std::string out;
  std::vector<std::size_t> begins;
  for (int round = 0; round < 3; ++round) {
    writer.push("ab");
    writer.push("c");
    writer.take(writer.bytes(), out, 0, begins);
  }
  EXPECT_EQ(read_in_pieces(out, 7), (std::vector<std::string>{"ab", "c", "ab", "c", "ab", "c"}));
}

TEST(MessageFramingTest, PrefixHoldsTheLengthInBigEndian) {
  const std::string bytes = framed({std::string(0x010203, 'z')});
  EXPECT_EQ(bytes.substr(0, 5), std::string("\0\0\1\2\3", 5));
}

TEST(MessageFramingTest, CompressedMessageIsTold) {
  MessageReader reader;
  std::string_view bytes("\1\0\0\0\1x", 6);
  std::string message;
  EXPECT_EQ(reader.next(bytes, message, {1000}), Event::compressed);
}

TEST(MessageFramingTest, MessageOverTheLimitIsToldBeforeItsBody) {
  MessageReader reader;
  std::string_view bytes("\0\xff\xff\xff\xff", 5);
  std::string message;
  EXPECT_EQ(reader.next(bytes, message, {1000}), Event::too_large);
  EXPECT_EQ(reader.length(), 0xffff'ffffu);
  MessageReader exact;
  std::string_view fits("\0\0\0\x03\xe8", 5);
  EXPECT_EQ(exact.next(fits, message, {1000}), Event::need_more);
  EXPECT_TRUE(exact.inside());
}

}  // namespace
}  // namespace tikv::rpc
