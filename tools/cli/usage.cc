#include "usage.h"

#include <algorithm>

#include "suggestion.h"
#include "text.h"

namespace tikv::cli {

namespace {

using Apps = std::vector<const CLI::App*>;

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) {
    if (!sub->get_name().empty()) names.push_back(sub->get_name());  // groups of options have none
  }
  return names;
}

const CLI::App* child(const CLI::App& app, const std::string& name) {
  for (const CLI::App* sub : app.get_subcommands({})) {
    if (!name.empty() && sub->get_name() == name) return sub;
  }
  return nullptr;
}

/// All options of a command, those of its groups among them.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> all = app.get_options();
  for (const CLI::App* group : app.get_subcommands({})) {
    if (!group->get_name().empty()) continue;
    const std::vector<const CLI::Option*> more = options_of(*group);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

const CLI::Option* option(const Apps& apps, const std::string& name) {
  for (const CLI::App* app : apps) {
    for (const CLI::Option* each : options_of(*app)) {
      if (each->nonpositional() && each->check_name(name)) return each;
    }
  }
  return nullptr;
}

std::string meant(const std::optional<std::string>& name) { return name ? "; did you mean '" + *name + "'?" : ""; }

/// A line of a user, word by word: which commands it goes into, and where it leaves what is known.
struct Walk {
  Apps apps;
  std::string command;         ///< the first word that should be one and is none
  std::string unknown_option;  ///< the first one
};

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
}

Walk walk(const CLI::App& root, const std::vector<std::string>& words) {
  Walk line{{&root}, {}, {}};
  bool options_over = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") options_over = true;
    if (!options_over && is_option(word)) {
      const CLI::Option* known = option(line.apps, word.substr(0, word.find('=')));
      if (known == nullptr) {
        if (line.unknown_option.empty()) line.unknown_option = word.substr(0, word.find('='));
      } else if (known->get_items_expected_max() > 0 && word.find('=') == std::string::npos) {
        ++i;  // its value
      }
      continue;
    }
    if (options_over || commands_of(*line.apps.back()).empty()) continue;
    const CLI::App* next = child(*line.apps.back(), word);
    if (next == nullptr) {
      line.command = word;
      return line;
    }
    line.apps.push_back(next);
    if (next->get_prefix_command()) return line;  // the rest is for another program
  }
  return line;
}

/// At the top the commands of groups are candidates, too: who types `get` means `raw get`.
std::optional<std::string> meant_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> own = commands_of(app);
  for (const std::string& group : own) {
    const std::vector<std::string> inner = commands_of(*child(app, group));
    if (std::find(inner.begin(), inner.end(), word) != inner.end()) return group + ' ' + word;
  }
  if (std::optional<std::string> found = closest(word, own)) return found;
  for (const std::string& group : own) {
    if (const auto found = closest(word, commands_of(*child(app, group)))) return group + ' ' + *found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> unknown_command(const CLI::App& root, const std::vector<std::string>& words) {
  const Walk line = walk(root, words);
  if (line.command.empty() || !line.unknown_option.empty()) return std::nullopt;
  const CLI::App& app = *line.apps.back();
  const std::string of = line.apps.size() > 1 ? " of '" + app.get_name() + "'" : "";
  return "there is no command '" + escape(line.command) + "'" + of + meant(meant_command(app, line.command));
}

std::optional<std::string> unknown_option(const CLI::App& root, const std::vector<std::string>& words) {
  const Walk line = walk(root, words);
  if (line.unknown_option.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const CLI::App* app : line.apps) {
    for (const CLI::Option* each : options_of(*app)) {
      for (const std::string& name : each->get_lnames()) names.push_back("--" + name);
    }
  }
  const std::optional<std::string> near = closest(line.unknown_option, names);
  return "there is no option '" + escape(line.unknown_option) + "' here" +
         (near ? meant(near) : "; what is no option though it begins with - comes after --");
}

}  // namespace tikv::cli
