#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// What an export writes: standard output as `-`, or a file that has its name only once it is complete.
class OutputFile {
 public:
  [[nodiscard]] static Result<OutputFile> create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  /// Removes what is not complete.
  ~OutputFile();

  [[nodiscard]] Result<void> write(std::string_view text);
  [[nodiscard]] Result<void> finish();

 private:
  OutputFile(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  [[nodiscard]] std::string part() const { return path_ + ".part"; }

  std::FILE* file_;
  std::string path_;  ///< empty: standard output
};

}  // namespace tikv::cli
