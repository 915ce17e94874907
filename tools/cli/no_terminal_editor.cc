// Built in place of terminal_editor.cc where there is no libedit.
#include "line_editor.h"

namespace tikv::cli {

std::unique_ptr<LineEditor> make_terminal_editor(const Interrupts&, Completer) { return nullptr; }

}  // namespace tikv::cli
