// RFC 4180, with line ends of one or two characters.
#include "record_format.h"

namespace tikv::cli {

namespace {

Error malformed(std::string text) { return {ErrorKind::invalid_argument, std::move(text)}; }

/// Takes a quoted field off `text`, which begins with its quote.
Result<std::string> take_quoted(std::string_view& text) {
  std::string field;
  text.remove_prefix(1);
  for (;;) {
    const std::size_t quote = text.find('"');
    if (quote == std::string_view::npos) return malformed("a quoted field does not end");
    field += text.substr(0, quote);
    text.remove_prefix(quote + 1);
    if (!text.starts_with('"')) return field;
    field += '"';
    text.remove_prefix(1);
  }
}

Result<std::string> take_plain(std::string_view& text) {
  const std::string_view field = text.substr(0, text.find(','));
  if (field.find('"') != std::string_view::npos) return malformed("a quote inside a field that is not quoted");
  text.remove_prefix(field.size());
  return std::string(field);
}

}  // namespace

Result<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::string> fields;
  for (;;) {
    Result<std::string> field = text.starts_with('"') ? take_quoted(text) : take_plain(text);
    if (!field) return field.error();
    fields.push_back(*std::move(field));
    if (text.empty()) return fields;
    if (text.front() != ',') return malformed("text after the end of a quoted field");
    text.remove_prefix(1);
  }
}

std::string csv_field(std::string_view text) {
  bool simple = !text.empty();
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    // More is quoted than must be: blanks at the ends, which some readers drop, and a byte order mark.
    simple = simple && code > 0x20 && code < 0x7f && byte != '"' && byte != ',';
  }
  if (simple) return std::string(text);
  std::string field = "\"";
  for (const char byte : text) {
    if (byte == '"') field += '"';
    field += byte;
  }
  return field + '"';
}

}  // namespace tikv::cli
