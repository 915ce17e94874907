#pragma once

#include "context.h"
#include "interrupts.h"

namespace tikv::cli {

struct ShellSettings {
  Session& session;
  const OutputSettings& output;  ///< for lines that say nothing else
  const Interrupts& interrupts;
  bool keeps_history;
};

/// Reads and runs commands until the end of the input. From a terminal with history and completion; from
/// elsewhere the first line that does not end with `done` ends the shell, too.
[[nodiscard]] ExitCode run_shell(const ShellSettings& settings);

}  // namespace tikv::cli
