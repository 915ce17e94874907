#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "tikv/key_range.h"
#include "tikv/raw_types.h"
#include "tikv/result.h"

namespace tikv::api {

/// TiKV's default `storage.max-key-size`.
inline constexpr std::size_t max_key_bytes = std::size_t{8} << 10;
/// TiKV's default `raftstore.raft-entry-max-size`, which bounds a whole proposal.
inline constexpr std::size_t max_value_bytes = std::size_t{8} << 20;

[[nodiscard]] Result<void> check_key(std::string_view key);
[[nodiscard]] Result<void> check_value(std::string_view key, std::string_view value);
[[nodiscard]] Result<void> check_keys(const std::vector<std::string>& keys);
[[nodiscard]] Result<void> check_pairs(const std::vector<KeyValue>& pairs);
[[nodiscard]] Result<void> check_pairs(const std::vector<KeyValueTtl>& pairs);
/// Of what is written.
[[nodiscard]] Result<void> check_ttl(std::chrono::seconds ttl);
/// Of a call for which it means nothing.
[[nodiscard]] Result<void> check_no_ttl(std::chrono::seconds ttl);

}  // namespace tikv::api
