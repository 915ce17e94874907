#pragma once

/// @file
/// Keys, pairs and ranges of keys. Keys are byte strings, ordered by their unsigned bytes.

#include <string>
#include <string_view>
#include <utility>

namespace tikv {
inline namespace v0 {

/// A key and its value.
struct KeyValue {
  std::string key;
  std::string value;

  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

/// The keys from `start()` on, up to but without `end()`. An empty `end()` means to the last key.
///
/// @code
/// client.scan(tikv::KeyRange::prefix("user/"));
/// client.scan(tikv::KeyRange::half_open("a", "b"));
/// client.scan(tikv::KeyRange::all());
/// @endcode
class KeyRange {
 public:
  /// Every key.
  [[nodiscard]] static KeyRange all() { return {{}, {}}; }
  /// `start` <= key < `end`. Empty if `end` is not above `start`; an empty `end` is no bound.
  [[nodiscard]] static KeyRange half_open(std::string_view start, std::string_view end) {
    return {std::string(start), std::string(end)};
  }
  /// `start` <= key <= `last`.
  [[nodiscard]] static KeyRange closed(std::string_view start, std::string_view last) {
    return {std::string(start), std::string(last) + '\0'};
  }
  /// `start` <= key.
  [[nodiscard]] static KeyRange from(std::string_view start) { return {std::string(start), {}}; }
  /// Every key that begins with `prefix`; with an empty prefix, every key.
  [[nodiscard]] static KeyRange prefix(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xff') end.pop_back();
    if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return {std::string(prefix), std::move(end)};
  }

  /// The first key that may be in the range.
  [[nodiscard]] const std::string& start() const noexcept { return start_; }
  /// The first key after the range; empty if there is no end.
  [[nodiscard]] const std::string& end() const noexcept { return end_; }
  /// True if no key can be in the range.
  [[nodiscard]] bool empty() const noexcept { return !end_.empty() && end_ <= start_; }
  /// True if `key` is in the range.
  [[nodiscard]] bool contains(std::string_view key) const noexcept {
    return key >= start_ && (end_.empty() || key < end_);
  }

 private:
  KeyRange(std::string start, std::string end) : start_(std::move(start)), end_(std::move(end)) {}

  std::string start_;
  std::string end_;
};

}  // namespace v0
}  // namespace tikv
