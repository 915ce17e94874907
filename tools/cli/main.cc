// tikv-cli: a cluster from the shell.

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "runner.h"
#include "shell.h"

namespace {

using tikv::cli::CommandLine;
using tikv::cli::ExitCode;

ExitCode run(CommandLine& line) {
  const bool shell = line.wants_shell() || (!line.action() && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1);
  if (!shell && !line.action()) {
    std::cerr << "tikv-cli: no command; tikv-cli --help lists them\n";
    return ExitCode::wrong_usage;
  }
  const auto options =
      tikv::cli::connection_options(line.connection(), [](const char* name) { return std::getenv(name); });
  if (!options) {
    tikv::cli::report(std::cerr, options.error(), line.output().json);
    return tikv::cli::code_of(options.error());
  }
  tikv::cli::Session session(*options);
  const tikv::cli::Interrupts interrupts(shell ? tikv::cli::Interrupts::Of::shell : tikv::cli::Interrupts::Of::program);
  if (!shell) return run_action(line, session, interrupts);
  return tikv::cli::run_shell({session, line.output(), interrupts, line.keeps_history()});
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line(CommandLine::Of::program, {});
  if (const auto ended = line.parse({argv + 1, argv + argc})) return static_cast<int>(*ended);
  return static_cast<int>(run(line));
}
