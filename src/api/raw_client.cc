#include "tikv/raw_client.h"

#include <utility>

namespace tikv {
inline namespace v0 {

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
  return client_.run(client_.get(key, options));
}
Result<std::vector<KeyValue>> RawClient::batch_get(std::vector<std::string> keys, ReadOptions options) const {
  return client_.run(client_.batch_get(std::move(keys), options));
}
Result<void> RawClient::put(std::string_view key, std::string_view value, WriteOptions options) const {
  return client_.run(client_.put(key, value, options));
}
Result<void> RawClient::batch_put(std::vector<KeyValue> pairs, WriteOptions options) const {
  return client_.run(client_.batch_put(std::move(pairs), options));
}
Result<void> RawClient::delete_key(std::string_view key, WriteOptions options) const {
  return client_.run(client_.delete_key(key, options));
}
Result<std::vector<KeyValue>> RawClient::scan(KeyRange range, ScanOptions options) const {
  return client_.run(client_.scan(std::move(range), options));
}
Result<void> RawClient::refresh(KeyRange range, ReadOptions options) const {
  return client_.run(client_.refresh(std::move(range), options));
}

}  // namespace v0
}  // namespace tikv
