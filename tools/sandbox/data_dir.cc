#include "data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace tikv::sandbox {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view format_begin = "tikv-sandbox data, format ";
constexpr std::string_view format_number = "1";
constexpr std::string_view format_file = "/FORMAT";
constexpr std::string_view lock_file = "/LOCK";

std::string system_error() { return std::strerror(errno); }

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// A new file that is on the disk, whole, when this returns true.
bool write_whole(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  return close(file) == 0 && written;
}

bool sync_folder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool synced = fsync(folder) == 0;
  close(folder);
  return synced;
}

}  // namespace

DataDir::~DataDir() {
  if (lock_ >= 0) close(lock_);
}

std::string DataDir::claim(const std::string& path) {
  path_ = path;
  while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  std::error_code problem;
  fs::create_directories(path_, problem);
  if (problem) return "cannot make the folder " + path_ + ": " + problem.message();
  if (std::string why = check_contents(); !why.empty()) return why;
  if (std::string why = lock(); !why.empty()) return why;
  if (fs::exists(path_ + std::string(format_file))) return {};
  return write_format();
}

// Before anything is written into what may be somebody else's folder.
std::string DataDir::check_contents() const {
  const std::string format = first_line(path_ + std::string(format_file));
  if (format.starts_with(format_begin)) {
    const std::string number = format.substr(format_begin.size());
    if (number == format_number) return {};
    return path_ + " has data of format " + number + "; this program knows format " + std::string(format_number);
  }
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, problem)) {
    const std::string name = '/' + entry.path().filename().string();
    if (name == lock_file || name == std::string(format_file) + ".new") continue;
    return path_ + " holds something else than the data of a sandbox (" + name.substr(1) +
           "): --data-dir wants a new or empty folder, or one of its own";
  }
  if (problem) return "cannot read the folder " + path_ + ": " + problem.message();
  return {};
}

std::string DataDir::lock() {
  const std::string path = path_ + std::string(lock_file);
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) return "cannot write into " + path_ + ": " + system_error();
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = errno == EWOULDBLOCK ? first_line(path) : std::string();
    return path_ + " is in use by another tikv-sandbox" + (holder.empty() ? std::string() : ", process " + holder);
  }
  const std::string process = std::to_string(getpid()) + "\n";
  if (ftruncate(lock_, 0) != 0 || write(lock_, process.data(), process.size()) < 0) {
    return "cannot write into " + path_ + ": " + system_error();
  }
  return {};
}

std::string DataDir::write_format() const {
  const std::string path = path_ + std::string(format_file);
  const std::string text = std::string(format_begin) + std::string(format_number) + "\n";
  if (!write_whole(path + ".new", text) || std::rename((path + ".new").c_str(), path.c_str()) != 0 ||
      !sync_folder(path_)) {
    return "cannot write into " + path_ + ": " + system_error();
  }
  return {};
}

}  // namespace tikv::sandbox
