#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "context.h"

namespace tikv::cli {

/// A command, as the command line, the shell, its completion and the help know it.
struct Command {
  std::string_view group;  ///< `raw`, or empty
  std::string_view name;
  std::string_view summary;
  /// Adds options and arguments; the action reads what was parsed into them.
  Action (*declare)(CLI::App& app);
  bool names_files = false;  ///< its arguments may be names of files
};

/// All of them, in the order of the help.
[[nodiscard]] std::vector<Command> all_commands();

// One for each file of commands.
[[nodiscard]] std::span<const Command> read_commands();
[[nodiscard]] std::span<const Command> write_commands();
[[nodiscard]] std::span<const Command> swap_commands();
[[nodiscard]] std::span<const Command> scan_commands();
[[nodiscard]] std::span<const Command> transfer_commands();
[[nodiscard]] std::span<const Command> cluster_commands();

}  // namespace tikv::cli
