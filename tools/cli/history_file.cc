#include "history_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace tikv::cli {

namespace {

constexpr std::size_t kept = 1000;

/// Opens for its owner alone; the folder above it is made if it must be.
int open_file(const std::string& path, int flags) {
  std::error_code unable;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), unable);
  return open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
}

void write_lines(int file, const std::string& text) {
  [[maybe_unused]] const ssize_t written = write(file, text.data(), text.size());
  close(file);
}

}  // namespace

std::optional<std::string> history_path(const std::function<const char*(const char*)>& environment) {
  if (const char* named = environment("TIKV_CLI_HISTORY")) {
    return *named == '\0' ? std::nullopt : std::optional<std::string>(named);
  }
  const char* state = environment("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string(state) + "/tikv-cli/history";
  const char* home = environment("HOME");
  if (home == nullptr || *home != '/') return std::nullopt;
  return std::string(home) + "/.local/state/tikv-cli/history";
}

std::vector<std::string> HistoryFile::load() const {
  std::vector<std::string> lines;
  if (!path_) return lines;
  std::ifstream file(*path_);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.size() <= kept) return lines;
  const bool much_longer = lines.size() > 2 * kept;
  lines.erase(lines.begin(), lines.end() - kept);
  if (!much_longer) return lines;
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  const std::string fresh = *path_ + ".new";
  if (const int cut = open_file(fresh, O_TRUNC); cut >= 0) {
    write_lines(cut, text);
    std::rename(fresh.c_str(), path_->c_str());
  }
  return lines;
}

void HistoryFile::add(std::string_view line) const {
  if (!path_ || line.empty() || line.front() == ' ' || line.front() == '\t') return;
  if (const int file = open_file(*path_, O_APPEND); file >= 0) write_lines(file, std::string(line) + '\n');
}

}  // namespace tikv::cli
