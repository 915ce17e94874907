#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "foreign/foreign_client.h"

namespace tikv::test {

/// Keys of the judge lie in all regions of a new sandbox, between these two.
inline const std::string first_key = "0";
inline const std::string end_key = "{";
constexpr int filled = 120;
constexpr std::size_t all_pairs = 1000;

inline std::string key_of(int number) {
  static constexpr std::string_view first = "05AGMSYbhntz";
  const std::string digits = std::to_string(number);
  return std::string(1, first[static_cast<std::size_t>(number) % first.size()]) + "/" +
         std::string(6 - digits.size(), '0') + digits;
}

inline std::string text(const std::string& bytes) {
  std::string shown;
  for (const char c : bytes.substr(0, 60)) shown += c >= ' ' && c <= '~' ? c : '?';
  return "'" + shown + "'" + (bytes.size() > 60 ? "… (" + std::to_string(bytes.size()) + " bytes)" : "");
}

inline std::string text(const std::optional<std::string>& value) { return value ? text(*value) : "nothing"; }
inline std::string text(std::uint64_t number) { return std::to_string(number); }
inline std::string text(std::optional<std::uint64_t> number) { return number ? std::to_string(*number) : "nothing"; }
inline std::string text(const SwapOutcome& outcome) {
  return (outcome.swapped ? "swapped, before it " : "kept, there is ") + text(outcome.previous);
}
inline std::string text(const Checksum& sum) {
  return std::to_string(sum.crc64_xor) + " over " + std::to_string(sum.pairs) + " pairs, " + std::to_string(sum.bytes) +
         " bytes";
}

inline std::string text(const std::vector<std::string>& keys) {
  std::string shown = std::to_string(keys.size()) + " keys:";
  for (std::size_t i = 0; i < keys.size() && i < 40; ++i) shown += " " + text(keys[i]);
  return shown;
}

inline std::string text(const Pairs& pairs) {
  std::string shown = std::to_string(pairs.size()) + " pairs:";
  for (std::size_t i = 0; i < pairs.size() && i < 40; ++i) {
    shown += " " + text(pairs[i].first) + "=" + text(pairs[i].second);
  }
  return shown;
}

template <class T>
void expect_same(const std::string& what, const T& found, const T& must) {
  if (found == must) return;
  throw WrongAnswer(what + " gave " + text(found) + "\n  instead of " + text(must));
}

inline Pairs sorted(Pairs pairs) {
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

inline Pairs reversed(Pairs pairs) {
  std::reverse(pairs.begin(), pairs.end());
  return pairs;
}

inline std::vector<std::string> keys_of(const Pairs& pairs) {
  std::vector<std::string> keys;
  for (const auto& pair : pairs) keys.push_back(pair.first);
  return keys;
}

/// The pairs among these keys, sorted.
inline Pairs expected_of(const std::map<std::string, std::string>& truth, const std::vector<std::string>& keys) {
  Pairs pairs;
  for (const std::string& key : keys) {
    if (const auto known = truth.find(key); known != truth.end()) pairs.emplace_back(*known);
  }
  return sorted(std::move(pairs));
}

}  // namespace tikv::test
