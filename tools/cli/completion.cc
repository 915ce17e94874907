#include "completion.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "arguments.h"
#include "commands.h"
#include "words.h"

namespace tikv::cli {

namespace {

/// Where in the tree of commands a line is.
struct Place {
  const CLI::App* app;
  bool after_help = false;
};

const CLI::App* child(const CLI::App& app, const std::string& name) {
  for (const CLI::App* sub : app.get_subcommands({})) {
    if (sub->get_name() == name) return sub;
  }
  return nullptr;
}

Place place_of(const CLI::App& root, const std::vector<std::string>& words) {
  Place place{&root};
  for (const std::string& word : words) {
    if (place.app == &root && word == "help") {
      place.after_help = true;
    } else if (const CLI::App* sub = child(*place.app, word)) {
      place.app = sub;
    }
  }
  return place;
}

void add_options(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const CLI::App* group : app.get_subcommands({})) {
    if (group->get_name().empty()) add_options(*group, names);
  }
}

void add_commands(const Place& place, const CLI::App& root, std::vector<std::string>& names) {
  for (const CLI::App* sub : place.app->get_subcommands({})) {
    if (!sub->get_name().empty()) names.push_back(sub->get_name());  // groups of options have none
  }
  if (place.app != &root || place.after_help) return;
  for (const char* own : {"help", "exit", "quit"}) names.emplace_back(own);
}

bool names_files(const CLI::App& app) {
  const std::vector<Command> all = all_commands();
  return std::any_of(all.begin(), all.end(),
                     [&](const Command& command) { return command.names_files && command.name == app.get_name(); });
}

void add_files(const std::string& word, std::vector<std::string>& names) {
  namespace fs = std::filesystem;
  const std::size_t slash = word.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : word.substr(0, slash + 1);
  std::error_code unreadable;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, unreadable), end; entry != end && !unreadable;
       entry.increment(unreadable)) {
    std::error_code unknown;
    names.push_back(folder + entry->path().filename().string() + (entry->is_directory(unknown) ? "/" : ""));
  }
}

std::vector<std::string> everything_for(const CLI::App& root, const OpenLine& line) {
  std::vector<std::string> names;
  const Place place = place_of(root, line.before);
  const std::string last = line.before.empty() ? "" : line.before.back();
  if (std::vector<std::string> values = option_values(last); !values.empty()) return values;
  if (line.word.starts_with('-')) {
    add_options(*place.app, names);
    if (place.app != &root) add_options(root, names);
    return names;
  }
  if (!place.app->get_subcommands({}).empty()) add_commands(place, root, names);
  if (names_files(*place.app)) add_files(line.word, names);
  return names;
}

}  // namespace

std::string Completion::common() const {
  std::string begin = candidates.empty() ? "" : candidates.front();
  for (const std::string& candidate : candidates) {
    std::size_t same = 0;
    while (same < begin.size() && same < candidate.size() && begin[same] == candidate[same]) ++same;
    begin.resize(same);
  }
  return begin;
}

Completion complete(const CLI::App& app, std::string_view line) {
  const OpenLine open = split_open_line(line);
  Completion result{open.word_begin, open.word, everything_for(app, open)};
  std::erase_if(result.candidates, [&](const std::string& name) { return !name.starts_with(open.word); });
  std::sort(result.candidates.begin(), result.candidates.end());
  result.candidates.erase(std::unique(result.candidates.begin(), result.candidates.end()), result.candidates.end());
  return result;
}

}  // namespace tikv::cli
