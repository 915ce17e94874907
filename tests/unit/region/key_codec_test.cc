#include "region/key_codec.h"

#include <gtest/gtest.h>

#include <random>

#include "region/memcomparable.h"

namespace tikv::region {
namespace {

using namespace std::string_literals;

TEST(MemcomparableTest, IsTheFormThatTiKvUses) {
  EXPECT_EQ(encode_memcomparable(""), "\0\0\0\0\0\0\0\0\xf7"s);
  EXPECT_EQ(encode_memcomparable("abc"), "abc\0\0\0\0\0\xfa"s);
  EXPECT_EQ(encode_memcomparable("abc\0"s), "abc\0\0\0\0\0\xfb"s);
  EXPECT_EQ(encode_memcomparable("12345678"), "12345678\xff\0\0\0\0\0\0\0\0\xf7"s);
  EXPECT_EQ(encode_memcomparable("123456789"), "12345678\xff"s + "9\0\0\0\0\0\0\0\xf8"s);
}

TEST(MemcomparableTest, WhatIsNotInTheFormIsRefused) {
  for (const std::string& bytes :
       {""s, "abc"s, "12345678"s, "12345678\xff"s, "abc\0\0\0\0\x01\xfa"s, "abc\0\0\0\0\0\xf6"s, "abc\0\0\0\0\0\x10"s,
        "abc\0\0\0\0\0\xfax"s, "abc\0\0\0\0\0\xfa\0\0\0\0\0\0\0\0\xf7"s}) {
    EXPECT_EQ(decode_memcomparable(bytes), std::nullopt) << ::testing::PrintToString(bytes);
  }
}

TEST(MemcomparableTest, RandomStringsComeBackAndKeepTheirOrder) {
  std::mt19937 random(7);
  const auto any = [&random] {
    std::string bytes(random() % 20, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 4 == 0 ? 0 : random() % 256);
    return bytes;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::string a = any();
    const std::string b = any();
    EXPECT_EQ(decode_memcomparable(encode_memcomparable(a)), a);
    EXPECT_EQ(a < b, encode_memcomparable(a) < encode_memcomparable(b));
  }
}

/// Bounds as PD tells them.
std::string bound(const std::string& key) { return key.empty() ? key : encode_memcomparable(key); }

struct Bounds {
  std::string start;
  std::string end;
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

std::optional<Bounds> localized(const KeyCodec& codec, const std::string& start, const std::string& end) {
  Bounds bounds{bound(start), bound(end)};
  if (codec.localize(bounds.start, bounds.end) != KeyCodec::Place::inside) return std::nullopt;
  return bounds;
}

TEST(KeyCodecTest, WithoutAKeyspaceNothingChanges) {
  const KeyCodec codec;
  EXPECT_FALSE(codec.changes_keys());
  EXPECT_EQ(codec.key("a"), "a");
  EXPECT_EQ(codec.range_end(""), "");
  EXPECT_EQ(codec.region_key("a"), "a");
  EXPECT_EQ(codec.region_range_end(""), "");
  std::string key = "k";
  EXPECT_TRUE(codec.strip(key));
  EXPECT_EQ(key, "k");
  std::string start = "not memcomparable";
  std::string end;
  EXPECT_EQ(codec.localize(start, end), KeyCodec::Place::inside);
  EXPECT_EQ(start, "not memcomparable");
}

TEST(KeyCodecTest, KeysOfAKeyspaceCarryItsPrefix) {
  const KeyCodec codec = KeyCodec::raw_keyspace(0x010203);
  EXPECT_EQ(codec.key("a"),
            "r\x01\x02\x03"
            "a");
  EXPECT_EQ(codec.range_end("b"),
            "r\x01\x02\x03"
            "b");
  EXPECT_EQ(codec.range_end(""), "r\x01\x02\x04");
  EXPECT_EQ(codec.region_key("a"), encode_memcomparable("r\x01\x02\x03"
                                                        "a"));
  EXPECT_EQ(codec.region_range_end(""), encode_memcomparable("r\x01\x02\x04"));
  std::string key = codec.key("user");
  EXPECT_TRUE(codec.strip(key));
  EXPECT_EQ(key, "user");
  EXPECT_FALSE(codec.strip(key));
  EXPECT_EQ(key, "user");
}

TEST(KeyCodecTest, TheLastKeyspaceEndsWhereRawKeysEnd) {
  EXPECT_EQ(KeyCodec::raw_keyspace(KeyCodec::most_keyspace_id).range_end(""), "s");
  EXPECT_EQ(KeyCodec::raw_keyspace(0xff).range_end(""), "r\0\x01\0"s);
}

TEST(KeyCodecTest, RegionsAreCutToTheKeyspace) {
  const KeyCodec codec = KeyCodec::raw_keyspace(1);
  const std::string prefix = "r\0\0\x01"s;
  const std::string after = "r\0\0\x02"s;
  EXPECT_EQ(localized(codec, "", ""), (Bounds{"", ""}));
  EXPECT_EQ(localized(codec, prefix, after), (Bounds{"", ""}));
  EXPECT_EQ(localized(codec, prefix + "b", prefix + "d"), (Bounds{"b", "d"}));
  EXPECT_EQ(localized(codec, "r", prefix + "d"), (Bounds{"", "d"}));
  EXPECT_EQ(localized(codec, prefix + "b", "s"), (Bounds{"b", ""}));
  EXPECT_EQ(localized(codec, prefix + "b", after + "x"), (Bounds{"b", ""}));
  EXPECT_EQ(localized(codec, after, ""), std::nullopt);
  EXPECT_EQ(localized(codec, "", prefix), std::nullopt);
  EXPECT_EQ(localized(codec, "", "m"), std::nullopt);
  std::string start = "plain";
  std::string end;
  EXPECT_EQ(codec.localize(start, end), KeyCodec::Place::unreadable);
}

}  // namespace
}  // namespace tikv::region
