// raw get, batch-get, ttl, checksum.
#include <array>
#include <cstdio>
#include <memory>
#include <ostream>
#include <vector>

#include "arguments.h"
#include "commands.h"
#include "json_text.h"
#include "output_file.h"

namespace tikv::cli {

namespace {

struct Arguments {
  std::string key;
  std::string file;  ///< takes the value; empty: it is printed
  std::vector<std::string> keys;
  RangeArguments range;
  ColumnFamily family = ColumnFamily::default_;

  [[nodiscard]] ReadOptions options(Context& context) const {
    ReadOptions result;
    result.cancel = &context.cancel;
    result.column_family = family;
    return result;
  }
};

ExitCode nothing_there(const Context& context, const std::string& key) {
  if (context.output.json) context.print_pair(key, std::nullopt);
  context.note("no value for this key");
  return ExitCode::not_found;
}

/// To a file or standard output, with nothing before or behind it.
Result<ExitCode> write_value(const Context& context, const std::string& path, const std::string& value) {
  Result<OutputFile> output = OutputFile::create(path);
  if (!output) return output.error();
  Result<void> written = output->write(encode(context.output.file_value(), value));
  if (written) written = output->finish();
  return written ? Result<ExitCode>(ExitCode::done) : Result<ExitCode>(written.error());
}

Result<ExitCode> get(Context& context, const Arguments& arguments) {
  const Result<std::string> key = context.key(arguments.key);
  if (!key) return key.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  const Result<std::optional<std::string>> value = (*client)->get(*key, arguments.options(context));
  if (!value) return value.error();
  if (!*value) return nothing_there(context, *key);
  if (!arguments.file.empty()) return write_value(context, arguments.file, **value);
  if (context.output.json) {
    context.print_pair(*key, *value);
  } else {
    context.out << context.value_text(**value) << '\n';
  }
  return ExitCode::done;
}

Result<ExitCode> batch_get(Context& context, const Arguments& arguments) {
  std::vector<std::string> keys;
  for (const std::string& word : arguments.keys) {
    Result<std::string> key = context.key(word);
    if (!key) return key.error();
    keys.push_back(*std::move(key));
  }
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  const Result<std::vector<KeyValue>> pairs = (*client)->batch_get(std::move(keys), arguments.options(context));
  if (!pairs) return pairs.error();
  for (const KeyValue& pair : *pairs) context.print_pair(pair.key, pair.value);
  return ExitCode::done;
}

Result<ExitCode> ttl(Context& context, const Arguments& arguments) {
  const Result<std::string> key = context.key(arguments.key);
  if (!key) return key.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  const Result<std::optional<KeyTtl>> found = (*client)->get_key_ttl(*key, arguments.options(context));
  if (!found) return found.error();
  if (!*found) {
    context.note("no value for this key");
    return ExitCode::not_found;
  }
  const std::optional<std::chrono::seconds> left = (*found)->left;
  if (!context.output.json) {
    context.out << (left ? std::to_string(left->count()) + " s" : "for ever") << '\n';
    return ExitCode::done;
  }
  JsonObject object;
  object.add("key", context.key_text(*key));
  object.member("ttl", left ? std::to_string(left->count()) : "null");
  context.out << object.text() << '\n';
  return ExitCode::done;
}

Result<ExitCode> checksum(Context& context, const Arguments& arguments) {
  const Result<KeyRange> range = arguments.range.range(context);
  if (!range) return range.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  const Result<RangeChecksum> sum = (*client)->checksum(*range, arguments.options(context));
  if (!sum) return sum.error();
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(sum->crc64_xor));
  if (!context.output.json) {
    context.out << digits.data() << "  " << sum->kvs << " pairs, " << sum->bytes << " bytes\n";
    return ExitCode::done;
  }
  JsonObject object;
  object.add("crc64_xor", digits.data());  // as text: many programs read numbers as doubles
  object.add("pairs", sum->kvs);
  object.add("bytes", sum->bytes);
  context.out << object.text() << '\n';
  return ExitCode::done;
}

template <Result<ExitCode> (*run)(Context&, const Arguments&)>
Action with(const std::shared_ptr<Arguments>& arguments) {
  return [arguments](Context& context) { return run(context, *arguments); };
}

template <Result<ExitCode> (*run)(Context&, const Arguments&)>
Action declare_key(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("key", arguments->key, "the key")->required();
  add_column_family(app, arguments->family);
  return with<run>(arguments);
}

Action declare_get(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("key", arguments->key, "the key")->required();
  app.add_option("--value-file", arguments->file, "write the value there, its bytes alone; - is standard output")
      ->type_name("FILE");
  add_column_family(app, arguments->family);
  return with<get>(arguments);
}

Action declare_batch_get(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("keys", arguments->keys, "the keys")->required();
  add_column_family(app, arguments->family);
  return with<batch_get>(arguments);
}

Action declare_checksum(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  arguments->range.declare(app);
  return with<checksum>(arguments);
}

constexpr std::array<Command, 4> commands{
    {{"raw", "get", "print the value of a key", declare_get},
     {"raw", "batch-get", "print those of the keys that exist, with their values", declare_batch_get},
     {"raw", "ttl", "print how long the value of a key will live", declare_key<ttl>},
     {"raw", "checksum", "print a checksum over a range, as TiKV's tools compute it", declare_checksum}}};

}  // namespace

std::span<const Command> read_commands() { return commands; }

}  // namespace tikv::cli
