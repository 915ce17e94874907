// The library speaks of its options; this program has flags.
#include "flag_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace tikv::cli {
namespace {

TEST(FlagNamesTest, OptionsBecomeFlags) {
  EXPECT_EQ(with_flags("set ClientOptions::api_version (in a URL: api_version=1, 1ttl or 2) to what is"),
            "set --api-version to what is");
  EXPECT_EQ(with_flags("ClientOptions::timeout, ClientOptions::atomic"), "--timeout, --atomic");
  EXPECT_EQ(with_flags("nothing of the kind (in a URL: a=b)"), "nothing of the kind (in a URL: a=b)");
}

/// The names of options in the string literals of a line.
std::vector<std::string> options_in_words(const std::string& line) {
  static const std::regex option("[A-Z][a-z]+Options::[a-z_]+");
  std::vector<std::string> names;
  for (std::sregex_iterator at(line.begin(), line.end(), option), end; at != end; ++at) {
    const bool in_words = std::count(line.begin(), line.begin() + at->position(), '"') % 2 != 0;
    if (in_words) names.push_back(at->str());
  }
  return names;
}

/// Everything that the library's sources say in words of an option must have a flag here.
TEST(FlagNamesTest, EveryMessageOfTheLibraryIsCovered) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(TIKV_SOURCE_DIR "/src")) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      for (const std::string& name : options_in_words(line)) {
        ++found;
        EXPECT_EQ(with_flags("set " + name + " so").find("Options::"), std::string::npos)
            << entry.path() << " speaks of " << name << "; tools/cli/flag_names.cc does not know it";
      }
    }
  }
  EXPECT_GE(found, 3U) << "nothing was looked at";
}

}  // namespace
}  // namespace tikv::cli
