#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "completion.h"
#include "interrupts.h"

namespace tikv::cli {

/// Where the shell's lines come from.
class LineEditor {
 public:
  enum class End : std::uint8_t { line, interrupted, end };

  LineEditor() = default;
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;
  virtual ~LineEditor() = default;

  /// The next line, without its end.
  [[nodiscard]] virtual End read(std::string& line) = 0;
  /// So that it can be fetched back.
  virtual void remember(const std::string& line) = 0;
};

using Completer = std::function<Completion(std::string_view line)>;

/// Lines of a terminal, with keys to edit, history and completion. Null if this program was built without
/// a library for that.
[[nodiscard]] std::unique_ptr<LineEditor> make_terminal_editor(const Interrupts& interrupts, Completer completer);
/// Lines as they come; a prompt only if `prompts`.
[[nodiscard]] std::unique_ptr<LineEditor> make_plain_reader(const Interrupts& interrupts, bool prompts);

}  // namespace tikv::cli
