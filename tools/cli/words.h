#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tikv/result.h"

namespace tikv::cli {

/// Cuts a line into words: at blanks, except between quotes of one kind. A backslash stands for itself,
/// since keys are written with it.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

/// The word that the end of a line is in, unquoted so far, and those before it.
struct OpenLine {
  std::vector<std::string> before;
  std::string word;
  std::size_t word_begin = 0;  ///< where it begins in the line, its quote included
};
[[nodiscard]] OpenLine split_open_line(std::string_view line);

}  // namespace tikv::cli
