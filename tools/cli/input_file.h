#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "record_reader.h"
#include "tikv/cancel.h"

namespace tikv::cli {

/// A file that an import reads, or standard input as `-`.
class InputFile {
 public:
  [[nodiscard]] static Result<InputFile> open(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  /// Its size; nothing if it is no file that could be read twice.
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return size_; }
  /// Its size and the time of its last change: they tell a changed file.
  [[nodiscard]] const std::string& identity() const noexcept { return identity_; }
  [[nodiscard]] Result<void> seek(std::uint64_t offset) const;
  /// Keeps others who do the same away, until this is gone or the process has ended, however it ends.
  [[nodiscard]] Result<void> lock() const;
  /// Its bytes from where it stands. Ends with `cancelled` when `cancel` does; this must live on.
  [[nodiscard]] ByteSource source(const CancelScope& cancel) const;

 private:
  InputFile(int file, std::string path) : file_(file), path_(std::move(path)) {}

  int file_;
  std::string path_;
  std::optional<std::uint64_t> size_;
  std::string identity_;
};

}  // namespace tikv::cli
