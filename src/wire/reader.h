#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wire/box.h"
#include "wire/varint.h"
#include "wire/writer.h"

namespace tikv::wire {

/// How much memory the objects of one decoded message may still take, beside the bytes of its texts.
class Allowance {
 public:
  explicit constexpr Allowance(std::size_t bytes) noexcept : left_(bytes) {}
  /// False if there is not that much left.
  [[nodiscard]] constexpr bool take(std::size_t bytes) noexcept {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  constexpr void give_back(std::size_t bytes) noexcept { left_ += bytes; }

 private:
  std::size_t left_;
};

/// Reads a message field by field; false where its bytes are cut off, are no message, nest deeper than any
/// message does, or would take more memory than is allowed. The bytes must outlive it.
class Reader {
 public:
  static constexpr int most_depth = 100;  // as protobuf has it

  explicit Reader(std::string_view bytes, Allowance* allowance = nullptr, int depth = most_depth) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), allowance_(allowance), depth_(depth) {}

  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  /// What was not read yet.
  [[nodiscard]] std::size_t rest() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  [[nodiscard]] bool tag(std::uint32_t& tag) noexcept {
    std::uint64_t value = 0;
    const char* const begin = at_;
    if (!raw_varint(value) || at_ - begin > 5 || value < 8 || value > UINT32_MAX) return false;
    tag = static_cast<std::uint32_t>(value);
    return true;
  }
  template <class Kind, class T>
  [[nodiscard]] bool number(T& into) noexcept {
    if constexpr (std::is_same_v<Kind, Fixed>) {
      if (rest() < sizeof(T)) return false;
      std::memcpy(&into, at_, sizeof(T));
      at_ += sizeof(T);
    } else {
      std::uint64_t value = 0;
      if (!raw_varint(value)) return false;
      into = Kind::template from_wire<T>(value);
    }
    return true;
  }
  /// A text or a message, where it lies.
  [[nodiscard]] bool view(std::string_view& into) noexcept {
    std::uint64_t size = 0;
    if (!raw_varint(size) || size > rest()) return false;
    into = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }
  [[nodiscard]] bool text(std::string& into) {
    std::string_view bytes;
    if (!view(bytes)) return false;
    into.assign(bytes);
    return true;
  }
  /// Adds to what a message holds already: a message that is sent twice is one with the fields of both.
  template <class Message>
  [[nodiscard]] bool message(Message& into) {
    std::string_view bytes;
    if (depth_ == 0 || !view(bytes)) return false;
    Reader inside(bytes, allowance_, depth_ - 1);
    return read(inside, into);
  }
  /// The same for one that may not be there yet: std::optional or Box.
  template <class Optional>
  [[nodiscard]] bool optional_message(Optional& into) {
    if (!into) {
      if constexpr (is_box<Optional>) {
        if (!allowed(sizeof(*into) + heap_overhead)) return false;
      }
      into.emplace();
    }
    return message(*into);
  }
  template <std::uint32_t tag, class T>
  [[nodiscard]] bool add_text(std::vector<T>& into) {
    return make_room<tag>(into) && text(into.emplace_back());
  }
  template <std::uint32_t tag, class T>
  [[nodiscard]] bool add_message(std::vector<T>& into) {
    return make_room<tag>(into) && message(into.emplace_back());
  }
  template <class Kind, class T>
  [[nodiscard]] bool add_number(std::vector<T>& into) {
    T value{};
    if (!number<Kind>(value) || !grow(into)) return false;
    into.push_back(value);
    return true;
  }
  template <class Kind, class T>
  [[nodiscard]] bool add_packed(std::vector<T>& into) {
    std::string_view bytes;
    if (!view(bytes)) return false;
    Reader inside(bytes, allowance_, 0);
    while (!inside.at_end()) {
      if (!inside.template add_number<Kind>(into)) return false;
    }
    return true;
  }
  [[nodiscard]] bool add_entry(TextMap& into);
  [[nodiscard]] bool skip(std::uint32_t tag) noexcept;

 private:
  static constexpr std::size_t heap_overhead = 16;

  [[nodiscard]] bool raw_varint(std::uint64_t& value) noexcept {
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return long_varint(value);
  }
  [[nodiscard]] bool long_varint(std::uint64_t& value) noexcept;
  [[nodiscard]] bool allowed(std::size_t bytes) noexcept { return allowance_ == nullptr || allowance_->take(bytes); }
  /// How many fields of this tag follow each other, the one that begins here included.
  [[nodiscard]] std::size_t run_of(std::uint32_t tag) const noexcept;

  /// As many as come, at once: messages have the elements of a list side by side.
  template <std::uint32_t tag, class T>
  [[nodiscard]] bool make_room(std::vector<T>& into) {
    if (!into.empty()) return grow(into);
    const std::size_t count = run_of(tag);
    if (!allowed(count * sizeof(T))) return false;
    into.reserve(count);
    return true;
  }
  /// While a list moves into its new room it has the old one, too.
  template <class T>
  [[nodiscard]] bool grow(std::vector<T>& into) {
    if (into.size() < into.capacity()) return true;
    const std::size_t room = into.capacity() * sizeof(T);
    const std::size_t wanted = room == 0 ? sizeof(T) : 2 * room;
    if (!allowed(wanted)) return false;
    if (allowance_ != nullptr) allowance_->give_back(room);
    into.reserve(wanted / sizeof(T));
    return true;
  }

  const char* at_;
  const char* end_;
  Allowance* allowance_;
  int depth_;
};

}  // namespace tikv::wire
