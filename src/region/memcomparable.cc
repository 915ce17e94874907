#include "region/memcomparable.h"

#include <algorithm>
#include <cstddef>

namespace tikv::region {

namespace {

constexpr std::size_t group_size = 8;
constexpr unsigned char full_group = 0xff;

}  // namespace

std::string encode_memcomparable(std::string_view bytes) {
  std::string encoded;
  encoded.reserve(memcomparable_size(bytes.size()));
  for (std::size_t at = 0; at <= bytes.size(); at += group_size) {
    const std::string_view group = bytes.substr(at, group_size);
    const std::size_t filling = group_size - group.size();
    encoded.append(group).append(filling, '\0');
    encoded.push_back(static_cast<char>(full_group - filling));
  }
  return encoded;
}

std::optional<std::string> decode_memcomparable(std::string_view bytes) {
  std::string decoded;
  while (bytes.size() >= group_size + 1) {
    const std::size_t filling = full_group - static_cast<unsigned char>(bytes[group_size]);
    if (filling > group_size) return std::nullopt;
    const std::string_view group = bytes.substr(0, group_size - filling);
    const std::string_view filled = bytes.substr(group_size - filling, filling);
    if (std::any_of(filled.begin(), filled.end(), [](char byte) { return byte != '\0'; })) return std::nullopt;
    decoded.append(group);
    bytes.remove_prefix(group_size + 1);
    if (filling == 0) continue;
    if (!bytes.empty()) return std::nullopt;
    return decoded;
  }
  return std::nullopt;
}

}  // namespace tikv::region
