// raw scan, reverse-scan.
#include <array>
#include <memory>
#include <ostream>

#include "arguments.h"
#include "commands.h"
#include "json_text.h"

namespace tikv::cli {

namespace {

struct Arguments {
  RangeArguments range;
  std::uint64_t limit = 100;
  bool keys_only = false;
  bool reverse = false;
  ColumnFamily family = ColumnFamily::default_;
};

ScannerOptions options_of(Context& context, const Arguments& arguments) {
  ScannerOptions options;
  options.key_only = arguments.keys_only;
  options.reverse = arguments.reverse;
  options.cancel = &context.cancel;
  options.column_family = arguments.family;
  if (arguments.limit == 0 || arguments.limit == UINT64_MAX) return options;
  options.limit = arguments.limit + 1;  // one more, to know whether there is more
  options.page_size = std::min(options.page_size, options.limit);
  return options;
}

void print(const Context& context, const Arguments& arguments, const KeyValue& pair) {
  if (!arguments.keys_only) {
    context.print_pair(pair.key, pair.value);
  } else if (context.output.json) {
    JsonObject object;
    object.add("key", context.key_text(pair.key));
    context.out << object.text() << '\n';
  } else {
    context.out << context.key_text(pair.key) << '\n';
  }
}

Result<ExitCode> scan(Context& context, const Arguments& arguments) {
  const Result<KeyRange> range = arguments.range.range(context);
  if (!range) return range.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  Scanner scanner = (*client)->scanner(*range, options_of(context, arguments));
  std::size_t printed = 0;
  for (;;) {
    const Result<std::vector<KeyValue>> page = scanner.next_page();
    if (!page) return page.error();
    if (page->empty()) return ExitCode::done;
    for (const KeyValue& pair : *page) {
      if (arguments.limit != 0 && printed == arguments.limit) {
        context.note("there is more; --limit 0 prints all");
        return ExitCode::done;
      }
      print(context, arguments, pair);
      ++printed;
    }
    if (!context.out.flush()) return local_failure("cannot write the output");
  }
}

Action declare(CLI::App& app, bool reverse) {
  auto arguments = std::make_shared<Arguments>();
  arguments->reverse = reverse;
  arguments->range.declare(app);
  add_number(app, "--limit", arguments->limit, {}, "the most pairs to print; 0: all");
  app.add_flag("--keys-only", arguments->keys_only, "print keys without values");
  add_column_family(app, arguments->family);
  return [arguments](Context& context) { return scan(context, *arguments); };
}

constexpr std::array<Command, 2> commands{
    {{"raw", "scan", "print keys and values in order", [](CLI::App& app) { return declare(app, false); }},
     {"raw", "reverse-scan", "print them from the end of the range down",
      [](CLI::App& app) { return declare(app, true); }}}};

}  // namespace

std::span<const Command> scan_commands() { return commands; }

}  // namespace tikv::cli
