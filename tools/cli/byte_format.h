#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// How bytes are written as text.
enum class ByteFormat : std::uint8_t {
  printable,  ///< printable ASCII as it is, the rest as \xNN, a backslash as two
  hex,        ///< two digits a byte
  base64,     ///< RFC 4648, with padding
  plain,      ///< as they are
};

[[nodiscard]] std::string encode(ByteFormat format, std::string_view bytes);
/// The reverse; `invalid_argument` says what is wrong with the text.
[[nodiscard]] Result<std::string> decode(ByteFormat format, std::string_view text);

[[nodiscard]] std::string_view name_of(ByteFormat format) noexcept;

}  // namespace tikv::cli
