#include "text.h"

#include <array>
#include <cstddef>

namespace tikv::cli {

namespace {

/// What a one-letter escape stands for; -1: no such escape.
int simple_escape(char letter) noexcept {
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '0':
      return '\0';
    case '\\':
      return '\\';
    default:
      return -1;
  }
}

}  // namespace

int hex_digit(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

void append_hex(std::string& text, char byte) {
  constexpr std::array<char, 17> digits{"0123456789abcdef"};
  const auto code = static_cast<unsigned char>(byte);
  text += digits[code >> 4U];
  text += digits[code & 0xfU];
}

std::string escape(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\\') {
      text += "\\\\";
    } else if (code >= 0x20 && code < 0x7f) {
      text += byte;
    } else {
      text += "\\x";
      append_hex(text, byte);
    }
  }
  return text;
}

Result<std::string> unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char next = i + 1 < text.size() ? text[i + 1] : '\x01';
    if (const int simple = simple_escape(next); simple >= 0) {
      bytes += static_cast<char>(simple);
      i += 1;
      continue;
    }
    const int high = next == 'x' && i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    const int low = high >= 0 && i + 3 < text.size() ? hex_digit(text[i + 3]) : -1;
    if (low < 0) {
      return Error(ErrorKind::invalid_argument,
                   "'" + std::string(text) + "' has a backslash that begins none of \\\\, \\n, \\t, \\r, \\0, \\xNN");
    }
    bytes += static_cast<char>(high * 16 + low);
    i += 3;
  }
  return bytes;
}

}  // namespace tikv::cli
