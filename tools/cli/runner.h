#pragma once

#include "command_line.h"
#include "interrupts.h"

namespace tikv::cli {

/// Does what a parsed line says, until it is done or a signal ends it, and reports an error.
[[nodiscard]] ExitCode run_action(const CommandLine& line, Session& session, const Interrupts& interrupts);

}  // namespace tikv::cli
