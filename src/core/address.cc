#include "core/address.h"

#include <algorithm>
#include <charconv>

#include "core/printable.h"

namespace tikv::core {
namespace {

constexpr std::size_t longest_host = 255;  // DNS names are shorter, IPv6 addresses with a zone too

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Bytes over 127 are left to the resolver, which may know such names.
bool fits_name(char c) noexcept {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) > 127;
}

bool fits_numeric_v6(char c) noexcept {
  return is_alphanumeric(c) || std::string_view(":.%-_").find(c) != std::string_view::npos;
}

Error malformed(std::string_view text, std::string_view reason) {
  return {ErrorKind::invalid_argument, quoted(text) + " is not an address: " + std::string(reason) +
                                           "; expected host:port, such as 127.0.0.1:2379, pd.example.com:2379 or "
                                           "[::1]:2379"};
}

// What is wrong with the host, or nothing.
std::string_view host_fault(std::string_view host, bool bracketed) {
  if (host.empty()) return "the host is missing";
  if (host.size() > longest_host) return "the host is longer than 255 bytes";
  if (bracketed) {
    if (host.find(':') == std::string_view::npos) return "only an IPv6 address may stand in brackets";
    return std::all_of(host.begin(), host.end(), fits_numeric_v6) ? "" : "the brackets hold no IPv6 address";
  }
  if (host.find(':') != std::string_view::npos) return "an IPv6 address must stand in brackets";
  return std::all_of(host.begin(), host.end(), fits_name) ? "" : "the host has a character that no host name has";
}

std::string_view port_fault(std::string_view digits, std::uint16_t& port) {
  if (digits.empty()) return "the port is missing";
  const bool all_digits = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!all_digits) return "the port is not a number";
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return "the port is not in 1..65535";
  return "";
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  if (text.empty()) return malformed(text, "it is empty");
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) {
    return malformed(text, "it must not begin with " + quoted(text.substr(0, scheme + 3)));
  }
  std::string_view host;
  std::string_view rest;
  const bool bracketed = text.front() == '[';
  if (bracketed) {
    const auto closing = text.find(']');
    if (closing == std::string_view::npos) return malformed(text, "the bracket is not closed");
    host = text.substr(1, closing - 1);
    rest = text.substr(closing + 1);
    if (!rest.empty() && rest.front() != ':') return malformed(text, "a colon and the port must follow the bracket");
  } else {
    const auto colon = std::min(text.rfind(':'), text.size());
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (const auto fault = host_fault(host, bracketed); !fault.empty()) return malformed(text, fault);
  if (rest.empty()) return malformed(text, "the port is missing");
  Address address;
  if (const auto fault = port_fault(rest.substr(1), address.port); !fault.empty()) return malformed(text, fault);
  address.host = host;
  return address;
}

std::string to_string(const Address& address) {
  const bool bracketed = address.host.find(':') != std::string::npos;
  return (bracketed ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace tikv::core
