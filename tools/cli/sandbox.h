#pragma once

#include <string>
#include <vector>

namespace tikv::cli {

/// Hands a command over to `tikv-sandbox control`, whose exit code becomes that of this process: it
/// returns only if there is no such program, with an exit code of its own. The program is the one in
/// TIKV_SANDBOX, or the one beside this one, or the one in PATH.
int run_sandbox_command(const std::string& pd, const std::vector<std::string>& words);

}  // namespace tikv::cli
