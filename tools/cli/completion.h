#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::cli {

/// What may stand at the end of a line instead of the word that is there.
struct Completion {
  std::size_t word_begin = 0;
  std::string word;                     ///< what is there
  std::vector<std::string> candidates;  ///< in order; those that name a folder end with a slash
  /// What all candidates begin with.
  [[nodiscard]] std::string common() const;
};

/// Completes commands, options, values of options and names of files by the table of commands.
[[nodiscard]] Completion complete(const CLI::App& app, std::string_view line);

}  // namespace tikv::cli
