#include "record_reader.h"

#include <algorithm>
#include <utility>

namespace tikv::cli {

namespace {

constexpr std::size_t buffer_size = std::size_t{256} << 10;

}  // namespace

Result<bool> RecordReader::fill() {
  buffer_.resize(buffer_size);
  const Result<std::size_t> count = source_(buffer_.data(), buffer_.size());
  buffer_.resize(count ? *count : 0);
  at_ = 0;
  if (!count) return count.error();
  return *count > 0;
}

void RecordReader::take(Raw& raw, std::string_view piece) {
  offset_ += piece.size();
  if (limits_.quoted && std::count(piece.begin(), piece.end(), '"') % 2 != 0) in_quotes_ = !in_quotes_;
  const std::size_t room = limits_.max_size - std::min(limits_.max_size, raw.text.size());
  if (piece.size() > room) raw.too_long = true;
  raw.text += piece.substr(0, room);
}

Result<std::optional<RecordReader::Raw>> RecordReader::next_line_or_more() {
  Raw raw;
  bool begun = false;
  in_quotes_ = false;
  for (;;) {
    if (at_ == buffer_.size()) {
      const Result<bool> more = fill();
      if (!more) return more.error();
      if (!*more) return begun ? std::optional<Raw>(std::move(raw)) : std::nullopt;
    }
    if (!begun) raw.line = line_ + 1;
    begun = true;
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const std::size_t end = rest.find('\n');
    take(raw, rest.substr(0, end));
    at_ += std::min(end, rest.size());
    if (end == std::string_view::npos) continue;
    at_ += 1;
    ++line_;
    // A quote that nobody closes must not swallow the rest of a large file: the next line end ends it.
    if (!in_quotes_ || raw.too_long) {
      ++offset_;
      return std::optional<Raw>(std::move(raw));
    }
    take(raw, "\n");
  }
}

Result<std::optional<RecordReader::Raw>> RecordReader::next() {
  for (;;) {
    const bool first = limits_.skip_mark && offset_ == 0;
    Result<std::optional<Raw>> raw = next_line_or_more();
    if (!raw || !*raw) return raw;
    std::string& text = (*raw)->text;
    if (text.ends_with('\r') && !(*raw)->too_long) text.pop_back();
    if (first && text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // some programs mark UTF-8 so
    if (!text.empty()) return raw;
  }
}

}  // namespace tikv::cli
