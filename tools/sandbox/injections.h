#pragma once

#include "arguments.h"
#include "testing/faults.h"

namespace tikv::sandbox {

/// The arguments of `fail`. Throws `WrongUsage`.
[[nodiscard]] testing::Injection parse_injection(const CommandArguments& arguments);

}  // namespace tikv::sandbox
