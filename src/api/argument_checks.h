#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tikv/key_range.h"
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

}  // namespace tikv::api
