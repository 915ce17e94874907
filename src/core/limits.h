#pragma once

#include <cstddef>
#include <cstdint>

/// What a peer may make this client hold, print or repeat, beside the answer that was asked for, which
/// `max_answer_size` bounds. Everything that a server says is a claim of a stranger: each bound lies far
/// above what honest servers do, and what passes it is cut, ignored or refused. docs/limits.md is the
/// table of what each peer may say, which bound holds, and which test walks it.
namespace tikv::core::limits {

// --- Texts ---

/// A text in a peer's words, where it enters. TiKV's and PD's errors are some hundred bytes; what a person
/// needs of a longer one stands at its begin.
inline constexpr std::size_t foreign_text = 1024;
/// A name in a peer's words: a version, an address, a content type.
inline constexpr std::size_t foreign_name = 128;
/// The message of an error, with its story. A second line of defence: its parts are short by themselves.
inline constexpr std::size_t message = std::size_t{16} << 10;

// --- Repetitions ---

/// Tries without a pause before them, in a row, of one question to PD or one request to a store: to follow
/// a leader that has moved takes one. Whoever sends us on further, or refuses again, is waited for.
inline constexpr std::uint32_t retries_at_once = 1;

}  // namespace tikv::core::limits
