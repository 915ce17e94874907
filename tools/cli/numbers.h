#pragma once

#include <cstdint>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// A whole number between two others, in digits. Anything else is `invalid_argument`, which says what was
/// expected: no sign, no fraction, and what does not fit is not cut.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);

/// Seconds: a number, perhaps with s, min, h or d. At most a hundred years, as in `WriteOptions::ttl`.
[[nodiscard]] Result<std::uint64_t> parse_time_to_live(std::string_view text);

/// Milliseconds: a number with ms, s or min, above 0 and at most a year, as a URL has it.
[[nodiscard]] Result<std::uint64_t> parse_time_limit(std::string_view text);

}  // namespace tikv::cli
