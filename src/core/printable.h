#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/limits.h"

namespace tikv::core {

/// The text of a stranger as it may be shown in a log or on a terminal: one line of valid UTF-8 without
/// control characters (C0, DEL, C1), without characters that reorder, hide or break text (bidirectional
/// controls, zero width, line separators), which become escapes (`\n`, `\x1b`, `\u202e`), as do bytes that
/// are not UTF-8. A text that would be longer than `most` bytes ends with `… (20971520 bytes)`, and is no
/// longer than `most` with it; of the input no more is looked at. What is printable already stays as it is.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = limits::foreign_text);

/// The same for a name, in quotes.
[[nodiscard]] std::string quoted(std::string_view name);

}  // namespace tikv::core
