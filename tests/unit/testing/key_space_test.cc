#include "testing/key_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tikv::testing {
namespace {

using std::string_literals::operator""s;

TEST(KeySpace, KeysAreEncodedInGroupsOfEightBytes) {
  EXPECT_EQ(encode_key(""), "\0\0\0\0\0\0\0\0\xF7"s);
  EXPECT_EQ(encode_key("\x01\x02\x03"), "\x01\x02\x03\0\0\0\0\0\xFA"s);
  EXPECT_EQ(encode_key("12345678"), "12345678\xFF\0\0\0\0\0\0\0\0\xF7"s);
  EXPECT_EQ(encode_key("123456789"),
            "12345678\xFF"
            "9\0\0\0\0\0\0\0\xF8"s);
}

TEST(KeySpace, EncodedKeysAreInTheOrderOfTheirKeys) {
  std::vector<std::string> keys;
  for (const auto& end : {""s, "\0"s, "\0\0"s, "a"s, "\xFF"s, "\xFF\xFF"s}) {
    for (std::size_t length = 0; length < 18; ++length) keys.push_back(std::string(length, 'k') + end);
  }
  for (const std::string& one : keys) {
    EXPECT_EQ(decode_key(encode_key(one)), one);
    for (const std::string& other : keys) EXPECT_EQ(encode_key(one) < encode_key(other), one < other);
  }
}

TEST(KeySpace, WhatIsNoEncodedKeyIsNotDecoded) {
  for (const auto& wrong : {""s, "r\0\0\0"s, "12345678"s, "12345678\xFF"s, "12345678\xF6"s, "1\0\0\0\0\0\0\1\xF8"s,
                            encode_key("k") + "k", encode_key("k") + encode_key("k")}) {
    EXPECT_EQ(decode_key(wrong), std::nullopt) << wrong.size();
  }
}

TEST(KeySpace, AKeyspaceHasAPrefixOfItsOwn) {
  EXPECT_EQ(keyspace_prefix('r', 0), "r\0\0\0"s);
  EXPECT_EQ(keyspace_prefix('x', 0x010203), "x\1\2\3"s);
  EXPECT_EQ(keyspace_prefix('r', last_keyspace), "r\xFF\xFF\xFF"s);
  EXPECT_EQ(keyspace_prefix('r', last_keyspace + 1), "s\0\0\0"s) << "where the last one ends";
}

TEST(KeySpace, NamesAreWhatPdTakes) {
  for (const auto* good : {"a", "orders", "A-b_9", "12345678901234567890"}) EXPECT_TRUE(is_keyspace_name(good)) << good;
  for (const auto* bad : {"", "a b", "ä", "a/b", "123456789012345678901"}) EXPECT_FALSE(is_keyspace_name(bad)) << bad;
}

}  // namespace
}  // namespace tikv::testing
