#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// What is to be read: fills a buffer and tells how much came; 0 at the end.
using ByteSource = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

/// Cuts what a source gives into records: lines, or with `quoted` those of a CSV file, where a line end
/// between quotes belongs to the record. Holds one record and one buffer, whatever the size of the input.
class RecordReader {
 public:
  struct Raw {
    std::string text;        ///< without its line end
    std::uint64_t line = 0;  ///< the number of its first line, from 1
    bool too_long = false;   ///< `text` is its beginning; it was skipped to the end of a line
  };

  struct Limits {
    bool quoted = false;
    std::size_t max_size = std::size_t{64} << 20;
    bool skip_mark = true;  ///< leave out a byte order mark at the begin of the input
  };

  /// `offset` and `line` say how much of the input is behind already.
  RecordReader(ByteSource source, Limits limits, std::uint64_t offset = 0, std::uint64_t line = 0)
      : source_(std::move(source)), limits_(limits), offset_(offset), line_(line) {}

  /// The next record that is not an empty line; nothing at the end.
  [[nodiscard]] Result<std::optional<Raw>> next();

  /// Bytes and lines behind the last record.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }

 private:
  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] Result<std::optional<Raw>> next_line_or_more();
  void take(Raw& raw, std::string_view piece);

  ByteSource source_;
  Limits limits_;
  std::uint64_t offset_;
  std::uint64_t line_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool in_quotes_ = false;
};

}  // namespace tikv::cli
