#include "command_line.h"

#include <iostream>
#include <utility>

#include "arguments.h"
#include "sandbox.h"
#include "tikv/version.h"
#include "usage.h"

namespace tikv::cli {

namespace {

constexpr const char* footer =
    "Keys and values are bytes: what is not printable is written and read as \\xNN, a backslash as two;\n"
    "see --key-format and --value-format; in files they are as they are. What begins with - comes after --: raw put -- "
    "key -5.\n"
    "Flags win over what the URL says, and that over the environment: TIKV_PD, TIKV_CA, TIKV_CERT,\n"
    "TIKV_KEY, TIKV_KEYSPACE, TIKV_API_VERSION, TIKV_TIMEOUT, TIKV_CONNECT_TIMEOUT.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such key or not swapped, 4 undetermined (a write\n"
    "that may or may not have happened), 130 interrupted.";

constexpr const char* shell_footer =
    "help [COMMAND] tells about a command, exit or Ctrl-D ends the shell, Ctrl-C ends a running command.\n"
    "Keys and values: \\xNN is any byte, '…' and \"…\" hold blanks.";

std::string addresses_of(const Session& session) {
  std::string list;
  for (const std::string& address : session.options().pd_addresses) list += (list.empty() ? "" : ",") + address;
  return list;
}

}  // namespace

CommandLine::CommandLine(Of of, const OutputSettings& defaults)
    : of_(of),
      app_(of == Of::program ? "tikv-cli: a TiKV cluster from the command line" : "",
           of == Of::program ? "tikv-cli" : ""),
      output_(defaults) {
  app_.footer(of == Of::program ? footer : shell_footer);
  app_.require_subcommand(of == Of::program ? 0 : 1, 1);
  if (of == Of::program) {
    app_.set_version_flag("--version", "tikv-cli " TIKV_VERSION, "print the version and end");
    add_connection_options();
  }
  add_output_options();
  add_commands(of);
  add_sandbox(of);
  if (of == Of::shell) return;
  shell_ = app_.add_subcommand("shell", "read commands, with history and completion (also without a command)");
  shell_->fallthrough();
  shell_->add_flag("--no-history", no_history_, "remember nothing (TIKV_CLI_HISTORY names the file, or is empty)");
}

void CommandLine::add_output_options() {
  app_.add_flag("--json", output_.json, "one JSON object for each result or pair");
  app_.add_flag("--quiet", output_.quiet, "no progress and no notes");
  add_byte_format(app_, "--key-format", output_.key, "how keys are written and read");
  add_byte_format(app_, "--value-format", output_.value, "how values are written and read");
}

void CommandLine::add_connection_options() {
  app_.add_option("--pd", connection_.pd,
                  "addresses of PD, host:port[,host:port], or a URL tikv://… (default: 127.0.0.1:2379)");
  app_.add_option("--ca", connection_.ca, "certificates that the servers must descend from, PEM");
  app_.add_option("--cert", connection_.cert, "certificate of this client, PEM");
  app_.add_option("--key", connection_.key, "private key of this client, PEM");
  app_.add_option("--keyspace", connection_.keyspace, "the keyspace to work in (API version 2)");
  app_.add_option("--api-version", connection_.api_version, "1, 1ttl or 2");
  app_.add_option("--timeout", connection_.timeout, "limit of each call, like 500ms or 5s");
  app_.add_option("--connect-timeout", connection_.connect_timeout,
                  "limit of the way to the cluster, like 500ms or 5s");
  app_.add_flag("--atomic", connection_.atomic, "all writes in atomic mode, for keys that others compare and swap");
}

void CommandLine::add_commands(Of) {
  CLI::App* raw = app_.add_subcommand("raw", "keys and values without transactions");
  raw->require_subcommand(1)->fallthrough();
  for (const Command& command : all_commands()) {
    CLI::App& parent = command.group.empty() ? app_ : *raw;
    CLI::App* added = parent.add_subcommand(std::string(command.name), std::string(command.summary));
    added->fallthrough();
    added->callback([this, action = command.declare(*added)] { action_ = action; });
  }
}

/// The command's words are not this program's to understand, `--help` neither.
void CommandLine::add_sandbox(Of of) {
  CLI::App* sandbox = app_.add_subcommand("sandbox", "make a running tikv-sandbox misbehave: sandbox --help");
  sandbox->set_help_flag();
  sandbox->prefix_command();
  const SandboxProgram program = of == Of::program ? SandboxProgram::replaces_this : SandboxProgram::beside_this;
  sandbox->callback([this, sandbox, program] {
    action_ = [words = sandbox->remaining(), program](Context& context) {
      return run_sandbox_command(addresses_of(context.session), words, program);
    };
  });
}

std::optional<ExitCode> CommandLine::parse(const std::vector<std::string>& words) {
  try {
    app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // as CLI11 takes them
    return std::nullopt;
  } catch (const CLI::ParseError& ended) {
    if (ended.get_exit_code() == 0) {  // help was asked for
      app_.exit(ended);
      return ExitCode::done;
    }
    std::optional<std::string> why = unknown_command(app_, words);
    if (!why) why = unknown_option(app_, words);
    std::cerr << "tikv-cli: " << (why ? *why : std::string(ended.what()))
              << (of_ == Of::program ? "; --help tells more\n" : "; help tells more\n");
    return ExitCode::wrong_usage;
  }
}

}  // namespace tikv::cli
