#include "byte_format.h"

#include <gtest/gtest.h>

#include "json_text.h"

namespace tikv::cli {
namespace {

constexpr ByteFormat formats[] = {ByteFormat::printable, ByteFormat::hex, ByteFormat::base64, ByteFormat::plain};

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(ByteFormatTest, EveryStringComesBackAsItWas) {
  const std::string bytes = all_bytes();
  for (const ByteFormat format : formats) {
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
      const std::string part = bytes.substr(bytes.size() - length);
      EXPECT_EQ(decode(format, encode(format, part)).value(), part) << name_of(format);
    }
  }
}

TEST(ByteFormatTest, TextsAreThoseOfTheStandards) {
  EXPECT_EQ(encode(ByteFormat::hex, "\x01\xfe"), "01fe");
  EXPECT_EQ(decode(ByteFormat::hex, "01FE").value(), "\x01\xfe");
  EXPECT_EQ(encode(ByteFormat::base64, ""), "");  // the examples of RFC 4648
  EXPECT_EQ(encode(ByteFormat::base64, "f"), "Zg==");
  EXPECT_EQ(encode(ByteFormat::base64, "fo"), "Zm8=");
  EXPECT_EQ(encode(ByteFormat::base64, "foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode(ByteFormat::printable, "a\\b\n\x7f\xc3"), "a\\\\b\\x0a\\x7f\\xc3");
}

TEST(ByteFormatTest, MalformedTextIsRefused) {
  for (const char* text : {"0", "0g", "012"}) EXPECT_FALSE(decode(ByteFormat::hex, text)) << text;
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Z!==", "=Zg="}) {
    EXPECT_FALSE(decode(ByteFormat::base64, text)) << text;
  }
  for (const char* text : {"\\", "\\q", "\\x", "\\x1", "\\x1g"})
    EXPECT_FALSE(decode(ByteFormat::printable, text)) << text;
}

TEST(JsonTextTest, StringsAreEscapedAndStayUtf8) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
  EXPECT_EQ(json_string("\xc3\xa9 \xf0\x9f\x98\x80"), "\"\xc3\xa9 \xf0\x9f\x98\x80\"");
  EXPECT_EQ(json_string("\xff"), "\"\\ufffd\"");
}

TEST(JsonTextTest, OnlyWellFormedUtf8IsUtf8) {
  for (const char* text : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  // A lone byte, a cut one, overlong forms, a surrogate, above the last character.
  for (const char* text :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

}  // namespace
}  // namespace tikv::cli
