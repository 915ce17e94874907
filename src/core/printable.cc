#include "core/printable.h"

#include <algorithm>
#include <cstdint>

namespace tikv::core {

namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t size = 0;  ///< bytes; 0: not UTF-8
};

unsigned char byte_at(std::string_view text, std::size_t place) noexcept {
  return static_cast<unsigned char>(text[place]);
}

/// The character at the begin of `text`. Overlong forms, surrogates and what lies beyond Unicode are no UTF-8.
Character first_character(std::string_view text) noexcept {
  const std::uint32_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  std::uint32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(text, i) & 0xc0U) != 0x80) return {};
    code = code << 6U | (byte_at(text, i) & 0x3fU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least[size] || code > 0x10ffff || surrogate) return {};
  return {code, size};
}

/// Characters that change how the text around them looks, or that cannot be seen.
bool misleads(std::uint32_t code) noexcept {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  static constexpr Range ranges[] = {
      {0x00, 0x1f},       {0x7f, 0x9f},                           // C0, DEL, C1
      {0xad, 0xad},       {0x61c, 0x61c},      {0x180e, 0x180e},  // soft hyphen, Arabic and Mongolian marks
      {0x200b, 0x200f},   {0x2028, 0x202e},    {0x2060, 0x206f},  // zero width, separators, bidirectional
      {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},    {0xfff0, 0xfffb},  // variation selectors, byte order mark
      {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},    {0xfffe, 0xffff},  // private use, no characters
      {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},                    // tags, private use
  };
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [code](const Range& range) { return code >= range.first && code <= range.last; });
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 0xfU];
}

/// Appends an escape for `code`, a character or a byte.
void append_escape(std::string& out, std::uint32_t code) {
  constexpr std::string_view letters = "abtnvfr";  // from 7 on
  out += '\\';
  if (code >= 7 && code <= 13) {
    out += letters[code - 7];
  } else if (code < 0x100) {
    out += 'x';
    append_hex(out, code, 2);
  } else {
    out += code > 0xffff ? 'U' : 'u';
    append_hex(out, code, code > 0xffff ? 8 : 4);
  }
}

bool is_plain(char c) noexcept { return c >= 0x20 && c <= 0x7e; }

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  // Nearly every text is short ASCII.
  if (text.size() <= most && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  const std::string end = "… (" + std::to_string(text.size()) + " bytes)";
  const std::size_t room = most > end.size() ? most - end.size() : 0;
  std::string shown;
  std::size_t fits = 0;  // so much of `shown` leaves room for the end
  for (std::size_t place = 0; place < text.size();) {
    const Character character = first_character(text.substr(place, 4));
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    if (character.size == 0) {
      append_escape(shown, byte_at(text, place));
    } else if (misleads(character.code)) {
      append_escape(shown, character.code);
    } else {
      shown += text.substr(place, size);
    }
    place += size;
    if (shown.size() <= room) fits = shown.size();
    if (shown.size() <= most) continue;
    shown.resize(fits);
    return shown + end;
  }
  return shown;
}

std::string quoted(std::string_view name) { return "'" + printable(name, limits::foreign_name) + "'"; }

}  // namespace tikv::core
