// raw cas, put-if-absent. They use a client in atomic mode; see docs/cli.md for what that promises.
#include <array>
#include <memory>
#include <ostream>

#include "arguments.h"
#include "commands.h"
#include "json_text.h"
#include "value_argument.h"

namespace tikv::cli {

namespace {

struct Arguments {
  std::string key;
  ValueArgument value;
  ValueArgument expected;
  bool expects_absent = false;
  bool unique = false;
  std::uint64_t ttl = 0;
  ColumnFamily family = ColumnFamily::default_;

  [[nodiscard]] CasOptions options(Context& context) const {
    CasOptions result;
    result.cancel = &context.cancel;
    result.ttl = std::chrono::seconds(ttl);
    result.unique_value = unique;
    result.column_family = family;
    return result;
  }
};

ExitCode print(const Context& context, const CasResult& result) {
  if (context.output.json) {
    JsonObject object;
    object.add("swapped", result.swapped);
    if (result.previous) {
      object.add("previous", context.value_text(*result.previous));
    } else {
      object.add_null("previous");
    }
    context.out << object.text() << '\n';
  } else if (result.swapped) {
    context.out << "swapped\n";
  } else if (result.previous) {
    context.out << "not swapped: the key holds " << context.value_text(*result.previous) << '\n';
  } else {
    context.out << "not swapped: there is no such key\n";
  }
  return result.swapped ? ExitCode::done : ExitCode::not_found;
}

Result<ExitCode> swap(Context& context, const Arguments& arguments) {
  const Result<std::string> key = context.key(arguments.key);
  if (!key) return key.error();
  const Result<std::string> value = arguments.value.bytes(context);
  if (!value) return value.error();
  std::optional<std::string> expected;
  if (arguments.expected.given()) {
    Result<std::string> bytes = arguments.expected.bytes(context);
    if (!bytes) return bytes.error();
    expected = *std::move(bytes);
  }
  if (expected.has_value() == arguments.expects_absent) {
    return Error(ErrorKind::invalid_argument,
                 "say what the key must hold: one of --expect, --expect-file and --expect-absent");
  }
  const Result<const RawClient*> client = context.session.atomic_client(context.cancel);
  if (!client) return client.error();
  const std::optional<std::string_view> old = expected;
  const Result<CasResult> result = (*client)->compare_and_swap(*key, old, *value, arguments.options(context));
  return result ? Result<ExitCode>(print(context, *result)) : Result<ExitCode>(result.error());
}

void declare_common(CLI::App& app, Arguments& arguments) {
  app.add_option("key", arguments.key, "the key")->required();
  arguments.value.declare_argument(app, "its new value", "--value-file");
  app.add_flag("--unique", arguments.unique,
               "nobody else ever writes this very value: to see it after a lost answer proves the swap");
  add_ttl(app, arguments.ttl);
  add_column_family(app, arguments.family);
}

Action action(const std::shared_ptr<Arguments>& arguments) {
  return [arguments](Context& context) { return swap(context, *arguments); };
}

Action declare_cas(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  declare_common(app, *arguments);
  arguments->expected.declare_options(app, "--expect", "the value that the key must hold; '' is an empty value",
                                      "--expect-file");
  app.add_flag("--expect-absent", arguments->expects_absent, "the key must be absent");
  return action(arguments);
}

Action declare_put_if_absent(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  arguments->expects_absent = true;
  declare_common(app, *arguments);
  return action(arguments);
}

constexpr std::array<Command, 2> commands{
    {{"raw", "cas", "set the value of a key if it holds another one (compare and swap)", declare_cas},
     {"raw", "put-if-absent", "set the value of a key that is absent", declare_put_if_absent}}};

}  // namespace

std::span<const Command> swap_commands() { return commands; }

}  // namespace tikv::cli
