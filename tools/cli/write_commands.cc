// raw put, batch-put, delete, batch-delete, delete-range, delete-prefix.
#include <array>
#include <memory>
#include <vector>

#include "arguments.h"
#include "commands.h"
#include "value_argument.h"

namespace tikv::cli {

namespace {

struct Arguments {
  std::string key;
  std::string end;  ///< of a range that begins with `key`
  ValueArgument value;
  std::vector<std::string> words;
  std::uint64_t ttl = 0;
  ColumnFamily family = ColumnFamily::default_;

  [[nodiscard]] WriteOptions options(Context& context) const {
    WriteOptions result;
    result.cancel = &context.cancel;
    result.ttl = std::chrono::seconds(ttl);
    result.column_family = family;
    return result;
  }
};

/// For people and programs: what a write came to. A batch that partly failed names its keys.
Result<ExitCode> written(const Context& context, const Result<void>& result) {
  if (result) {
    context.print_done();
    return ExitCode::done;
  }
  for (const KeyFailure& failure : result.error().key_failures()) {
    context.note("not known to be done: " + context.key_text(failure.key) + " (" +
                 std::string(to_string(failure.kind)) + (failure.undetermined ? ", undetermined)" : ")"));
  }
  return result.error();
}

Result<ExitCode> put(Context& context, const Arguments& arguments) {
  const Result<std::string> key = context.key(arguments.key);
  if (!key) return key.error();
  const Result<std::string> value = arguments.value.bytes(context);
  if (!value) return value.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  return written(context, (*client)->put(*key, *value, arguments.options(context)));
}

Result<ExitCode> batch_put(Context& context, const Arguments& arguments) {
  if (arguments.words.size() % 2 != 0) {
    return Error(ErrorKind::invalid_argument, "the last key has no value: KEY VALUE KEY VALUE … is expected");
  }
  std::vector<KeyValue> pairs;
  for (std::size_t i = 0; i < arguments.words.size(); i += 2) {
    Result<std::string> key = context.key(arguments.words[i]);
    if (!key) return key.error();
    Result<std::string> value = context.value(arguments.words[i + 1]);
    if (!value) return value.error();
    pairs.push_back({*std::move(key), *std::move(value)});
  }
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  return written(context, (*client)->batch_put(std::move(pairs), arguments.options(context)));
}

Result<ExitCode> delete_keys(Context& context, const Arguments& arguments) {
  std::vector<std::string> keys;
  for (const std::string& word : arguments.words) {
    Result<std::string> key = context.key(word);
    if (!key) return key.error();
    keys.push_back(*std::move(key));
  }
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  if (keys.size() == 1) return written(context, (*client)->delete_key(keys[0], arguments.options(context)));
  return written(context, (*client)->batch_delete(std::move(keys), arguments.options(context)));
}

Result<ExitCode> delete_range(Context& context, const Arguments& arguments) {
  const Result<std::string> start = context.key(arguments.key);
  if (!start) return start.error();
  const Result<std::string> end = context.key(arguments.end);
  if (!end) return end.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  return written(context, (*client)->delete_range(KeyRange::half_open(*start, *end), arguments.options(context)));
}

Result<ExitCode> delete_prefix(Context& context, const Arguments& arguments) {
  const Result<std::string> prefix = context.key(arguments.key);
  if (!prefix) return prefix.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  return written(context, (*client)->delete_prefix(*prefix, arguments.options(context)));
}

template <Result<ExitCode> (*run)(Context&, const Arguments&)>
Action with(const std::shared_ptr<Arguments>& arguments) {
  return [arguments](Context& context) { return run(context, *arguments); };
}

Action declare_put(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("key", arguments->key, "the key")->required();
  arguments->value.declare_argument(app, "the value", "--value-file");
  add_ttl(app, arguments->ttl);
  add_column_family(app, arguments->family);
  return with<put>(arguments);
}

Action declare_batch_put(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("pairs", arguments->words, "KEY VALUE KEY VALUE …")->required();
  add_ttl(app, arguments->ttl);
  add_column_family(app, arguments->family);
  return with<batch_put>(arguments);
}

Action declare_delete(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("key", arguments->words, "the key")->required()->expected(1);
  add_column_family(app, arguments->family);
  return with<delete_keys>(arguments);
}

Action declare_batch_delete(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("keys", arguments->words, "the keys")->required();
  add_column_family(app, arguments->family);
  return with<delete_keys>(arguments);
}

/// Both ends must be said: who forgets the second one should not lose everything behind the first.
Action declare_delete_range(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("start", arguments->key, "the first key; '' is the first of all")->required();
  app.add_option("end", arguments->end, "the first key after the range; '' is no end")->required();
  add_column_family(app, arguments->family);
  return with<delete_range>(arguments);
}

Action declare_delete_prefix(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("prefix", arguments->key, "what the keys begin with")->required();
  add_column_family(app, arguments->family);
  return with<delete_prefix>(arguments);
}

constexpr std::array<Command, 6> commands{
    {{"raw", "put", "set the value of a key", declare_put},
     {"raw", "batch-put", "set the values of many keys", declare_batch_put},
     {"raw", "delete", "remove a key", declare_delete},
     {"raw", "batch-delete", "remove many keys", declare_batch_delete},
     {"raw", "delete-range", "remove all keys of a range", declare_delete_range},
     {"raw", "delete-prefix", "remove all keys that begin with a prefix", declare_delete_prefix}}};

}  // namespace

std::span<const Command> write_commands() { return commands; }

}  // namespace tikv::cli
