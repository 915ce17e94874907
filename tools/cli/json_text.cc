#include "json_text.h"

#include <array>
#include <cstddef>

#include "text.h"

namespace tikv::cli {

namespace {

struct Form {
  unsigned char first_low, first_high;    ///< of the lead byte
  unsigned char second_low, second_high;  ///< of the byte after it; all later ones are 80..bf
  std::size_t length;
};

/// Unicode's table of well-formed sequences: no surrogates, no overlong forms.
constexpr std::array<Form, 8> forms{{{0x00, 0x7f, 0, 0, 1},
                                     {0xc2, 0xdf, 0x80, 0xbf, 2},
                                     {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                     {0xe1, 0xec, 0x80, 0xbf, 3},
                                     {0xed, 0xed, 0x80, 0x9f, 3},
                                     {0xee, 0xef, 0x80, 0xbf, 3},
                                     {0xf0, 0xf0, 0x90, 0xbf, 4},
                                     {0xf1, 0xf4, 0x80, 0xbf, 4}}};

bool matches(const Form& form, std::string_view text) noexcept {
  if (text.size() < form.length) return false;
  for (std::size_t i = 1; i < form.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < (i == 1 ? form.second_low : 0x80) || byte > (i == 1 ? form.second_high : 0xbf)) return false;
  }
  // f4 goes to 8f only: U+10FFFF is the last.
  return static_cast<unsigned char>(text[0]) != 0xf4 || static_cast<unsigned char>(text[1]) <= 0x8f;
}

/// Length of the character that `text` begins with; 0: it begins with none.
std::size_t character(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  for (const Form& form : forms) {
    if (first >= form.first_low && first <= form.first_high) return matches(form, text) ? form.length : 0;
  }
  return 0;
}

void append_ascii(std::string& json, char letter) {
  if (letter == '"' || letter == '\\') {
    json += '\\';
    json += letter;
  } else if (letter == '\n') {
    json += "\\n";
  } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
    json += "\\u00";
    append_hex(json, letter);
  } else {
    json += letter;
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const std::size_t length = character(text);
    if (length == 1) {
      append_ascii(json, text[0]);
    } else if (length == 0) {
      json += "\\ufffd";
    } else {
      json += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return json + '"';
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void JsonObject::member(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_ += json_string(name);
  members_ += ':';
  members_ += value;
}

}  // namespace tikv::cli
