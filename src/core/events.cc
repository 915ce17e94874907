#include "core/events.h"

#include <cstdio>

namespace tikv::core {

namespace {

constexpr std::size_t longest_key = 64;

bool is_plain(char c) noexcept { return c >= ' ' && c <= '~' && c != '\\'; }

/// Text that would not be one word in a line of `name=value` is quoted.
std::string shown(const LogValue& value) {
  std::string text = to_string(value);
  return text.empty() || text.find(' ') != std::string::npos ? "'" + text + "'" : text;
}

/// `region forgotten: region=2 reason='not leader'`.
std::string line_of(Event event, const EventFields& fields) {
  std::string line(to_string(event));
  for (char& c : line) {
    if (c == '_') c = ' ';
  }
  char separator = ':';
  for (const LogField& field : fields.all()) {
    if (std::exchange(separator, ' ') == ':') line += ':';
    line.append(" ").append(field.name).append("=").append(shown(field.value));
  }
  return line;
}

}  // namespace

void Events::tell(Event event, LogLevel level, const EventFields& fields, const EventPlace& place,
                  std::string_view message) const {
  if (!wanted(level)) return;
  const std::string line = message.empty() ? line_of(event, fields) : std::string();
  LogRecord record;
  record.level = level;
  record.message = message.empty() ? line : message;
  record.operation_id = place.operation_id;
  record.operation = place.operation;
  record.region_id = place.region;
  record.store_id = place.store;
  record.event = event;
  record.fields = fields.all();
  observer_->log(record);
}

std::string escaped_key(std::string_view key) {
  std::string text;
  for (const char c : key.substr(0, longest_key)) {
    if (is_plain(c)) {
      text += c;
      continue;
    }
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    text += hex;
  }
  if (key.size() > longest_key) text += "…";
  return text;
}

bool SlowWatch::admit(Time now) noexcept {
  if (now - window_began_ >= window) {
    window_began_ = now;
    told_in_window_ = 0;
  }
  if (told_in_window_ < most_in_window) {
    ++told_in_window_;
    return true;
  }
  ++left_out_;
  return false;
}

}  // namespace tikv::core
