#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "byte_format.h"
#include "tikv/key_range.h"
#include "tikv/result.h"

namespace tikv::cli {

/// What an import reads and an export writes.
enum class FileFormat : std::uint8_t {
  tsv,    ///< key, tab, value[, tab, ttl]
  csv,    ///< RFC 4180: "key","value"[,ttl]; a quoted field may span lines
  jsonl,  ///< {"key": …, "value": …[, "ttl": …]} on one line
};

struct RecordFormat {
  FileFormat file = FileFormat::tsv;
  ByteFormat key = ByteFormat::plain;
  ByteFormat value = ByteFormat::plain;
};

struct Record {
  std::string key;
  std::string value;
  std::optional<std::chrono::seconds> ttl;  ///< nothing: the record names none

  friend bool operator==(const Record&, const Record&) = default;
};

[[nodiscard]] std::string_view name_of(FileFormat format) noexcept;
/// By the end of a file's name: .tsv, .csv, .jsonl, .ndjson, .json.
[[nodiscard]] std::optional<FileFormat> format_of_file(std::string_view path) noexcept;

/// Reads one record, without its line end. `invalid_argument` says what is wrong with it.
[[nodiscard]] Result<Record> parse_record(const RecordFormat& format, std::string_view text);
/// One record with its line end; an error if the format cannot hold these bytes, which only
/// `ByteFormat::plain` can cause.
[[nodiscard]] Result<std::string> format_record(const RecordFormat& format, const KeyValue& pair);

/// The fields of one record of a CSV file.
[[nodiscard]] Result<std::vector<std::string>> parse_csv(std::string_view text);
/// A field of a CSV file, quoted if it must be.
[[nodiscard]] std::string csv_field(std::string_view text);

/// Whole seconds, 0 and above.
[[nodiscard]] Result<std::chrono::seconds> parse_ttl(std::string_view text);

}  // namespace tikv::cli
