#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tikv::testing {

/// How API version 2 stores a key: memcomparable, in groups of eight bytes, so that what follows it on
/// disk does not disturb the order. PD's and the stores' region bounds are of this form.
[[nodiscard]] std::string encode_key(std::string_view key);
/// None for bytes that are no whole encoded key.
[[nodiscard]] std::optional<std::string> decode_key(std::string_view encoded);

/// What the raw keys of a keyspace begin with: 'r' and three bytes; 'x' instead for transactions. The
/// one after the last keyspace ends it.
[[nodiscard]] std::string keyspace_prefix(char mode, std::uint32_t keyspace);

constexpr std::uint32_t default_keyspace = 0;
constexpr std::uint32_t last_keyspace = 0xFFFFFF;

struct Keyspace {
  std::uint32_t id = default_keyspace;
  std::string name = "DEFAULT";
};

/// Letters, digits, '_' and '-', at most 20 of them: what PD takes for a name.
[[nodiscard]] bool is_keyspace_name(std::string_view name);

}  // namespace tikv::testing
