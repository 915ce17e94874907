#include "wire/parts.h"

#include <algorithm>
#include <cstdint>

namespace tikv::wire {

namespace {

// Shorter messages cannot become large: two bytes a part at least.
constexpr std::size_t short_message = std::size_t{64} << 10;
// No answer of ours is deeper: error, epoch_not_match, current_regions, peers.
constexpr int deepest = 5;
// A field that is no message may be a text, or a packed list of numbers, eight bytes for one.
constexpr std::size_t bytes_of_a_part = 128;

bool take_varint(std::string_view& rest, std::uint64_t& value) noexcept {
  value = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(rest.size(), 10); ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

struct Field {
  std::uint64_t number = 0;
  bool nested = false;  ///< bytes, a text or a message
  std::string_view body;
};

bool take_field(std::string_view& rest, Field& field) noexcept {
  std::uint64_t tag = 0;
  std::uint64_t size = 0;
  if (!take_varint(rest, tag) || tag < 8) return false;
  field.number = tag >> 3;
  field.nested = (tag & 7) == 2;
  switch (tag & 7) {
    case 0:
      return take_varint(rest, size);
    case 1:
      size = 8;
      break;
    case 2:
      if (!take_varint(rest, size)) return false;
      break;
    case 5:
      size = 4;
      break;
    default:
      return false;
  }
  if (size > rest.size()) return false;
  field.body = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(field.body.size());
  return true;
}

/// Takes the parts of `message` off `left`; false if they are more.
bool count(std::string_view message, int depth, Inside inside, std::size_t& left) noexcept {
  std::string_view rest = message;
  while (!rest.empty()) {
    Field field;
    if (!take_field(rest, field)) {  // no message
      const std::size_t parts = rest.size() / bytes_of_a_part;
      if (parts > left) return false;
      left -= parts;
      return true;
    }
    if (left-- == 0) return false;
    const bool looked_into = depth > 0 || inside == Inside::all || field.number == 1;
    if (field.nested && looked_into && depth < deepest && !count(field.body, depth + 1, inside, left)) return false;
  }
  return true;
}

}  // namespace

bool has_few_parts(std::string_view message, Inside inside, std::size_t most) noexcept {
  return message.size() <= short_message || count(message, 0, inside, most);
}

}  // namespace tikv::wire
