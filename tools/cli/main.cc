// tikv-cli: a cluster from the shell.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

#include "sandbox.h"
#include "text.h"
#include "tikv/raw_client.h"

namespace {

// Exit codes, also in --help.
constexpr int done = 0;
constexpr int failed = 1;
constexpr int not_found = 3;  // 2 is what a shell expects for wrong usage

using tikv::RawClient;
using tikv::cli::escape;
using tikv::cli::unescape;

struct Arguments {
  std::string pd = "127.0.0.1:2379";
  std::string key;
  std::string value;
  std::string prefix;
  std::string end;
  std::size_t limit = 100;
  bool keys_only = false;
};

int report(const tikv::Error& error) {
  std::cerr << "tikv-cli: " << error << '\n';
  return failed;
}

int raw_get(const RawClient& client, const Arguments& arguments) {
  const auto key = unescape(arguments.key);
  if (!key) return report(key.error());
  const auto value = client.get(*key);
  if (!value) return report(value.error());
  if (!*value) {
    std::cerr << "tikv-cli: no value for this key\n";
    return not_found;
  }
  std::cout << escape(**value) << '\n';
  return done;
}

int raw_put(const RawClient& client, const Arguments& arguments) {
  const auto key = unescape(arguments.key);
  if (!key) return report(key.error());
  const auto value = unescape(arguments.value);
  if (!value) return report(value.error());
  const auto put = client.put(*key, *value);
  return put ? done : report(put.error());
}

int raw_delete(const RawClient& client, const Arguments& arguments) {
  const auto key = unescape(arguments.key);
  if (!key) return report(key.error());
  const auto deleted = client.delete_key(*key);
  return deleted ? done : report(deleted.error());
}

int raw_scan(const RawClient& client, const Arguments& arguments) {
  const auto start = unescape(arguments.prefix.empty() ? arguments.key : arguments.prefix);
  if (!start) return report(start.error());
  const auto end = unescape(arguments.end);
  if (!end) return report(end.error());
  const auto range =
      arguments.prefix.empty() ? tikv::KeyRange::half_open(*start, *end) : tikv::KeyRange::prefix(*start);
  tikv::ScanOptions options;
  options.limit = arguments.limit;
  options.key_only = arguments.keys_only;
  const auto pairs = client.scan(range, options);
  if (!pairs) return report(pairs.error());
  for (const tikv::KeyValue& pair : *pairs) {
    std::cout << escape(pair.key);
    if (!arguments.keys_only) std::cout << '\t' << escape(pair.value);
    std::cout << '\n';
  }
  return done;
}

using Command = std::function<int(const RawClient&, const Arguments&)>;

void add_raw_commands(CLI::App& app, Arguments& arguments, Command& chosen) {
  CLI::App* raw = app.add_subcommand("raw", "keys and values without transactions")->require_subcommand(1);

  CLI::App* get = raw->add_subcommand("get", "print the value of a key");
  get->add_option("key", arguments.key, "the key")->required();
  get->callback([&chosen] { chosen = raw_get; });

  CLI::App* put = raw->add_subcommand("put", "set the value of a key");
  put->add_option("key", arguments.key, "the key")->required();
  put->add_option("value", arguments.value, "the value")->required();
  put->callback([&chosen] { chosen = raw_put; });

  CLI::App* del = raw->add_subcommand("delete", "remove a key");
  del->add_option("key", arguments.key, "the key")->required();
  del->callback([&chosen] { chosen = raw_delete; });

  CLI::App* scan = raw->add_subcommand("scan", "print keys and values in order, tab-separated");
  scan->add_option("start", arguments.key, "the first key (default: the first of all)");
  scan->add_option("end", arguments.end, "the first key after the range (default: no end)");
  scan->add_option("--prefix", arguments.prefix, "all keys that begin with this");
  scan->add_option("--limit", arguments.limit, "the most pairs to print")->check(CLI::PositiveNumber);
  scan->add_flag("--keys-only", arguments.keys_only, "print keys without values");
  scan->callback([&chosen] { chosen = raw_scan; });
}

/// The command's words are not this program's to understand, `--help` neither.
CLI::App* add_sandbox(CLI::App& app) {
  CLI::App* sandbox = app.add_subcommand("sandbox", "make a running tikv-sandbox misbehave: sandbox --help");
  sandbox->set_help_flag();
  sandbox->prefix_command();
  return sandbox;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("tikv-cli: a TiKV cluster from the shell", "tikv-cli");
  Arguments arguments;
  Command command;
  app.add_option("--pd", arguments.pd, "address of PD, host:port[,host:port], or a tikv:// URL (TIKV_PD)")
      ->envname("TIKV_PD")
      ->capture_default_str();
  app.footer(
      "Keys and values are bytes: what is not printable is written and read as \\xNN.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such key.");
  app.require_subcommand(1);
  add_raw_commands(app, arguments, command);
  const CLI::App* sandbox = add_sandbox(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? done : 2;
  }
  if (sandbox->parsed()) return tikv::cli::run_sandbox_command(arguments.pd, sandbox->remaining());
  const auto client = RawClient::connect(arguments.pd);
  if (!client) return report(client.error());
  return command(*client, arguments);
}
