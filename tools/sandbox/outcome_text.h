#pragma once

#include <string>

#include "sandbox/control_messages.h"

namespace tikv::sandbox {

/// For people: the note, or a table.
[[nodiscard]] std::string text_of(const control::Outcome& outcome);
/// For programs: a list of objects, one a row; without rows an object with the note.
[[nodiscard]] std::string json_of(const control::Outcome& outcome);

}  // namespace tikv::sandbox
