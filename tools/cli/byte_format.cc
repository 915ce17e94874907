#include "byte_format.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "text.h"

namespace tikv::cli {

namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_hex(text, byte);
  return text;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error(ErrorKind::invalid_argument, "an odd number of hexadecimal digits");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return Error(ErrorKind::invalid_argument, "'" + escape(text.substr(i, 2)) + "' is not hexadecimal");
    }
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const std::uint32_t byte = i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0;
      group = group << 8U | byte;
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : base64_digits[group >> (18 - 6 * j) & 0x3fU];
    }
  }
  return text;
}

/// Without the padding; that must make whole groups of four, and unused bits must be 0, so that each
/// string of bytes has one text.
Result<std::string> from_base64(std::string_view text) {
  const Error malformed(ErrorKind::invalid_argument, "'" + escape(text) + "' is not base64");
  if (text.size() % 4 != 0) return malformed;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned filled = 0;
  for (const char letter : text) {
    const std::size_t digit = base64_digits.find(letter);
    if (digit == std::string_view::npos) return malformed;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    filled += 6;
    if (filled < 8) continue;
    filled -= 8;
    bytes += static_cast<char>(bits >> filled & 0xffU);
  }
  if (filled >= 6 || (bits & ((1U << filled) - 1)) != 0) return malformed;
  return bytes;
}

}  // namespace

std::string encode(ByteFormat format, std::string_view bytes) {
  switch (format) {
    case ByteFormat::printable:
      return escape(bytes);
    case ByteFormat::hex:
      return to_hex(bytes);
    case ByteFormat::base64:
      return to_base64(bytes);
    case ByteFormat::plain:
      break;
  }
  return std::string(bytes);
}

Result<std::string> decode(ByteFormat format, std::string_view text) {
  switch (format) {
    case ByteFormat::printable:
      return unescape(text);
    case ByteFormat::hex:
      return from_hex(text);
    case ByteFormat::base64:
      return from_base64(text);
    case ByteFormat::plain:
      break;
  }
  return std::string(text);
}

std::string_view name_of(ByteFormat format) noexcept {
  constexpr std::array<std::string_view, 4> names{"printable", "hex", "base64", "plain"};
  return names[static_cast<std::size_t>(format)];
}

}  // namespace tikv::cli
