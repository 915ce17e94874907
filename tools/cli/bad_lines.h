#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// One record that was left out, as a line of the report: number, reason, text, with tabs between them.
[[nodiscard]] std::string bad_line_text(std::uint64_t line, std::string_view reason, std::string_view text);

/// Tells of records that were left out: all of them to a file, or the first few to `show`.
class BadLines {
 public:
  using Show = std::function<void(const std::string&)>;

  /// `path` may be empty. Of a file that is there, `keep` bytes are kept: those of the part of the
  /// import that is behind already.
  [[nodiscard]] static Result<BadLines> open(const std::string& path, std::uint64_t keep, Show show);
  BadLines(BadLines&& other) noexcept;
  BadLines& operator=(BadLines&&) = delete;
  ~BadLines();

  [[nodiscard]] Result<void> add(std::uint64_t line, std::string_view reason, std::string_view text);
  /// Length of the file.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  BadLines(int file, std::string path, std::uint64_t bytes, Show show)
      : file_(file), path_(std::move(path)), bytes_(bytes), show_(std::move(show)) {}

  int file_;
  std::string path_;
  std::uint64_t bytes_;
  Show show_;
  std::uint64_t shown_ = 0;
};

}  // namespace tikv::cli
