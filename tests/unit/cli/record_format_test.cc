#include "record_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tikv::cli {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

RecordFormat plain(FileFormat file) { return {file, ByteFormat::plain, ByteFormat::plain}; }

TEST(RecordFormatTest, WhatIsWrittenIsReadBackByteForByte) {
  std::mt19937 chance(7);
  for (const FileFormat file : {FileFormat::tsv, FileFormat::csv, FileFormat::jsonl}) {
    for (const ByteFormat bytes : {ByteFormat::printable, ByteFormat::hex, ByteFormat::base64}) {
      const RecordFormat format{file, bytes, bytes};
      for (int i = 0; i < 200; ++i) {
        KeyValue pair{"k", ""};
        for (auto length = chance() % 20; length > 0; --length) pair.key += static_cast<char>(chance());
        for (auto length = chance() % 20; length > 0; --length) pair.value += static_cast<char>(chance());
        std::string text = format_record(format, pair).value();
        ASSERT_EQ(text.back(), '\n');
        text.pop_back();
        ASSERT_EQ(text.find('\n'), std::string::npos);
        ASSERT_EQ(parse_record(format, text).value(), (Record{pair.key, pair.value, {}})) << text;
      }
    }
  }
}

TEST(RecordFormatTest, WhatAFileHoldsIsMeantUnlessAnotherFormIsAskedFor) {
  for (const char* text : {"k\\n\tC:\\temp\\new\\x41", "k\tb\\\\"}) {
    const std::string_view line = text;
    const std::size_t tab = line.find('\t');
    EXPECT_EQ(parse_record({}, line).value(),
              (Record{std::string(line.substr(0, tab)), std::string(line.substr(tab + 1)), {}}));
  }
  EXPECT_EQ(parse_record({FileFormat::csv}, "k,C:\\temp\\new").value().value, "C:\\temp\\new");
  EXPECT_EQ(parse_record({FileFormat::jsonl}, R"({"key": "k", "value": "a\\nb\n"})").value().value, "a\\nb\n");
}

TEST(RecordFormatTest, PlainCsvHoldsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  std::string text = format_record(plain(FileFormat::csv), {bytes, bytes}).value();
  text.pop_back();
  EXPECT_EQ(parse_record(plain(FileFormat::csv), text).value(), (Record{bytes, bytes, {}}));
}

TEST(RecordFormatTest, WhatAPlainFormatCannotHoldIsAnErrorNotDamage) {
  EXPECT_FALSE(format_record(plain(FileFormat::tsv), {"a\tb", "v"}));
  EXPECT_FALSE(format_record(plain(FileFormat::tsv), {"a", "v\n"}));
  EXPECT_FALSE(format_record(plain(FileFormat::jsonl), {"a", "\xff"}));
  EXPECT_EQ(format_record(plain(FileFormat::jsonl), {"a\n", "\xc3\xa9"}).value(),
            "{\"key\":\"a\\n\",\"value\":\"\xc3\xa9\"}\n");
}

TEST(RecordFormatTest, CsvIsReadAsTheRfcSays) {
  EXPECT_THAT(parse_csv("a,b").value(), ElementsAre("a", "b"));
  EXPECT_THAT(parse_csv("\"a,\"\"b\"\"\r\nc\",").value(), ElementsAre("a,\"b\"\r\nc", ""));
  EXPECT_THAT(parse_csv(",,").value(), ElementsAre("", "", ""));
  EXPECT_FALSE(parse_csv("\"a"));
  EXPECT_FALSE(parse_csv("a\"b\",c"));
  EXPECT_FALSE(parse_csv("\"a\"b,c"));
}

TEST(RecordFormatTest, TimesToLiveAreReadInEveryFormat) {
  EXPECT_EQ(parse_record({}, "k\tv\t60").value().ttl, seconds(60));
  EXPECT_EQ(parse_record({FileFormat::csv}, "k,v,0").value().ttl, seconds(0));
  EXPECT_EQ(parse_record({FileFormat::jsonl}, R"({"ttl": 5, "value": "v", "key": "k"})").value(),
            (Record{"k", "v", seconds(5)}));
  EXPECT_EQ(parse_record({FileFormat::jsonl}, R"({"key": "k", "value": "v", "ttl": null})").value().ttl, std::nullopt);
  for (const char* ttl : {"-1", "1.5", "1s", "", " 1", "99999999999"}) {
    EXPECT_FALSE(parse_record({}, std::string("k\tv\t") + ttl)) << ttl;
  }
}

TEST(RecordFormatTest, BadRecordsSayWhy) {
  const auto reason = [](FileFormat file, const char* text) {
    const Result<Record> record = parse_record({file}, text);
    return record ? std::string("read") : record.error().message();
  };
  EXPECT_EQ(reason(FileFormat::tsv, "k"), "1 field; a key, a value and perhaps a ttl are expected");
  EXPECT_EQ(reason(FileFormat::tsv, "k\tv\t1\tx"), "4 fields; a key, a value and perhaps a ttl are expected");
  EXPECT_EQ(reason(FileFormat::jsonl, "{\"key\":"), "not well-formed JSON");
  EXPECT_EQ(reason(FileFormat::jsonl, "[]"), "no JSON object");
  EXPECT_EQ(reason(FileFormat::jsonl, "{\"key\": \"k\"}"), "no \"value\"");
  EXPECT_EQ(reason(FileFormat::jsonl, "{\"key\": 1, \"value\": \"\"}"), "\"key\" is no string");
  EXPECT_EQ(reason(FileFormat::jsonl, R"({"key": "k", "value": "", "tll": 1})"), "unknown member \"tll\"");
  EXPECT_EQ(reason(FileFormat::jsonl, "{\"key\": \"k\", \"value\": \"\xff\"}"), "not well-formed JSON");
}

TEST(RecordFormatTest, NamesOfFilesTellFormats) {
  EXPECT_EQ(format_of_file("a/b.tsv"), FileFormat::tsv);
  EXPECT_EQ(format_of_file("b.csv"), FileFormat::csv);
  EXPECT_EQ(format_of_file("b.ndjson"), FileFormat::jsonl);
  EXPECT_EQ(format_of_file("b.txt"), std::nullopt);
  EXPECT_EQ(format_of_file("-"), std::nullopt);
}

}  // namespace
}  // namespace tikv::cli
