#include "tikv/raw_client.h"

#include <utility>

#include "api/or_out_of_memory.h"
#include "api/scanner_core.h"

namespace tikv {
inline namespace v0 {

using detail::or_out_of_memory;

Result<RawClient> RawClient::connect(std::string_view url) {
  Result<AsyncRawClient> client = AsyncRawClient::connect(url);
  if (!client) return client.error();
  return RawClient(*std::move(client));
}

Result<RawClient> RawClient::connect(const ClientOptions& options) {
  Result<AsyncRawClient> client = AsyncRawClient::connect(options);
  if (!client) return client.error();
  return RawClient(*std::move(client));
}

Result<std::optional<std::string>> RawClient::get(std::string_view key, ReadOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.get(key, options)); });
}
Result<std::vector<KeyValue>> RawClient::batch_get(std::vector<std::string> keys, ReadOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.batch_get(std::move(keys), options)); });
}
Result<void> RawClient::put(std::string_view key, std::string_view value, WriteOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.put(key, value, options)); });
}
Result<void> RawClient::batch_put(std::vector<KeyValue> pairs, WriteOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.batch_put(std::move(pairs), options)); });
}
Result<void> RawClient::delete_key(std::string_view key, WriteOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.delete_key(key, options)); });
}
Result<std::vector<KeyValue>> RawClient::scan(KeyRange range, ScanOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.scan(std::move(range), options)); });
}
Result<void> RawClient::batch_put_with_ttl(std::vector<KeyValueTtl> pairs, WriteOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.batch_put_with_ttl(std::move(pairs), options)); });
}
Result<void> RawClient::batch_delete(std::vector<std::string> keys, WriteOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.batch_delete(std::move(keys), options)); });
}
Result<void> RawClient::delete_range(KeyRange range, WriteOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.delete_range(std::move(range), options)); });
}
Result<void> RawClient::delete_prefix(std::string_view prefix, WriteOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.delete_prefix(prefix, options)); });
}
Result<std::vector<KeyValue>> RawClient::reverse_scan(KeyRange range, ScanOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.reverse_scan(std::move(range), options)); });
}
Result<std::vector<std::vector<KeyValue>>> RawClient::batch_scan(std::vector<KeyRange> ranges,
                                                                 ScanOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.batch_scan(std::move(ranges), options)); });
}
Scanner RawClient::scanner(KeyRange range, ScannerOptions options) const {
  return detail::ScannerAccess::blocking(client_.scanner(std::move(range), options));
}
Result<CasResult> RawClient::compare_and_swap(std::string_view key, std::optional<std::string_view> expected,
                                              std::string_view value, CasOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.compare_and_swap(key, expected, value, options)); });
}
Result<CasResult> RawClient::put_if_absent(std::string_view key, std::string_view value, CasOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.put_if_absent(key, value, options)); });
}
Result<CasResult> RawClient::compare_and_delete(std::string_view key, std::string_view expected,
                                                CasOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.compare_and_delete(key, expected, options)); });
}
Result<std::optional<KeyTtl>> RawClient::get_key_ttl(std::string_view key, ReadOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.get_key_ttl(key, options)); });
}
Result<RangeChecksum> RawClient::checksum(KeyRange range, ReadOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.checksum(std::move(range), options)); });
}
Result<std::vector<CoprocessorAnswer>> RawClient::coprocessor(std::string_view name,
                                                              std::string_view version_requirement,
                                                              std::vector<KeyRange> ranges, CoprocessorData data,
                                                              CoprocessorOptions options) const {
  return or_out_of_memory([&] {
    return client_.run(client_.coprocessor(name, version_requirement, std::move(ranges), std::move(data), options));
  });
}
Result<void> RawClient::refresh(KeyRange range, ReadOptions options) const {
  return or_out_of_memory([&] { return client_.run(client_.refresh(std::move(range), options)); });
}

}  // namespace v0
}  // namespace tikv
