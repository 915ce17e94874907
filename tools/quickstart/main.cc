// The main job of `make quickstart`: real data into a cluster and back. Imports the Unicode character
// table as two indexes (code point → record, name → code point), looks characters up both ways, and
// exports the table again, so that the caller can compare it with the original by other means.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tikv/async.h"
#include "tikv/raw_client.h"

namespace {

constexpr std::string_view record_prefix = "u/";
constexpr std::string_view name_prefix = "n/";
constexpr std::size_t pairs_per_batch = 256;
constexpr std::size_t batches_at_a_time = 8;

struct Arguments {
  std::string pd;
  std::string input;
  std::string export_to;
};

tikv::Result<Arguments> parse_arguments(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    std::string* target = word == "--pd"       ? &arguments.pd
                          : word == "--input"  ? &arguments.input
                          : word == "--export" ? &arguments.export_to
                                               : nullptr;
    if (target == nullptr || i + 1 == count) {
      return tikv::Error(tikv::ErrorKind::invalid_argument,
                         "usage: tikv-quickstart --pd HOST:PORT --input UnicodeData.txt [--export FILE]");
    }
    *target = words[++i];
  }
  if (arguments.pd.empty() || arguments.input.empty()) {
    return tikv::Error(tikv::ErrorKind::invalid_argument, "--pd and --input are needed");
  }
  return arguments;
}

/// Six digits, so that the order of the keys is the order of the code points.
std::string code_key(std::string_view code) {
  return std::string(record_prefix) + std::string(code.size() < 6 ? 6 - code.size() : 0, '0') + std::string(code);
}

/// `0041;LATIN CAPITAL LETTER A;…` → a record, and an entry of the index by name. Several characters
/// bear the name `<control>`: the code point makes the entry unique.
void add_pairs(std::string_view line, std::vector<tikv::KeyValue>& pairs) {
  const std::string_view code = line.substr(0, line.find(';'));
  const std::string_view rest = line.substr(std::min(line.size(), code.size() + 1));
  const std::string_view name = rest.substr(0, rest.find(';'));
  pairs.push_back({code_key(code), std::string(line)});
  pairs.push_back({std::string(name_prefix) + std::string(name) + "/" + std::string(code), std::string(code)});
}

tikv::Result<std::vector<tikv::KeyValue>> read_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) return tikv::Error(tikv::ErrorKind::invalid_argument, "cannot read " + path);
  std::vector<tikv::KeyValue> pairs;
  for (std::string line; std::getline(file, line);) add_pairs(line, pairs);
  return pairs;
}

tikv::Task<void> put_all(const tikv::AsyncRawClient& client, const std::vector<tikv::KeyValue>& pairs) {
  std::vector<tikv::Task<void>> puts;
  for (std::size_t begin = 0; begin < pairs.size(); begin += pairs_per_batch) {
    const std::size_t end = std::min(pairs.size(), begin + pairs_per_batch);
    std::vector<tikv::KeyValue> batch(pairs.begin() + static_cast<std::ptrdiff_t>(begin),
                                      pairs.begin() + static_cast<std::ptrdiff_t>(end));
    puts.push_back(client.batch_put(std::move(batch)));
  }
  const std::vector<tikv::Result<void>> results = co_await ok(tikv::gather(std::move(puts), batches_at_a_time));
  for (const tikv::Result<void>& result : results) {
    if (!result) co_return result.error();
  }
  co_return {};
}

tikv::Result<void> import_pairs(const tikv::RawClient& client, const std::vector<tikv::KeyValue>& pairs) {
  const auto begin = std::chrono::steady_clock::now();
  tikv::Result<void> done = client.async().run(put_all(client.async(), pairs));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (!done) return done;
  std::printf("imported %zu pairs in %.2f s: %.0f pairs/s, in batches of %zu, %zu at a time\n", pairs.size(),
              took.count(), static_cast<double>(pairs.size()) / took.count(), pairs_per_batch, batches_at_a_time);
  return {};
}

tikv::Result<void> look_up_code(const tikv::RawClient& client, std::string_view code) {
  const auto record = client.get(code_key(code));
  if (!record) return record.error();
  std::printf("  U+%s  %s\n", std::string(code).c_str(), *record ? (*record)->c_str() : "(not found)");
  if (!*record) return tikv::Error(tikv::ErrorKind::server_error, "U+" + std::string(code) + " should be there");
  return {};
}

tikv::Result<void> look_up_name(const tikv::RawClient& client, std::string_view prefix) {
  const auto found = client.scan(tikv::KeyRange::prefix(std::string(name_prefix) + std::string(prefix)), {.limit = 5});
  if (!found) return found.error();
  std::printf("  names beginning with \"%s\":\n", std::string(prefix).c_str());
  for (const tikv::KeyValue& pair : *found) {
    const std::string_view name = std::string_view(pair.key).substr(name_prefix.size());
    std::printf("    U+%-6s %s\n", pair.value.c_str(), std::string(name.substr(0, name.rfind('/'))).c_str());
  }
  if (found->empty()) return tikv::Error(tikv::ErrorKind::server_error, "no such name was found");
  return {};
}

/// Reads the whole table back in key order, which is the order of the original file.
tikv::Result<void> export_table(const tikv::RawClient& client, const std::string& path) {
  std::ofstream file(path);
  const auto begin = std::chrono::steady_clock::now();
  const auto records = client.scan(tikv::KeyRange::prefix(record_prefix), {.limit = 1'000'000});
  if (!records) return records.error();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  for (const tikv::KeyValue& pair : *records) file << pair.value << '\n';
  file.close();
  if (!file) return tikv::Error(tikv::ErrorKind::invalid_argument, "cannot write " + path);
  std::printf("exported %zu records across all regions in %.2f s\n", records->size(), took.count());
  return {};
}

tikv::Result<void> run(const Arguments& arguments) {
  const auto client = tikv::RawClient::connect(arguments.pd);
  if (!client) return client.error();
  const auto pairs = read_table(arguments.input);
  if (!pairs) return pairs.error();
  std::printf("read %zu characters from %s\n", pairs->size() / 2, arguments.input.c_str());

  if (auto done = import_pairs(*client, *pairs); !done) return done;
  std::printf("looking characters up:\n");
  for (const std::string_view code : {"0041", "20AC", "1F600"}) {
    if (auto done = look_up_code(*client, code); !done) return done;
  }
  for (const std::string_view prefix : {"GREEK SMALL LETTER OM", "SNOWM"}) {
    if (auto done = look_up_name(*client, prefix); !done) return done;
  }
  if (!arguments.export_to.empty()) return export_table(*client, arguments.export_to);
  return {};
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse_arguments(count, words);
  const tikv::Result<void> done = arguments ? run(*arguments) : tikv::Result<void>(arguments.error());
  if (done) return 0;
  std::cout.flush();
  std::cerr << "tikv-quickstart: " << done.error() << '\n';
  return 1;
}
