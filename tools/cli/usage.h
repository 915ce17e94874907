#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tikv::cli {

/// The first word that stands where a command must and is none, in words that name it and what may have been
/// meant; nothing if there is no such word.
[[nodiscard]] std::optional<std::string> unknown_command(const CLI::App& root, const std::vector<std::string>& words);

/// The same of an option.
[[nodiscard]] std::optional<std::string> unknown_option(const CLI::App& root, const std::vector<std::string>& words);

}  // namespace tikv::cli
