#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::cli {

/// Where the shell remembers its lines: TIKV_CLI_HISTORY, or tikv-cli/history in XDG_STATE_HOME, or in
/// ~/.local/state. Nothing if that variable is empty, or there is no home.
[[nodiscard]] std::optional<std::string> history_path(const std::function<const char*(const char*)>& environment);

/// Lines that were typed, oldest first, in a file that only its owner may read: values are in it. What
/// cannot be read or written is not remembered; that is no error.
class HistoryFile {
 public:
  /// No path: nothing is remembered.
  explicit HistoryFile(std::optional<std::string> path) : path_(std::move(path)) {}

  /// The last thousand lines. Cuts a file that has become much longer.
  [[nodiscard]] std::vector<std::string> load() const;
  /// Adds a line. Not one that begins with a blank, which is how people keep one out.
  void add(std::string_view line) const;

 private:
  std::optional<std::string> path_;
};

}  // namespace tikv::cli
