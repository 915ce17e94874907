#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// How numbers look on the wire: https://protobuf.dev/programming-guides/encoding/
namespace tikv::wire {

/// What stands in the lowest three bits of a tag: how long the field is.
enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

[[nodiscard]] constexpr std::uint32_t tag_of(std::uint32_t field, WireType type) noexcept {
  return field << 3 | static_cast<std::uint32_t>(type);
}

[[nodiscard]] constexpr std::uint32_t field_of(std::uint32_t tag) noexcept { return tag >> 3; }
[[nodiscard]] constexpr WireType type_of(std::uint32_t tag) noexcept { return static_cast<WireType>(tag & 7); }

[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  const auto bits = static_cast<unsigned>(std::bit_width(value | 1));
  return (bits * 9 + 64) / 64;  // a byte for each seven bits, without a division by seven
}

/// Of a text or a message: its length and itself.
[[nodiscard]] constexpr std::size_t size_with_length(std::size_t size) noexcept { return varint_size(size) + size; }

/// int32, int64, uint32, uint64, bool and enums. Negative numbers have ten bytes, whatever their type.
struct Varint {
  template <class T>
  [[nodiscard]] static constexpr std::uint64_t to_wire(T value) noexcept {
    if constexpr (std::is_enum_v<T>) {
      return to_wire(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    } else {
      return value;
    }
  }
  template <class T>
  [[nodiscard]] static constexpr T from_wire(std::uint64_t raw) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      return raw != 0;
    } else if constexpr (std::is_enum_v<T>) {  // values that we do not know are kept
      return static_cast<T>(static_cast<std::underlying_type_t<T>>(raw));
    } else {
      return static_cast<T>(raw);
    }
  }
  template <class T>
  [[nodiscard]] static constexpr std::size_t size(T value) noexcept {
    return varint_size(to_wire(value));
  }
};

/// sint32 and sint64: small numbers are short, of whichever sign.
struct Zigzag {
  template <class T>
  [[nodiscard]] static constexpr std::uint64_t to_wire(T value) noexcept {
    using Unsigned = std::make_unsigned_t<T>;
    const auto sign = static_cast<Unsigned>(value >> (8 * sizeof(T) - 1));
    return static_cast<Unsigned>(static_cast<Unsigned>(static_cast<Unsigned>(value) << 1) ^ sign);
  }
  template <class T>
  [[nodiscard]] static constexpr T from_wire(std::uint64_t raw) noexcept {
    using Unsigned = std::make_unsigned_t<T>;
    const auto folded = static_cast<Unsigned>(raw);
    return static_cast<T>(static_cast<Unsigned>((folded >> 1) ^ (~(folded & 1) + 1)));
  }
  template <class T>
  [[nodiscard]] static constexpr std::size_t size(T value) noexcept {
    return varint_size(to_wire(value));
  }
};

/// fixed32, fixed64, sfixed32, sfixed64, float and double: as they lie in memory, lowest byte first.
struct Fixed {
  static_assert(std::endian::native == std::endian::little, "big-endian machines need bytes turned round here");
  template <class T>
  [[nodiscard]] static constexpr std::size_t size(T /*value*/) noexcept {
    return sizeof(T);
  }
};

/// A field of proto3 that has its default value is not sent; -0.0 is not the default.
template <class T>
[[nodiscard]] constexpr bool is_default(T value) noexcept {
  if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<std::uint64_t>(value) == 0;
  } else if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<std::uint32_t>(value) == 0;
  } else {
    return value == T{};
  }
}

}  // namespace tikv::wire
