#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tikv::sandbox {

/// The bytes of a word in which \xNN stands for any byte and \\ for a backslash; none if it is broken.
[[nodiscard]] std::optional<std::string> unescape(std::string_view word);

/// What a backslash at the start of `rest` stands for, and how long that is; none if it is broken.
/// Also \, for a comma.
struct Escaped {
  char byte;
  std::size_t length;
};
[[nodiscard]] std::optional<Escaped> escaped_byte(std::string_view rest);

}  // namespace tikv::sandbox
