#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tikv::region {

/// The version of a server: `8.5.1`, `v7.1.0-alpha-43-gabc`. What follows the third number is kept out
/// of comparisons: a pre-release is taken for its release.
struct Version {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;

  [[nodiscard]] static std::optional<Version> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// What only some versions of TiKV can do.
enum class Feature : std::uint8_t {
  raw_ttl,
  raw_ttl_per_key,  ///< different ones in one batch
  raw_compare_and_swap,
  raw_compare_and_delete,
  raw_coprocessor,
  raw_checksum,
  api_v2,
  async_commit,
  is_retry_request,
  verify_is_primary,
  fair_locking,
  region_wide_pessimistic_rollback,
  flush,
  batched_health_feedback,
  broadcast_txn_status,
  shared_locks,
};

[[nodiscard]] std::string_view name_of(Feature feature) noexcept;
/// In words for people: `"5.0.4 to 5.0.x, 5.1.1 to 5.1.x, 5.2.0 and newer"`.
[[nodiscard]] std::string versions_with(Feature feature);
[[nodiscard]] bool has_feature(const Version& version, Feature feature) noexcept;

}  // namespace tikv::region
