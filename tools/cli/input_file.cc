#include "input_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "exit_code.h"

namespace tikv::cli {

namespace {

Error failed(const std::string& path) { return local_failure("cannot read " + path + ": " + std::strerror(errno)); }

}  // namespace

Result<InputFile> InputFile::open(const std::string& path) {
  const bool standard = path == "-";
  const int file = standard ? dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed(path);
  InputFile input(file, standard ? "standard input" : path);
  struct stat about {};
  if (fstat(file, &about) != 0) return failed(path);
  if (S_ISDIR(about.st_mode)) return local_failure("cannot read " + path + ": it is a folder");
  if (S_ISREG(about.st_mode) && !standard) {
    input.size_ = static_cast<std::uint64_t>(about.st_size);
    input.identity_ = std::to_string(about.st_size) + " bytes, changed at " + std::to_string(about.st_mtim.tv_sec) +
                      "." + std::to_string(about.st_mtim.tv_nsec);
  }
  return input;
}

InputFile::InputFile(InputFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      size_(other.size_),
      identity_(std::move(other.identity_)) {}

InputFile::~InputFile() {
  if (file_ >= 0) close(file_);
}

Result<void> InputFile::seek(std::uint64_t offset) const {
  if (lseek(file_, static_cast<off_t>(offset), SEEK_SET) < 0) return failed(path_);
  return {};
}

Result<void> InputFile::lock() const {
  if (flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};  // not every file system can
  return local_failure("another import of " + path_ +
                       " is running, and both would use one checkpoint; wait for it, or " +
                       "name another place with --checkpoint");
}

ByteSource InputFile::source(const CancelScope& cancel) const {
  return [this, &cancel](char* buffer, std::size_t size) -> Result<std::size_t> {
    for (;;) {
      if (cancel.cancelled()) return Error(ErrorKind::cancelled, "interrupted while reading " + path_);
      pollfd waiting{file_, POLLIN, 0};
      if (poll(&waiting, 1, 200) == 0) continue;  // now and then a look at `cancel`
      const ssize_t count = read(file_, buffer, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR && errno != EAGAIN) return failed(path_);
    }
  };
}

}  // namespace tikv::cli
