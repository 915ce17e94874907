#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::cli {

/// The one of `known` that was perhaps meant by `word`: a few letters apart, by what was left out, put in,
/// exchanged or swapped. Nothing if none is near.
[[nodiscard]] std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& known);

}  // namespace tikv::cli
