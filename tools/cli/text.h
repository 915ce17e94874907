#pragma once

#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// Bytes as people can read and type them: printable ASCII as it is, the rest as \xNN, a backslash as \\.
[[nodiscard]] std::string escape(std::string_view bytes);
/// The reverse; also \n, \t, \r and \0.
[[nodiscard]] Result<std::string> unescape(std::string_view text);

}  // namespace tikv::cli
