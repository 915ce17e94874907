#include "api/argument_checks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "region/key_codec.h"
#include "region/memcomparable.h"

namespace tikv::api {

namespace {

/// TiKV's default `storage.max-key-size`.
constexpr std::size_t max_key_bytes = std::size_t{8} << 10;
/// TiKV's default `raftstore.raft-entry-max-size`.
constexpr std::size_t max_entry_bytes = std::size_t{8} << 20;
/// More than the fields of an entry beside keys and values ever take: region, peer, epoch, term, flags,
/// the name of a resource group, lengths. About half of it is used.
constexpr std::size_t entry_fields = 256;
/// Behind a value: when it expires, and what it is.
constexpr std::size_t value_fields = 8 + 1;
/// Behind a key, in API version 2.
constexpr std::size_t timestamp_bytes = 8;

constexpr std::size_t prefix_bytes(ApiVersion api) noexcept {
  return api == ApiVersion::v2 ? region::KeyCodec::keyspace_prefix_size : 0;
}

std::string in_list(const Error& error, std::size_t position) {
  return "item " + std::to_string(position) + " of the list: " + error.message();
}

}  // namespace

std::size_t longest_key(ApiVersion api) noexcept { return max_key_bytes - prefix_bytes(api); }

std::size_t largest_value(ApiVersion api, std::size_t key_bytes) noexcept {
  const bool encoded = api == ApiVersion::v2;
  const std::size_t stored_key =
      encoded ? region::memcomparable_size(prefix_bytes(api) + key_bytes) + timestamp_bytes : key_bytes;
  return max_entry_bytes - entry_fields - value_fields - stored_key;
}

Result<void> check_key(ApiVersion api, std::string_view key) {
  if (!key.empty() && key.size() <= longest_key(api)) return {};
  std::string text = key.empty() ? "the key is empty" : "the key has " + std::to_string(key.size()) + " bytes";
  text += "; TiKV takes keys of 1 to " + std::to_string(longest_key(api)) + " bytes";
  if (api == ApiVersion::v2) text += " in a keyspace, whose prefix is part of its limit of 8192";
  return Error(ErrorKind::invalid_argument, std::move(text));
}

Result<void> check_value(ApiVersion api, std::string_view key, std::string_view value) {
  const std::size_t most = largest_value(api, key.size());
  if (value.size() <= most) return {};
  return Error(ErrorKind::invalid_argument,
               "the value has " + std::to_string(value.size()) + " bytes; beside its key of " +
                   std::to_string(key.size()) + " it may have at most " + std::to_string(most) +
                   " (8 MiB, TiKV's limit of one raft entry, less what it adds): split it");
}

Result<void> check_keys(ApiVersion api, const std::vector<std::string>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (Result<void> checked = check_key(api, keys[i]); !checked) {
      return Error(ErrorKind::invalid_argument, in_list(checked.error(), i));
    }
  }
  return {};
}

Result<void> check_bounds(ApiVersion api, const KeyRange& range) {
  const std::size_t longest = std::max(range.start().size(), range.end().size());
  if (longest <= longest_key(api)) return {};
  return Error(ErrorKind::invalid_argument, "a bound of the range has " + std::to_string(longest) +
                                                " bytes; stores delete ranges whose bounds have at most " +
                                                std::to_string(longest_key(api)) + ", as keys do");
}

Result<void> check_ttl(std::chrono::seconds ttl) {
  constexpr std::chrono::seconds a_century = std::chrono::hours(24) * 36525;
  if (ttl.count() >= 0 && ttl <= a_century) return {};
  return Error(ErrorKind::invalid_argument, "the time to live is " + std::to_string(ttl.count()) +
                                                " s; it must be from 1 s to 100 years, or 0 for ever");
}

Result<void> check_no_ttl(std::chrono::seconds ttl) {
  if (ttl.count() == 0) return {};
  return Error(ErrorKind::invalid_argument,
               "a time to live of " + std::to_string(ttl.count()) + " s was given, which this call has no use for");
}

namespace {

Result<void> check_pair(ApiVersion api, const KeyValue& pair) {
  Result<void> checked = check_key(api, pair.key);
  return checked ? check_value(api, pair.key, pair.value) : checked;
}

Result<void> check_pair(ApiVersion api, const KeyValueTtl& pair) {
  Result<void> checked = check_key(api, pair.key);
  if (checked) checked = check_value(api, pair.key, pair.value);
  return checked ? check_ttl(pair.ttl) : checked;
}

template <class Pair>
Result<void> check_each(ApiVersion api, const std::vector<Pair>& pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (Result<void> checked = check_pair(api, pairs[i]); !checked) {
      return Error(ErrorKind::invalid_argument, in_list(checked.error(), i));
    }
  }
  return {};
}

}  // namespace

Result<void> check_pairs(ApiVersion api, const std::vector<KeyValue>& pairs) { return check_each(api, pairs); }
Result<void> check_pairs(ApiVersion api, const std::vector<KeyValueTtl>& pairs) { return check_each(api, pairs); }

}  // namespace tikv::api
