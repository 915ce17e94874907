#include "arguments.h"

#include <map>

#include "numbers.h"

namespace tikv::cli {

namespace {

const std::map<std::string, ByteFormat>& byte_formats() {
  static const std::map<std::string, ByteFormat> formats{{"printable", ByteFormat::printable},
                                                         {"hex", ByteFormat::hex},
                                                         {"base64", ByteFormat::base64},
                                                         {"plain", ByteFormat::plain}};
  return formats;
}

const std::map<std::string, ColumnFamily>& families() {
  static const std::map<std::string, ColumnFamily> names{
      {"default", ColumnFamily::default_}, {"lock", ColumnFamily::lock}, {"write", ColumnFamily::write}};
  return names;
}

template <class Value>
std::vector<std::string> names_of(const std::map<std::string, Value>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

/// Takes a name for its value; anything else is wrong usage.
template <class Value, class Target>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Target& target, const std::string& meaning,
                        const std::map<std::string, Value>& values) {
  const auto take = [&target, &values](const CLI::results_t& words) {
    const auto found = values.find(words.back());
    if (found == values.end()) return false;
    target = found->second;
    return true;
  };
  return app.add_option(name, CLI::callback_t(take), meaning)->check(CLI::IsMember(names_of(values)));
}

/// Takes what `parse` makes of a word; its refusal names the option.
template <class Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, std::uint64_t& target, const std::string& meaning,
                        const Parse& parse) {
  const auto take = [&target, name, parse](const CLI::results_t& words) {
    const Result<std::uint64_t> number = parse(words.back());
    if (!number) throw CLI::ValidationError(name, number.error().message());
    target = *number;
    return true;
  };
  return app.add_option(name, CLI::callback_t(take), meaning);
}

}  // namespace

void RangeArguments::declare(CLI::App& app) {
  CLI::Option* first = app.add_option("start", start, "the first key (default: the first of all)");
  app.add_option("end", end, "the first key after the range (default: no end)");
  app.add_option("--prefix", prefix, "all keys that begin with this")->excludes(first);
}

Result<KeyRange> RangeArguments::range(const Context& context) const {
  if (!prefix.empty()) {
    const Result<std::string> begin = context.key(prefix);
    return begin ? Result<KeyRange>(KeyRange::prefix(*begin)) : Result<KeyRange>(begin.error());
  }
  const Result<std::string> first = context.key(start);
  if (!first) return first.error();
  const Result<std::string> after = context.key(end);
  if (!after) return after.error();
  return KeyRange::half_open(*first, *after);
}

void add_column_family(CLI::App& app, ColumnFamily& family) {
  add_choice<ColumnFamily>(app, "--cf", family, "the column family", families());
}

void add_ttl(CLI::App& app, std::uint64_t& seconds) {
  add_parsed(app, "--ttl", seconds, "time to live: a number of seconds, or with s, min, h, d", parse_time_to_live)
      ->type_name("TIME");
}

void add_number(CLI::App& app, const std::string& name, std::uint64_t& target, const NumberRange& range,
                const std::string& meaning) {
  const std::string first = std::to_string(target);
  add_parsed(app, name, target, meaning,
             [range](std::string_view text) { return parse_number(text, range.least, range.most); })
      ->type_name("NUMBER")
      ->default_str(first);
}

CLI::Option* add_byte_format(CLI::App& app, const std::string& name, std::optional<ByteFormat>& format,
                             const std::string& meaning) {
  return add_choice<ByteFormat>(app, name, format, meaning, byte_formats());
}

std::vector<std::string> option_values(const std::string& option) {
  if (option == "--key-format" || option == "--value-format") return names_of(byte_formats());
  if (option == "--cf") return names_of(families());
  if (option == "--format") return {"csv", "jsonl", "tsv"};
  return {};
}

}  // namespace tikv::cli
