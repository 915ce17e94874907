#include "output_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "exit_code.h"

namespace tikv::cli {

namespace {

Error failed(const std::string& path) {
  return local_failure("cannot write " + (path.empty() ? "standard output" : path) + ": " + std::strerror(errno));
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path) {
  if (path == "-") return OutputFile(stdout, "");
  OutputFile output(nullptr, path);
  output.file_ = std::fopen(output.part().c_str(), "wbe");
  if (output.file_ == nullptr) return failed(output.part());
  return output;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), path_(std::move(other.path_)) {}

OutputFile::~OutputFile() {
  if (file_ == nullptr || path_.empty()) return;
  std::fclose(file_);
  std::remove(part().c_str());
}

Result<void> OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) return failed(path_);
  return {};
}

Result<void> OutputFile::finish() {
  if (std::fflush(file_) != 0) return failed(path_);
  if (path_.empty()) return {};
  if (std::fclose(std::exchange(file_, nullptr)) != 0 || std::rename(part().c_str(), path_.c_str()) != 0) {
    const Error error = failed(path_);
    std::remove(part().c_str());
    return error;
  }
  return {};
}

}  // namespace tikv::cli
