#include "testing/key_space.h"

#include <algorithm>

namespace tikv::testing {

namespace {

constexpr std::size_t group = 8;
constexpr unsigned full_group = 0xFF;

}  // namespace

std::string encode_key(std::string_view key) {
  std::string encoded;
  encoded.reserve((key.size() / group + 1) * (group + 1));
  // A key that fills its last group is followed by an empty one.
  for (std::size_t at = 0; at <= key.size(); at += group) {
    const std::string_view part = key.substr(at, group);
    const std::size_t padding = group - part.size();
    encoded.append(part).append(padding, '\0');
    encoded += static_cast<char>(full_group - padding);
  }
  return encoded;
}

std::optional<std::string> decode_key(std::string_view encoded) {
  std::string key;
  while (encoded.size() > group) {
    const std::size_t padding = full_group - static_cast<unsigned char>(encoded[group]);
    if (padding > group) return std::nullopt;
    const std::string_view part = encoded.substr(0, group);
    if (part.substr(group - padding).find_first_not_of('\0') != std::string_view::npos) return std::nullopt;
    key.append(part.substr(0, group - padding));
    encoded.remove_prefix(group + 1);
    if (padding == 0) continue;
    if (!encoded.empty()) return std::nullopt;
    return key;
  }
  return std::nullopt;
}

std::string keyspace_prefix(char mode, std::uint32_t keyspace) {
  if (keyspace > last_keyspace) return {static_cast<char>(mode + 1), '\0', '\0', '\0'};
  return {mode, static_cast<char>(keyspace >> 16), static_cast<char>(keyspace >> 8), static_cast<char>(keyspace)};
}

bool is_keyspace_name(std::string_view name) {
  constexpr std::size_t longest = 20;
  const auto allowed = [](char symbol) {
    return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z') || (symbol >= '0' && symbol <= '9') ||
           symbol == '_' || symbol == '-';
  };
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, allowed);
}

}  // namespace tikv::testing
