#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wire/varint.h"

namespace tikv::wire {

using TextMap = std::map<std::string, std::string>;  ///< map<string, string>, in the order of its keys

// --- What fields take; `tag` is the size of their tag ---

template <std::size_t tag, class T>
[[nodiscard]] std::size_t size_of_all(const std::vector<T>& values) noexcept {
  std::size_t size = tag * values.size();
  for (const T& value : values) {
    if constexpr (std::is_same_v<T, std::string>) {
      size += size_with_length(value.size());
    } else {
      size += size_with_length(encoded_size(value));
    }
  }
  return size;
}

template <class Kind, class T>
[[nodiscard]] std::size_t size_of_numbers(const std::vector<T>& values) noexcept {
  std::size_t size = 0;
  for (const T value : values) size += Kind::size(value);
  return size;
}

template <std::size_t tag, class Kind, class T>
[[nodiscard]] std::size_t size_of_packed(const std::vector<T>& values) noexcept {
  return values.empty() ? 0 : tag + size_with_length(size_of_numbers<Kind>(values));
}

template <std::size_t tag, class Kind, class T>
[[nodiscard]] std::size_t size_of_each(const std::vector<T>& values) noexcept {
  return tag * values.size() + size_of_numbers<Kind>(values);
}

template <std::size_t tag>
[[nodiscard]] std::size_t size_of_map(const TextMap& map) noexcept {
  std::size_t size = 0;
  for (const auto& [key, value] : map) {
    size += tag + size_with_length(2 + size_with_length(key.size()) + size_with_length(value.size()));
  }
  return size;
}

/// Writes a message from its end to its begin, so that the length of what is inside is known when its turn
/// comes: nothing is measured twice. The room was measured before, by `encoded_size`.
class Writer {
 public:
  explicit Writer(char* end) noexcept : at_(end) {}

  template <std::uint32_t tag, class Kind, class T>
  void number(T value) noexcept {
    bare_number<Kind>(value);
    bare_tag<tag>();
  }
  template <std::uint32_t tag>
  void text(std::string_view value) noexcept {
    raw(value);
    varint(value.size());
    bare_tag<tag>();
  }
  template <std::uint32_t tag, class Message>
  void message(const Message& value) noexcept {
    const char* const end = at_;
    write(*this, value);
    length_from<tag>(end);
  }
  /// Repeated texts and messages.
  template <std::uint32_t tag, class T>
  void all(const std::vector<T>& values) noexcept {
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      if constexpr (std::is_same_v<T, std::string>) {
        text<tag>(*value);
      } else {
        message<tag>(*value);
      }
    }
  }
  template <std::uint32_t tag, class Kind, class T>
  void packed(const std::vector<T>& values) noexcept {
    if (values.empty()) return;
    const char* const end = at_;
    for (auto value = values.rbegin(); value != values.rend(); ++value) bare_number<Kind>(static_cast<T>(*value));
    length_from<tag>(end);
  }
  /// Repeated numbers that are not packed.
  template <std::uint32_t tag, class Kind, class T>
  void each(const std::vector<T>& values) noexcept {
    for (auto value = values.rbegin(); value != values.rend(); ++value) number<tag, Kind>(static_cast<T>(*value));
  }
  template <std::uint32_t tag>
  void map(const TextMap& map) noexcept {
    for (auto entry = map.rbegin(); entry != map.rend(); ++entry) {
      const char* const end = at_;
      text<tag_of(2, WireType::bytes)>(entry->second);
      text<tag_of(1, WireType::bytes)>(entry->first);
      length_from<tag>(end);
    }
  }

  // --- Without a tag, for messages that no struct stands for ---

  void varint(std::uint64_t value) noexcept {
    if (value < 0x80) {
      *--at_ = static_cast<char>(value);
      return;
    }
    char* at = at_ -= varint_size(value);
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>((value & 0x7f) | 0x80);
    *at = static_cast<char>(value);
  }
  void raw(std::string_view bytes) noexcept {
    at_ -= bytes.size();
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
  }

 private:
  template <std::uint32_t tag>
  void bare_tag() noexcept {
    if constexpr (tag < 0x80) {
      *--at_ = static_cast<char>(tag);
    } else {
      varint(tag);
    }
  }
  template <class Kind, class T>
  void bare_number(T value) noexcept {
    if constexpr (std::is_same_v<Kind, Fixed>) {
      at_ -= sizeof(T);
      std::memcpy(at_, &value, sizeof(T));
    } else {
      varint(Kind::to_wire(value));
    }
  }
  template <std::uint32_t tag>
  void length_from(const char* end) noexcept {
    varint(static_cast<std::uint64_t>(end - at_));
    bare_tag<tag>();
  }

  char* at_;
};

}  // namespace tikv::wire
