#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exit_code.h"
#include "tikv/result.h"

namespace tikv::cli {

enum class SandboxProgram : std::uint8_t {
  replaces_this,  ///< its exit code becomes that of this process
  beside_this,    ///< this process waits for it
};

/// Hands a command over to `tikv-sandbox control`: the program in TIKV_SANDBOX, or the one beside this
/// one, or the one in PATH.
[[nodiscard]] Result<ExitCode> run_sandbox_command(const std::string& pd, const std::vector<std::string>& words,
                                                   SandboxProgram how);

}  // namespace tikv::cli
