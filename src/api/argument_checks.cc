#include "api/argument_checks.h"

#include <string>

namespace tikv::api {

namespace {

std::string in_list(const Error& error, std::size_t position) {
  return "item " + std::to_string(position) + " of the list: " + error.message();
}

}  // namespace

Result<void> check_key(std::string_view key) {
  if (key.empty()) return Error(ErrorKind::invalid_argument, "the key is empty; TiKV takes keys of 1 to 8192 bytes");
  if (key.size() > max_key_bytes) {
    return Error(ErrorKind::invalid_argument,
                 "the key has " + std::to_string(key.size()) + " bytes; TiKV takes keys of 1 to 8192 bytes");
  }
  return {};
}

Result<void> check_value(std::string_view key, std::string_view value) {
  if (key.size() + value.size() > max_value_bytes) {
    return Error(ErrorKind::invalid_argument,
                 "the value has " + std::to_string(value.size()) + " bytes; with its key it may have at most " +
                     std::to_string(max_value_bytes) + " (8 MiB, TiKV's limit of one raft entry): split it");
  }
  return {};
}

Result<void> check_keys(const std::vector<std::string>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (Result<void> checked = check_key(keys[i]); !checked) {
      return Error(ErrorKind::invalid_argument, in_list(checked.error(), i));
    }
  }
  return {};
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

Result<void> check_pair(const KeyValue& pair) {
  Result<void> checked = check_key(pair.key);
  return checked ? check_value(pair.key, pair.value) : checked;
}

Result<void> check_pair(const KeyValueTtl& pair) {
  Result<void> checked = check_key(pair.key);
  if (checked) checked = check_value(pair.key, pair.value);
  return checked ? check_ttl(pair.ttl) : checked;
}

template <class Pair>
Result<void> check_each(const std::vector<Pair>& pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (Result<void> checked = check_pair(pairs[i]); !checked) {
      return Error(ErrorKind::invalid_argument, in_list(checked.error(), i));
    }
  }
  return {};
}

}  // namespace

Result<void> check_pairs(const std::vector<KeyValue>& pairs) { return check_each(pairs); }
Result<void> check_pairs(const std::vector<KeyValueTtl>& pairs) { return check_each(pairs); }

}  // namespace tikv::api
