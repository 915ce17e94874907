#include "rpc/grpc_format.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/printable.h"

namespace tikv::rpc {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i) {
    values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

}  // namespace

TimeoutText encode_timeout(core::Duration timeout) noexcept {
  struct Unit {
    std::int64_t nanoseconds;
    char letter;
  };
  static constexpr Unit units[] = {
      {1, 'n'}, {1'000, 'u'}, {1'000'000, 'm'}, {1'000'000'000, 'S'}, {60'000'000'000, 'M'}, {3'600'000'000'000, 'H'}};
  constexpr std::int64_t most = 99'999'999;
  const std::int64_t nanoseconds = std::max<std::int64_t>(timeout.count(), 1);
  TimeoutText result;
  for (const Unit& unit : units) {
    const std::int64_t count = nanoseconds / unit.nanoseconds + (nanoseconds % unit.nanoseconds != 0 ? 1 : 0);
    if (count > most) continue;
    char* end = std::to_chars(result.text, result.text + sizeof result.text, count).ptr;
    *end++ = unit.letter;
    result.size = static_cast<std::size_t>(end - result.text);
    break;
  }
  return result;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    count += 8;
    while (count >= 6) {
      count -= 6;
      text.push_back(base64_alphabet[bits >> count & 63]);
    }
  }
  if (count > 0) text.push_back(base64_alphabet[bits << (6 - count) & 63]);
  return text;
}

bool base64_decode(std::string_view text, std::string& bytes) {
  bytes.clear();
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_values[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return true;
}

StatusCode status_of_http(int http_status) noexcept {
  switch (http_status) {
    case 400:
      return StatusCode::internal;
    case 401:
      return StatusCode::unauthenticated;
    case 403:
      return StatusCode::permission_denied;
    case 404:
      return StatusCode::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return StatusCode::unavailable;
    default:
      return StatusCode::unknown;
  }
}

StatusCode status_of_reset(std::uint32_t error_code) noexcept {
  switch (error_code) {
    case 0x0:  // NO_ERROR
    case 0x1:  // PROTOCOL_ERROR
    case 0x2:  // INTERNAL_ERROR
    case 0x3:  // FLOW_CONTROL_ERROR
    case 0x4:  // SETTINGS_TIMEOUT
    case 0x6:  // FRAME_SIZE_ERROR
    case 0x9:  // COMPRESSION_ERROR
    case 0xa:  // CONNECT_ERROR
      return StatusCode::internal;
    case 0x7:
      return StatusCode::unavailable;  // REFUSED_STREAM
    case 0x8:
      return StatusCode::cancelled;  // CANCEL
    case 0xb:
      return StatusCode::resource_exhausted;  // ENHANCE_YOUR_CALM
    case 0xc:
      return StatusCode::permission_denied;  // INADEQUATE_SECURITY
    default:
      return StatusCode::unknown;
  }
}

std::string_view name_of_reset(std::uint32_t error_code) noexcept {
  static constexpr std::string_view names[] = {"NO_ERROR",
                                               "PROTOCOL_ERROR",
                                               "INTERNAL_ERROR",
                                               "FLOW_CONTROL_ERROR",
                                               "SETTINGS_TIMEOUT",
                                               "STREAM_CLOSED",
                                               "FRAME_SIZE_ERROR",
                                               "REFUSED_STREAM",
                                               "CANCEL",
                                               "COMPRESSION_ERROR",
                                               "CONNECT_ERROR",
                                               "ENHANCE_YOUR_CALM",
                                               "INADEQUATE_SECURITY",
                                               "HTTP_1_1_REQUIRED"};
  return error_code < std::size(names) ? names[error_code] : "an unknown error code";
}

StatusCode parse_status(std::string_view text) noexcept {
  unsigned code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (error != std::errc{} || end != text.data() + text.size() || code > 16) return StatusCode::unknown;
  return static_cast<StatusCode>(code);
}

std::string check_header(std::string_view name, std::string_view value) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) {
    return "the metadata name \"" + core::printable(name) + "\" is not lower-case letters, digits, '-', '_' and '.'";
  }
  static constexpr std::string_view reserved[] = {"te",   "content-type",      "user-agent", "connection",
                                                  "host", "transfer-encoding", "upgrade",    "content-length"};
  if (name.starts_with("grpc-") || std::find(std::begin(reserved), std::end(reserved), name) != std::end(reserved)) {
    return "the metadata name \"" + std::string(name) + "\" belongs to the protocol";
  }
  const auto visible = [](char c) { return c >= 0x20 && c <= 0x7e; };
  if (!is_binary_header(name) && !std::all_of(value.begin(), value.end(), visible)) {
    return "the value of the metadata \"" + std::string(name) +
           "\" is not printable ASCII; names with binary values end in -bin";
  }
  return {};
}

}  // namespace tikv::rpc
