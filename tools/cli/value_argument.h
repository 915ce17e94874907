#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "context.h"

namespace tikv::cli {

/// A value that a user says on the command line, or that a file holds, or standard input. A file's bytes are
/// the value, as they are, unless `--value-format` asks for another form.
class ValueArgument {
 public:
  /// Adds the value and an option for the file, whose name is `option`.
  void declare_argument(CLI::App& app, const std::string& meaning, const std::string& option);
  /// Adds both as options.
  void declare_options(CLI::App& app, const std::string& name, const std::string& meaning, const std::string& option);

  /// Was either of them given?
  [[nodiscard]] bool given() const noexcept { return word_.has_value() || !file_.empty(); }
  [[nodiscard]] Result<std::string> bytes(const Context& context) const;

 private:
  void declare_file(CLI::App& app, const std::string& option);

  std::string option_;
  std::optional<std::string> word_;
  std::string file_;
};

}  // namespace tikv::cli
