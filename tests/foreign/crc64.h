#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tikv::test {

/// CRC-64 with the ECMA polynomial, as RawChecksum counts: over the bytes of all parts, one after the other.
inline std::uint64_t crc64(std::initializer_list<std::string_view> parts) {
  constexpr std::uint64_t reflected_polynomial = 0xC96C5795D7870F42;
  std::uint64_t crc = ~std::uint64_t{0};
  for (const std::string_view part : parts) {
    for (const char c : part) {
      crc ^= static_cast<unsigned char>(c);
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? reflected_polynomial : 0);
    }
  }
  return ~crc;
}

}  // namespace tikv::test
