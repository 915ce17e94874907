#pragma once

#include <iosfwd>

#include "tikv/error.h"

namespace tikv::cli {

/// How the program ends; the numbers are documented in docs/cli.md.
enum class ExitCode {
  done = 0,
  failed = 1,
  wrong_usage = 2,
  not_found = 3,     ///< no such key, or not swapped
  undetermined = 4,  ///< a write that may or may not have happened
  interrupted = 130,
};

/// The code that tells of an error.
[[nodiscard]] ExitCode code_of(const Error& error) noexcept;

/// Something on this machine failed: a file, the output.
[[nodiscard]] Error local_failure(const std::string& text);

/// Writes an error for people, or for programs as one JSON object.
void report(std::ostream& out, const Error& error, bool json);

}  // namespace tikv::cli
