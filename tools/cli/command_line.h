#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "connection.h"

namespace tikv::cli {

/// One line of a user, parsed by the table of commands: that of the shell's command line, with the
/// options that say where the cluster is, or one typed into our own shell, without them.
class CommandLine {
 public:
  enum class Of : std::uint8_t { program, shell };
  CommandLine(Of of, const OutputSettings& defaults);

  /// Parses words, the program's name not among them. An exit code if that was all: help, wrong usage.
  [[nodiscard]] std::optional<ExitCode> parse(const std::vector<std::string>& words);

  [[nodiscard]] Of of() const noexcept { return of_; }
  /// What to do; empty if no command was named.
  [[nodiscard]] const Action& action() const noexcept { return action_; }
  [[nodiscard]] const OutputSettings& output() const noexcept { return output_; }
  [[nodiscard]] const ConnectionFlags& connection() const noexcept { return connection_; }
  [[nodiscard]] bool wants_shell() const { return shell_ != nullptr && shell_->parsed(); }
  [[nodiscard]] bool keeps_history() const noexcept { return !no_history_; }
  [[nodiscard]] CLI::App& app() noexcept { return app_; }

 private:
  void add_output_options();
  void add_connection_options();
  void add_commands(Of of);
  void add_sandbox(Of of);

  Of of_;
  CLI::App app_;
  OutputSettings output_;
  ConnectionFlags connection_;
  CLI::App* shell_ = nullptr;
  bool no_history_ = false;
  Action action_;
};

}  // namespace tikv::cli
