#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::rpc::sim {

/// Lets a transport with unary calls and streams under way talk to a server that says `input`. Its first two
/// bytes choose how: in pieces of which size, with SETTINGS put before it or not, whether the
/// server closes at the end, and what the handlers do. Traps if a promise of the seam is broken.
void fuzz_session(std::string_view input);

/// What honest servers say in a few talks, as inputs of `fuzz_session` to begin from.
[[nodiscard]] std::vector<std::string> honest_talks();

}  // namespace tikv::rpc::sim
