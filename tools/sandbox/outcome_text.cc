#include "outcome_text.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

namespace tikv::sandbox {

namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()) + 2, ' ');
}

void add_line(std::string& text, std::string line) {
  while (line.ends_with(' ')) line.pop_back();
  text += line + '\n';
}

std::string quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char symbol : bytes) {
    if (symbol == '"' || symbol == '\\') text += '\\';
    if (static_cast<unsigned char>(symbol) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(symbol)));
      text += escape;
    } else {
      text += symbol;
    }
  }
  return text + '"';
}

}  // namespace

std::string text_of(const control::Outcome& outcome) {
  std::string text = outcome.note.empty() ? "" : outcome.note + '\n';
  if (outcome.rows.empty()) return text;
  std::vector<std::size_t> widths;
  for (const control::Field& field : outcome.rows[0].fields) widths.push_back(field.name.size());
  for (const control::Row& row : outcome.rows) {
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      std::size_t& width = widths.at(i);
      width = std::max(width, row.fields[i].text.size());
    }
  }
  const auto add_row = [&](const control::Row& row, const auto& cell) {
    std::string line;
    for (std::size_t i = 0; i < row.fields.size(); ++i)
      line += padded(cell(row.fields[i]), widths[i]);
    add_line(text, line);
  };
  add_row(outcome.rows[0], [](const control::Field& field) { return field.name; });
  for (const control::Row& row : outcome.rows) add_row(row, [](const control::Field& field) { return field.text; });
  return text;
}

std::string json_of(const control::Outcome& outcome) {
  if (outcome.rows.empty()) return "{\"note\": " + quoted(outcome.note) + "}\n";
  std::string text = "[";
  for (const control::Row& row : outcome.rows) {
    text += text.size() == 1 ? "{" : ",\n {";
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      const control::Field& field = row.fields[i];
      text += (i == 0 ? "" : ", ") + quoted(field.name) + ": " + (field.number ? field.text : quoted(field.text));
    }
    text += '}';
  }
  return text + "]\n";
}

}  // namespace tikv::sandbox
