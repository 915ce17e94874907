#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::sandbox {

/// Thrown by whoever finds that a command was not meant so.
struct WrongUsage {
  std::string why;
};

/// The words of a command after its name: `--name value` and `--flag` apart from the others.
struct CommandArguments {
  std::vector<std::string> words;
  std::map<std::string, std::string, std::less<>> options;
  bool applied = false;

  /// From the words of a whole command, its name the first.
  explicit CommandArguments(const std::vector<std::string>& command);
  [[nodiscard]] std::string option(std::string_view name, std::string_view otherwise) const;
};

[[nodiscard]] std::uint64_t to_number(std::string_view word);

}  // namespace tikv::sandbox
