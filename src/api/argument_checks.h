#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "tikv/key_range.h"
#include "tikv/options.h"
#include "tikv/raw_types.h"
#include "tikv/result.h"

namespace tikv::api {

/// The longest key that a client of this API version may write: TiKV's default `storage.max-key-size` counts
/// what version 2 puts before each key.
[[nodiscard]] std::size_t longest_key(ApiVersion api) noexcept;
/// The largest value that fits beside a key of `key_bytes` into one raft entry, with all that stores of this
/// API version and the entry's own fields add (TiKV's default `raftstore.raft-entry-max-size` bounds the whole).
[[nodiscard]] std::size_t largest_value(ApiVersion api, std::size_t key_bytes) noexcept;

[[nodiscard]] Result<void> check_key(ApiVersion api, std::string_view key);
/// `key` is one that `check_key` takes.
[[nodiscard]] Result<void> check_value(ApiVersion api, std::string_view key, std::string_view value);
[[nodiscard]] Result<void> check_keys(ApiVersion api, const std::vector<std::string>& keys);
[[nodiscard]] Result<void> check_pairs(ApiVersion api, const std::vector<KeyValue>& pairs);
[[nodiscard]] Result<void> check_pairs(ApiVersion api, const std::vector<KeyValueTtl>& pairs);
/// Of a range to delete: stores take no bound there that no key could be.
[[nodiscard]] Result<void> check_bounds(ApiVersion api, const KeyRange& range);
/// Of what is written.
[[nodiscard]] Result<void> check_ttl(std::chrono::seconds ttl);
/// Of a call for which it means nothing.
[[nodiscard]] Result<void> check_no_ttl(std::chrono::seconds ttl);

}  // namespace tikv::api
