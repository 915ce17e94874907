#include "arguments.h"

#include <charconv>

namespace tikv::sandbox {

CommandArguments::CommandArguments(const std::vector<std::string>& command) {
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string& word = command[i];
    if (word == "--applied") {
      applied = true;
    } else if (!word.starts_with("--")) {
      words.push_back(word);
    } else if (i + 1 == command.size()) {
      throw WrongUsage{word + " needs a value"};
    } else {
      options[word.substr(2)] = command[++i];
    }
  }
}

std::string CommandArguments::option(std::string_view name, std::string_view otherwise) const {
  const auto given = options.find(name);
  return given == options.end() ? std::string(otherwise) : given->second;
}

std::uint64_t to_number(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (problem != std::errc() || end != word.data() + word.size()) {
    throw WrongUsage{"'" + std::string(word) + "' is no number"};
  }
  return value;
}

}  // namespace tikv::sandbox
