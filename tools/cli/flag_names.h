#pragma once

#include <string>

namespace tikv::cli {

/// What the library says of its options, said of this program's flags.
[[nodiscard]] std::string with_flags(std::string message);

}  // namespace tikv::cli
