// The C++ part of `make quickstart`: looks characters up in the Unicode table that tikv-cli has imported
// (u/CODE holds a record, n/NAME/CODE a code point), and walks over all of it, region by region.

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "tikv/raw_client.h"

namespace {

constexpr std::string_view record_prefix = "u/";
constexpr std::string_view name_prefix = "n/";

/// Six digits, so that the order of the keys is the order of the code points.
std::string code_key(std::string_view code) {
  return std::string(record_prefix) + std::string(code.size() < 6 ? 6 - code.size() : 0, '0') + std::string(code);
}

tikv::Error missing(const std::string& what) { return {tikv::ErrorKind::server_error, what + " should be there"}; }

tikv::Result<void> look_up_code(const tikv::RawClient& client, std::string_view code) {
  const auto record = client.get(code_key(code));
  if (!record) return record.error();
  if (!*record) return missing("U+" + std::string(code));
  std::printf("  U+%s  %s\n", std::string(code).c_str(), (*record)->c_str());
  return {};
}

tikv::Result<void> look_up_name(const tikv::RawClient& client, std::string_view begin) {
  const auto found = client.scan(tikv::KeyRange::prefix(std::string(name_prefix) + std::string(begin)), {.limit = 5});
  if (!found) return found.error();
  if (found->empty()) return missing("a name that begins with " + std::string(begin));
  std::printf("  names that begin with \"%s\":\n", std::string(begin).c_str());
  for (const tikv::KeyValue& pair : *found) {
    const std::string_view name = std::string_view(pair.key).substr(name_prefix.size());
    std::printf("    U+%-6s %s\n", pair.value.c_str(), std::string(name.substr(0, name.rfind('/'))).c_str());
  }
  return {};
}

/// Reads every record, a page at a time, across all the regions they lie in.
tikv::Result<void> walk(const tikv::RawClient& client) {
  const auto begin = std::chrono::steady_clock::now();
  tikv::Scanner scanner = client.scanner(tikv::KeyRange::prefix(record_prefix));
  std::size_t letters = 0;
  std::size_t records = 0;
  while (const auto pair = scanner.next()) {
    const std::size_t name_end = pair->value.find(';', pair->value.find(';') + 1);
    if (pair->value.compare(name_end + 1, 1, "L") == 0) ++letters;  // the general category: Lu, Ll, Lo, …
    ++records;
  }
  if (const auto end = scanner.result(); !end) return end.error();
  if (letters == 0) return missing("a letter");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("  walked over %zu records in %.2f s: %zu of them are letters\n", records, took.count(), letters);
  return {};
}

tikv::Result<void> run(std::string_view pd) {
  const auto client = tikv::RawClient::connect(pd);
  if (!client) return client.error();
  for (const std::string_view code : {"0041", "20AC", "1F600"}) {
    if (auto done = look_up_code(*client, code); !done) return done;
  }
  for (const std::string_view begin : {"GREEK SMALL LETTER OM", "SNOWM"}) {
    if (auto done = look_up_name(*client, begin); !done) return done;
  }
  return walk(*client);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3 || std::string_view(words[1]) != "--pd") {
    std::cerr << "usage: tikv-quickstart --pd HOST:PORT\n";
    return 2;
  }
  const tikv::Result<void> done = run(words[2]);
  if (done) return 0;
  std::cout.flush();
  std::cerr << "tikv-quickstart: " << done.error() << '\n';
  return 1;
}
