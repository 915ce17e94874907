#include "record_format.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "json_text.h"

namespace tikv::cli {

namespace {

using nlohmann::json;

Error malformed(std::string text) { return {ErrorKind::invalid_argument, std::move(text)}; }

Result<Record> make_record(const RecordFormat& format, std::string_view key, std::string_view value) {
  Result<std::string> key_bytes = decode(format.key, key);
  if (!key_bytes) return key_bytes.error().with_context("key");
  Result<std::string> value_bytes = decode(format.value, value);
  if (!value_bytes) return value_bytes.error().with_context("value");
  return Record{*std::move(key_bytes), *std::move(value_bytes), std::nullopt};
}

Result<Record> from_fields(const RecordFormat& format, const std::vector<std::string>& fields) {
  if (fields.size() != 2 && fields.size() != 3) {
    return malformed(std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") +
                     "; a key, a value and perhaps a ttl are expected");
  }
  Result<Record> record = make_record(format, fields[0], fields[1]);
  if (!record || fields.size() == 2) return record;
  const Result<std::chrono::seconds> ttl = parse_ttl(fields[2]);
  if (!ttl) return ttl.error();
  record->ttl = *ttl;
  return record;
}

std::vector<std::string> split_at_tabs(std::string_view text) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t tab = text.find('\t');
    fields.emplace_back(text.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    text.remove_prefix(tab + 1);
  }
}

Result<std::string> text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return malformed("no \"" + std::string(name) + "\"");
  if (!found->is_string()) return malformed("\"" + std::string(name) + "\" is no string");
  return found->get<std::string>();
}

Result<Record> from_json(const RecordFormat& format, std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded()) return malformed("not well-formed JSON");
  if (!object.is_object()) return malformed("no JSON object");
  for (const auto& [name, value] : object.items()) {
    if (name != "key" && name != "value" && name != "ttl") return malformed("unknown member " + json_string(name));
  }
  const Result<std::string> key = text_member(object, "key");
  if (!key) return key.error();
  const Result<std::string> value = text_member(object, "value");
  if (!value) return value.error();
  Result<Record> record = make_record(format, *key, *value);
  const auto ttl = object.find("ttl");
  if (!record || ttl == object.end() || ttl->is_null()) return record;
  const Result<std::chrono::seconds> seconds = parse_ttl(ttl->dump(-1, ' ', true, json::error_handler_t::replace));
  if (!seconds) return seconds.error();
  record->ttl = *seconds;
  return record;
}

/// May this text stand in a field of a TSV file, or as a string of JSON?
Result<void> check_fits(FileFormat format, std::string_view name, std::string_view text) {
  if (format == FileFormat::tsv && text.find_first_of("\t\r\n") != std::string_view::npos) {
    return malformed("a " + std::string(name) + " holds a tab or a line end, which TSV cannot hold as they are; " +
                     "--format csv can, or --" + std::string(name) + "-format hex");
  }
  if (format == FileFormat::jsonl && !is_utf8(text)) {
    return malformed("a " + std::string(name) +
                     " is not UTF-8, which JSON cannot hold as it is; --format csv can, or --" + std::string(name) +
                     "-format base64");
  }
  return {};
}

}  // namespace

std::string_view name_of(FileFormat format) noexcept {
  constexpr std::array<std::string_view, 3> names{"tsv", "csv", "jsonl"};
  return names[static_cast<std::size_t>(format)];
}

std::optional<FileFormat> format_of_file(std::string_view path) noexcept {
  if (path.ends_with(".tsv")) return FileFormat::tsv;
  if (path.ends_with(".csv")) return FileFormat::csv;
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson") || path.ends_with(".json")) return FileFormat::jsonl;
  return std::nullopt;
}

Result<Record> parse_record(const RecordFormat& format, std::string_view text) {
  if (format.file == FileFormat::jsonl) return from_json(format, text);
  if (format.file == FileFormat::tsv) return from_fields(format, split_at_tabs(text));
  const Result<std::vector<std::string>> fields = parse_csv(text);
  return fields ? from_fields(format, *fields) : Result<Record>(fields.error());
}

Result<std::string> format_record(const RecordFormat& format, const KeyValue& pair) {
  const std::string key = encode(format.key, pair.key);
  const std::string value = encode(format.value, pair.value);
  if (Result<void> fits = check_fits(format.file, "key", key); !fits) return fits.error();
  if (Result<void> fits = check_fits(format.file, "value", value); !fits) return fits.error();
  switch (format.file) {
    case FileFormat::tsv:
      return key + '\t' + value + '\n';
    case FileFormat::csv:
      return csv_field(key) + ',' + csv_field(value) + '\n';
    case FileFormat::jsonl:
      break;
  }
  return "{\"key\":" + json_string(key) + ",\"value\":" + json_string(value) + "}\n";
}

Result<std::chrono::seconds> parse_ttl(std::string_view text) {
  std::uint32_t seconds = 0;  // the stores' own limit is a hundred years
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, seconds);
  if (failure != std::errc() || rest != end) {
    return malformed("the ttl '" + encode(ByteFormat::printable, text) + "' is no whole number of seconds");
  }
  return std::chrono::seconds(seconds);
}

}  // namespace tikv::cli
