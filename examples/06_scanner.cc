// Ranges of any size, page by page: a scanner holds one page, and fetches the next while you work. Run it
// with the address of PD.
#include <tikv/raw_client.h>

#include <iostream>
#include <string>
#include <vector>

//! [blocking]
tikv::Result<std::size_t> bytes_of(const tikv::RawClient& client, const tikv::KeyRange& range) {
  std::size_t bytes = 0;
  auto scanner = client.scanner(range);
  while (auto pair = scanner.next()) bytes += pair->key.size() + pair->value.size();
  if (auto end = scanner.result(); !end) return end.error();  // did it end, or break?
  return bytes;
}
//! [blocking]

//! [async]
/// The last keys of a range, from its end down.
tikv::Task<std::vector<std::string>> last_keys(const tikv::AsyncRawClient& client, tikv::KeyRange range,
                                               std::size_t count) {
  tikv::ScannerOptions options;
  options.limit = count;
  options.key_only = true;
  options.reverse = true;
  auto scanner = client.scanner(std::move(range), options);
  std::vector<std::string> keys;
  while (auto pair = co_await ok(scanner.next())) keys.push_back(pair->key);
  co_return std::move(keys);
}
//! [async]

int main(int argc, char** argv) {
  auto client = tikv::RawClient::connect(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  std::vector<tikv::KeyValue> pairs;
  for (int i = 0; i < 5000; ++i) pairs.push_back({"page/" + std::to_string(10'000 + i), "some text"});
  client.batch_put(pairs).value();

  const auto range = tikv::KeyRange::prefix("page/");
  std::cout << bytes_of(client, range).value() << " bytes in " << pairs.size() << " pairs\n";
  for (const std::string& key : client.async().run(last_keys(client.async(), range, 3)).value()) {
    std::cout << "from the end: " << key << '\n';
  }

  // The same for several ranges at once, and a checksum that two clusters can be compared by.
  std::vector<tikv::KeyRange> ranges{tikv::KeyRange::prefix("page/100"), tikv::KeyRange::prefix("page/149")};
  const auto lists = client.batch_scan(ranges, {.limit = 10}).value();
  std::cout << lists[0].size() << " and " << lists[1].size() << " pairs, " << client.checksum(range).value().kvs
            << " in the checksum\n";
  client.delete_prefix("page/").value();
}
