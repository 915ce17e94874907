#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tikv/raw_client.h"

namespace tikv::test {

/// What one client wrote, kept beside it, so that every answer can be compared with what must come.
class KnownData {
 public:
  explicit KnownData(const RawClient& client) : client_(client) {}

  static std::string key(int number) {
    std::string digits = std::to_string(number);
    return "k" + std::string(4 - digits.size(), '0') + digits;
  }

  void put(const std::string& key, const std::string& value) {
    expect_ok(client_.put(key, value), "put " + key);
    pairs_[key] = value;
  }

  void batch_put(int from, int to, const std::string& value) {
    std::vector<KeyValue> batch;
    for (int i = from; i < to; ++i) {
      batch.push_back({key(i), value + key(i)});
      pairs_[key(i)] = value + key(i);
    }
    expect_ok(client_.batch_put(batch), "batch_put");
  }

  void remove(const std::string& key) {
    expect_ok(client_.delete_key(key), "delete " + key);
    pairs_.erase(key);
  }

  /// Reads it all in each way that there is.
  void check(int from, int to) {
    std::vector<std::string> keys;
    std::vector<KeyValue> wanted;
    for (int i = from; i < to; ++i) {
      keys.push_back(key(i));
      const auto known = pairs_.find(key(i));
      if (known != pairs_.end()) wanted.push_back({known->first, known->second});
      const auto got = client_.get(key(i));
      expect_ok(got, "get " + key(i));
      const std::optional<std::string> value = known == pairs_.end() ? std::nullopt : std::optional(known->second);
      EXPECT_EQ(got.value_or(std::nullopt), value) << key(i);
    }
    expect_pairs(client_.batch_get(keys), wanted, "batch_get");
    expect_pairs(client_.scan(KeyRange::half_open(key(from), key(to))), wanted, "scan");
  }

  [[nodiscard]] std::size_t operations() const noexcept { return operations_; }

 private:
  template <class T>
  void expect_ok(const Result<T>& result, const std::string& what) {
    ++operations_;
    EXPECT_TRUE(result) << what << ": " << result.error().message();
  }

  void expect_pairs(const Result<std::vector<KeyValue>>& result, const std::vector<KeyValue>& wanted,
                    const std::string& what) {
    expect_ok(result, what);
    if (!result) return;
    ASSERT_EQ(result->size(), wanted.size()) << what;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ((*result)[i].key, wanted[i].key) << what;
      EXPECT_EQ((*result)[i].value, wanted[i].value) << what;
    }
  }

  const RawClient& client_;
  std::map<std::string, std::string> pairs_;
  std::size_t operations_ = 0;
};

}  // namespace tikv::test
