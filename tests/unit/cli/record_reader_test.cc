#include "record_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tikv::cli {
namespace {

using ::testing::ElementsAre;

/// Gives the text in pieces of a size.
ByteSource pieces_of(std::string text, std::size_t size) {
  return [text = std::move(text), size, at = std::size_t{0}](char* buffer,
                                                             std::size_t room) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({size, room, text.size() - at});
    std::copy_n(text.data() + at, count, buffer);
    at += count;
    return count;
  };
}

std::vector<std::string> read_all(RecordReader& reader) {
  std::vector<std::string> records;
  for (;;) {
    const auto raw = reader.next().value();
    if (!raw) return records;
    records.push_back(std::to_string(raw->line) + ":" + raw->text + (raw->too_long ? "…" : ""));
  }
}

std::vector<std::string> read_all(const std::string& text, RecordReader::Limits limits, std::size_t piece = 1000) {
  RecordReader reader(pieces_of(text, piece), limits);
  return read_all(reader);
}

TEST(RecordReaderTest, LinesAreCutWhereverThePiecesEnd) {
  for (std::size_t piece = 1; piece < 12; ++piece) {
    EXPECT_THAT(read_all("one\ntwo\r\n\n\nfive", {}, piece), ElementsAre("1:one", "2:two", "5:five")) << piece;
  }
}

TEST(RecordReaderTest, QuotedRecordsSpanLines) {
  const std::string text = "a,\"1\n2\"\r\n\"b\"\"\nc\",d\ne,f\n";
  for (std::size_t piece = 1; piece < 12; ++piece) {
    EXPECT_THAT(read_all(text, {.quoted = true}, piece), ElementsAre("1:a,\"1\n2\"", "3:\"b\"\"\nc\",d", "5:e,f"))
        << piece;
  }
}

TEST(RecordReaderTest, ReadingGoesOnFromEveryRecordEnd) {
  const std::string text = "a,\"1\n2\"\n\nb,2\r\nc,\"3\"\n";
  RecordReader whole(pieces_of(text, 3), {.quoted = true});
  const std::vector<std::string> all = read_all(whole);
  EXPECT_EQ(whole.offset(), text.size());
  EXPECT_EQ(whole.line(), 5U);
  for (std::size_t read = 0; read <= all.size(); ++read) {
    RecordReader first(pieces_of(text, 4), {.quoted = true});
    for (std::size_t i = 0; i < read; ++i) ASSERT_TRUE(first.next().value());
    RecordReader second(pieces_of(text.substr(first.offset()), 5), {.quoted = true}, first.offset(), first.line());
    EXPECT_EQ(read_all(second), std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(read), all.end()));
  }
}

TEST(RecordReaderTest, ALineThatIsTooLongIsCutAndTheNextOneIsRead) {
  EXPECT_THAT(read_all("123456789\nb\n", {.max_size = 4}, 2), ElementsAre("1:1234…", "2:b"));
  // A quote that is not closed does not swallow the file.
  EXPECT_THAT(read_all("\"a\nb\nc\nd\n", {.quoted = true, .max_size = 4}), ElementsAre("1:\"a\nb…", "4:d"));
}

TEST(RecordReaderTest, AByteOrderMarkIsLeftOutAtTheBeginOnly) {
  EXPECT_THAT(read_all("\xef\xbb\xbf"
                       "a\n\xef\xbb\xbf"
                       "b\n",
                       {}),
              ElementsAre("1:a",
                          "2:\xef\xbb\xbf"
                          "b"));
  EXPECT_THAT(read_all("\xef\xbb\xbf"
                       "a\n",
                       {.skip_mark = false}),
              ElementsAre("1:\xef\xbb\xbf"
                          "a"));
}

TEST(RecordReaderTest, AnErrorOfTheSourceIsTold) {
  RecordReader reader([](char*, std::size_t) -> Result<std::size_t> { return Error(ErrorKind::cancelled, "stop"); },
                      {});
  EXPECT_EQ(reader.next().error().kind(), ErrorKind::cancelled);
}

}  // namespace
}  // namespace tikv::cli
