#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::core {

/// Where a server listens. The host is a name or a numeric address, without brackets.
struct Address {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const Address&, const Address&) = default;
};

/// Parses `host:port` or `[v6]:port`. Anything else is `invalid_argument` with a text that says what
/// is wrong and what a right one looks like. Asks no resolver.
[[nodiscard]] Result<Address> parse_address(std::string_view text);

/// `host:port`, with brackets where the host has colons.
[[nodiscard]] std::string to_string(const Address& address);

}  // namespace tikv::core
