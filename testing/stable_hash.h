#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tikv::testing {

/// A running 64-bit hash that is the same in every process, build and compiler: FNV-1a over the
/// bytes, numbers as eight bytes from the lowest on, texts after their length.
class StableHash {
 public:
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) byte(static_cast<unsigned char>(number >> (8 * i)));
  }
  void add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    for (const char symbol : text) byte(static_cast<unsigned char>(symbol));
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void byte(unsigned char next) { value_ = (value_ ^ next) * 0x100000001B3ULL; }

  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

}  // namespace tikv::testing
