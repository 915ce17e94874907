#pragma once

#include <cstdint>

namespace tikv::core {

/// How often this process has come out of a `fork()` since the library was loaded. What was made
/// under another number belongs to the parent: its threads do not exist here, its locks may be held
/// for ever, and its epoll set is shared. No lock, callable anywhere.
[[nodiscard]] std::uint64_t fork_generation() noexcept;

}  // namespace tikv::core
