#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tikv::region {

/// A byte string in the form that orders like the string itself wherever it is followed by other bytes:
/// groups of eight bytes, the last one filled up with zeros, each followed by a byte that says how many
/// of its eight are not filling (0xff: all). The form of TiKV's `codec::bytes`, ascending.
[[nodiscard]] std::string encode_memcomparable(std::string_view bytes);

/// How long the form of `bytes` bytes is: a string that fills its last group is followed by an empty one.
[[nodiscard]] constexpr std::size_t memcomparable_size(std::size_t bytes) noexcept { return (bytes / 8 + 1) * 9; }

/// The string that was encoded; nothing if `bytes` is not such a form, or something follows it.
[[nodiscard]] std::optional<std::string> decode_memcomparable(std::string_view bytes);

}  // namespace tikv::region
