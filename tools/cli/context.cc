#include "context.h"

#include <iostream>

#include "json_text.h"

namespace tikv::cli {

Result<std::string> Context::key(std::string_view text) const {
  Result<std::string> bytes = decode(output.shown_key(), text);
  return bytes ? bytes : Result<std::string>(bytes.error().with_context("key"));
}

Result<std::string> Context::value(std::string_view text) const {
  Result<std::string> bytes = decode(output.shown_value(), text);
  return bytes ? bytes : Result<std::string>(bytes.error().with_context("value"));
}

Result<void> Context::check_input(const std::string& file) const {
  if (file != "-" || !in_shell) return {};
  return Error(ErrorKind::invalid_argument, "the shell reads its lines from standard input, so - cannot be read here");
}

void Context::print_pair(std::string_view key, const std::optional<std::string>& value) const {
  if (!output.json) {
    out << key_text(key);
    if (value) out << '\t' << value_text(*value);
    out << '\n';
    return;
  }
  JsonObject pair;
  pair.add("key", key_text(key));
  if (value) {
    pair.add("value", value_text(*value));
  } else {
    pair.add_null("value");
  }
  out << pair.text() << '\n';
}

void Context::print_done() const {
  if (output.json) out << "{\"done\":true}\n";
}

void Context::note(const std::string& text) const {
  if (!output.quiet) std::cerr << "tikv-cli: " << text << '\n';
}

}  // namespace tikv::cli
