#include "bad_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "exit_code.h"
#include "text.h"

namespace tikv::cli {

namespace {

constexpr std::uint64_t most_shown = 10;
constexpr std::size_t most_text = 200;

Error failed(const std::string& path) { return local_failure("cannot write " + path + ": " + std::strerror(errno)); }

}  // namespace

std::string bad_line_text(std::uint64_t line, std::string_view reason, std::string_view text) {
  const bool cut = text.size() > most_text;
  return std::to_string(line) + '\t' + std::string(reason) + '\t' + escape(text.substr(0, most_text)) +
         (cut ? "…" : "");
}

Result<BadLines> BadLines::open(const std::string& path, std::uint64_t keep, Show show) {
  if (path.empty()) return BadLines(-1, path, 0, std::move(show));
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return failed(path);
  BadLines result(file, path, keep, std::move(show));
  if (ftruncate(file, static_cast<off_t>(keep)) != 0 || lseek(file, 0, SEEK_END) < 0) return failed(path);
  return result;
}

BadLines::BadLines(BadLines&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      bytes_(other.bytes_),
      show_(std::move(other.show_)),
      shown_(other.shown_) {}

BadLines::~BadLines() {
  if (file_ >= 0) close(file_);
}

Result<void> BadLines::add(std::uint64_t line, std::string_view reason, std::string_view text) {
  const std::string told = bad_line_text(line, reason, text);
  if (file_ >= 0) {
    const std::string whole = told + '\n';
    if (write(file_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) return failed(path_);
    bytes_ += whole.size();
    return {};
  }
  ++shown_;
  if (shown_ <= most_shown) show_("bad line " + told);
  if (shown_ == most_shown + 1) show_("more bad lines are not shown; --bad-lines FILE takes them all");
  return {};
}

}  // namespace tikv::cli
