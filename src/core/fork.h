#pragma once

#include <cstdint>
#include <utility>

namespace tikv::core {

/// How often this process has come out of a `fork()` since the library was loaded. What was made
/// under another number belongs to the parent: its threads do not exist here, its locks may be held
/// for ever, and its epoll set is shared. No lock, callable anywhere.
[[nodiscard]] std::uint64_t fork_generation() noexcept;

/// Takes `object` over and never destroys it: in a forked child, for what is the parent's.
template <class T>
void leave_to_parent(T object) noexcept {
  union Shell {
    explicit Shell(T&& left) noexcept : object(std::move(left)) {}
    ~Shell() {}
    T object;
  } shell(std::move(object));
}

}  // namespace tikv::core
