#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "byte_format.h"
#include "exit_code.h"
#include "session.h"

namespace tikv::cli {

/// How results are printed and arguments read.
struct OutputSettings {
  bool json = false;
  bool quiet = false;
  std::optional<ByteFormat> key;  ///< as the user asked for; nothing: each place has its own
  std::optional<ByteFormat> value;

  // On the command line and the terminal, where not every byte can stand.
  [[nodiscard]] ByteFormat shown_key() const { return key.value_or(ByteFormat::printable); }
  [[nodiscard]] ByteFormat shown_value() const { return value.value_or(ByteFormat::printable); }
  // In files: what is there is meant.
  [[nodiscard]] ByteFormat file_key() const { return key.value_or(ByteFormat::plain); }
  [[nodiscard]] ByteFormat file_value() const { return value.value_or(ByteFormat::plain); }
};

/// What a command works with.
struct Context {
  Session& session;
  const OutputSettings& output;
  CancelScope& cancel;  ///< cancelled by Ctrl-C
  std::ostream& out;
  bool in_shell = false;  ///< its lines come from standard input

  [[nodiscard]] Result<std::string> key(std::string_view text) const;
  [[nodiscard]] Result<std::string> value(std::string_view text) const;
  /// May a command read this file? Not `-` in the shell.
  [[nodiscard]] Result<void> check_input(const std::string& file) const;
  [[nodiscard]] std::string key_text(std::string_view key) const { return encode(output.shown_key(), key); }
  [[nodiscard]] std::string value_text(std::string_view value) const { return encode(output.shown_value(), value); }

  /// A line for each pair; with a null as value for programs, or the key alone for people.
  void print_pair(std::string_view key, const std::optional<std::string>& value) const;
  /// Something was done that has no result.
  void print_done() const;
  /// A word aside for people, to standard error.
  void note(const std::string& text) const;
};

/// What a line of a user is to do, its arguments included.
using Action = std::function<Result<ExitCode>(Context&)>;

}  // namespace tikv::cli
