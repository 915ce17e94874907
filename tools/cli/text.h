#pragma once

#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// Bytes as people can read and type them: printable ASCII as it is, the rest as \xNN, a backslash as \\.
[[nodiscard]] std::string escape(std::string_view bytes);
/// The reverse; also \n, \t, \r and \0.
[[nodiscard]] Result<std::string> unescape(std::string_view text);

/// The value of a hexadecimal digit; -1: it is none.
[[nodiscard]] int hex_digit(char letter) noexcept;
/// Two digits.
void append_hex(std::string& text, char byte);

}  // namespace tikv::cli
