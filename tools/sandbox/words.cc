#include "words.h"

namespace tikv::sandbox {

namespace {

std::optional<unsigned> hex_digit(char symbol) {
  if (symbol >= '0' && symbol <= '9') return static_cast<unsigned>(symbol - '0');
  if (symbol >= 'a' && symbol <= 'f') return static_cast<unsigned>(symbol - 'a' + 10);
  if (symbol >= 'A' && symbol <= 'F') return static_cast<unsigned>(symbol - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<Escaped> escaped_byte(std::string_view rest) {
  if (rest.size() < 2) return std::nullopt;
  if (rest[1] == '\\' || rest[1] == ',') return Escaped{rest[1], 2};
  if (rest[1] != 'x' || rest.size() < 4) return std::nullopt;
  const auto high = hex_digit(rest[2]);
  const auto low = hex_digit(rest[3]);
  if (!high || !low) return std::nullopt;
  return Escaped{static_cast<char>(*high * 16 + *low), 4};
}

std::optional<std::string> unescape(std::string_view word) {
  std::string bytes;
  for (std::size_t at = 0; at < word.size();) {
    if (word[at] != '\\') {
      bytes += word[at++];
      continue;
    }
    const auto escaped = escaped_byte(word.substr(at));
    if (!escaped) return std::nullopt;
    bytes += escaped->byte;
    at += escaped->length;
  }
  return bytes;
}

}  // namespace tikv::sandbox
