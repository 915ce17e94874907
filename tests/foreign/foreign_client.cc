#include "foreign/foreign_client.h"

#include <cstdlib>
#include <sstream>

namespace tikv::test {

namespace {

/// Bytes as a word: hexadecimal, - if there are none.
std::string word_of(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  if (bytes.empty()) return "-";
  std::string word;
  for (const char c : bytes) {
    word += digits[static_cast<unsigned char>(c) >> 4];
    word += digits[static_cast<unsigned char>(c) & 15];
  }
  return word;
}

std::string bytes_of(const std::string& word) {
  std::string bytes;
  if (word == "-") return bytes;
  for (std::size_t i = 0; i + 1 < word.size(); i += 2) {
    bytes += static_cast<char>(std::strtol(word.substr(i, 2).c_str(), nullptr, 16));
  }
  return bytes;
}

std::optional<std::string> optional_of(const std::string& word) {
  return word == "none" ? std::nullopt : std::optional(bytes_of(word));
}

std::uint64_t number_of(const std::string& word) { return std::strtoull(word.c_str(), nullptr, 10); }

std::vector<std::string> words_of(const std::vector<std::string>& all) {
  std::vector<std::string> words;
  for (const std::string& bytes : all) words.push_back(word_of(bytes));
  return words;
}

std::vector<std::string> keys_of(const std::vector<std::string>& words) {
  std::vector<std::string> keys;
  for (const std::string& word : words) keys.push_back(bytes_of(word));
  return keys;
}

Pairs pairs_of(const std::vector<std::string>& words) {
  Pairs pairs;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) pairs.emplace_back(bytes_of(words[i]), bytes_of(words[i + 1]));
  return pairs;
}

std::vector<std::string> split(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> with_arguments(std::vector<std::string> program, const std::vector<std::string>& arguments) {
  program.insert(program.end(), arguments.begin(), arguments.end());
  return program;
}

}  // namespace

ForeignClient::ForeignClient(const std::vector<std::string>& program, const std::string& pd,
                             const std::string& api_version, const std::string& keyspace)
    : process_(with_arguments(program, {pd, api_version, keyspace.empty() ? "-" : keyspace}), ChildInput::lines) {
  const std::vector<std::string> words = split(answer_line());
  if (words.empty() || words.front() != "ready") throw WrongAnswer(program.front() + " does not get ready");
  verbs_.insert(words.begin() + 1, words.end());
}

std::string ForeignClient::answer_line() {
  constexpr int patience = 6;  // times ten seconds: a virtual machine may start while others compile
  for (int silent = 0; silent < patience;) {
    const std::string line = process_.read_line();
    if (line.starts_with("ok") || line.starts_with("failed") || line.starts_with("ready")) return line;
    if (line.empty()) ++silent;
  }
  throw WrongAnswer("the client's program says nothing more");
}

std::vector<std::string> ForeignClient::ask(const std::string& verb, const std::vector<std::string>& words) {
  std::string line = (family_.empty() ? "" : "@" + family_ + " ") + verb;
  for (const std::string& word : words) line += " " + word;
  if (!process_.write_line(line)) throw WrongAnswer("the client's program has ended before " + verb);
  const std::string answer = answer_line();
  if (!answer.starts_with("ok")) throw WrongAnswer(line.substr(0, 200) + " " + answer);
  ++counts_[verb];
  std::vector<std::string> answers = split(answer);
  answers.erase(answers.begin());
  return answers;
}

std::optional<std::string> ForeignClient::get(const std::string& key) {
  return optional_of(ask("get", {word_of(key)}).at(0));
}

Pairs ForeignClient::batch_get(const std::vector<std::string>& keys) {
  return pairs_of(ask("batch_get", words_of(keys)));
}

void ForeignClient::write(const std::string& verb, const std::vector<std::string>& arguments) {
  ask(verb, words_of(arguments));
}

void ForeignClient::write_with_ttl(const std::string& verb, const std::vector<std::string>& arguments,
                                   std::uint64_t seconds) {
  std::vector<std::string> words = words_of(arguments);
  words.insert(verb == "put_ttl" ? words.end() : words.begin(), std::to_string(seconds));
  ask(verb, words);
}

Pairs ForeignClient::scan(const std::string& verb, const std::string& start, const std::string& end,
                          std::size_t limit) {
  return pairs_of(ask(verb, {word_of(start), word_of(end), std::to_string(limit)}));
}

std::vector<std::string> ForeignClient::scan_keys(const std::string& verb, const std::string& start,
                                                  const std::string& end, std::size_t limit) {
  return keys_of(ask(verb, {word_of(start), word_of(end), std::to_string(limit)}));
}

Pairs ForeignClient::scan_prefix(const std::string& prefix) { return pairs_of(ask("scan_prefix", {word_of(prefix)})); }

Pairs ForeignClient::scan_all(const std::string& start, const std::string& end) {
  return pairs_of(ask("scan_all", {word_of(start), word_of(end)}));
}

Pairs ForeignClient::batch_scan(std::size_t limit, const std::vector<std::string>& bounds) {
  std::vector<std::string> words = words_of(bounds);
  words.insert(words.begin(), std::to_string(limit));
  return pairs_of(ask("batch_scan", words));
}

std::vector<std::string> ForeignClient::batch_scan_keys(std::size_t limit, const std::vector<std::string>& bounds) {
  std::vector<std::string> words = words_of(bounds);
  words.insert(words.begin(), std::to_string(limit));
  return keys_of(ask("batch_scan_keys", words));
}

std::optional<std::uint64_t> ForeignClient::ttl(const std::string& key) {
  const std::string word = ask("ttl", {word_of(key)}).at(0);
  return word == "none" ? std::nullopt : std::optional(number_of(word));
}

SwapOutcome ForeignClient::compare_and_swap(const std::string& key, const std::optional<std::string>& previous,
                                            const std::string& value) {
  const auto words = ask("cas", {word_of(key), previous ? word_of(*previous) : "none", word_of(value)});
  return {words.at(0) == "swapped", optional_of(words.at(1))};
}

std::optional<std::string> ForeignClient::put_if_absent(const std::string& key, const std::string& value) {
  return optional_of(ask("put_if_absent", {word_of(key), word_of(value)}).at(0));
}

std::size_t ForeignClient::count_by_plugin(const std::string& start, const std::string& end) {
  std::size_t all = 0;
  for (const std::string& word :
       ask("coprocessor", {"count", "^1.2", word_of("asked"), word_of(start), word_of(end)})) {
    const std::string answer = bytes_of(word);  // of one region: what it was asked, and a number
    if (!answer.starts_with("asked")) throw WrongAnswer("the plug-in said '" + answer + "'");
    all += number_of(answer.substr(5));
  }
  return all;
}

Checksum ForeignClient::checksum(const std::string& start, const std::string& end) {
  const auto words = ask("checksum", {word_of(start), word_of(end)});
  return {number_of(words.at(0)), number_of(words.at(1)), number_of(words.at(2))};
}

}  // namespace tikv::test
