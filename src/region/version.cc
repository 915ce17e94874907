#include "region/version.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <vector>

namespace tikv::region {

namespace {

constexpr std::uint32_t last = std::numeric_limits<std::uint32_t>::max();

/// Versions with a feature, both ends included. Features were brought back into old lines, so one
/// minimum does not tell.
struct Range {
  Version from;
  Version to{last, last, last};
};

/// All later patches of one line.
constexpr Range in_line(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
  return {{major, minor, patch}, {major, minor, last}};
}
constexpr Range since(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
  return {{major, minor, patch}, {last, last, last}};
}

// Read in the tags of TiKV's repository.
std::span<const Range> ranges_of(Feature feature) noexcept {
  static constexpr std::array raw_ttl{since(5, 0, 0)};
  static constexpr std::array raw_ttl_per_key{since(5, 3, 0)};
  static constexpr std::array raw_compare_and_swap{since(5, 1, 0)};
  static constexpr std::array raw_checksum{since(5, 2, 0)};
  static constexpr std::array api_v2{since(6, 1, 0)};
  static constexpr std::array is_retry_request{in_line(5, 0, 4), in_line(5, 1, 1), since(5, 2, 0)};
  static constexpr std::array verify_is_primary{in_line(6, 5, 3), since(7, 1, 0)};
  static constexpr std::array fair_locking{since(7, 1, 0)};
  static constexpr std::array region_wide_pessimistic_rollback{since(7, 6, 0)};
  static constexpr std::array flush{since(8, 0, 0)};
  static constexpr std::array broadcast_txn_status{since(8, 4, 0)};
  static constexpr std::array shared_locks{in_line(8, 5, 6)};
  switch (feature) {
    case Feature::raw_ttl:
    case Feature::async_commit:
      return raw_ttl;
    case Feature::raw_ttl_per_key:
      return raw_ttl_per_key;
    case Feature::raw_compare_and_delete:
      return {};  // in no release: merged, and to be replaced by a call of its own before one
    case Feature::raw_compare_and_swap:
    case Feature::raw_coprocessor:
      return raw_compare_and_swap;
    case Feature::raw_checksum:
      return raw_checksum;
    case Feature::api_v2:
      return api_v2;
    case Feature::is_retry_request:
      return is_retry_request;
    case Feature::verify_is_primary:
      return verify_is_primary;
    case Feature::fair_locking:
      return fair_locking;
    case Feature::region_wide_pessimistic_rollback:
      return region_wide_pessimistic_rollback;
    case Feature::flush:
    case Feature::batched_health_feedback:
      return flush;
    case Feature::broadcast_txn_status:
      return broadcast_txn_status;
    case Feature::shared_locks:
      return shared_locks;
  }
  return {};
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  Version version;
  for (std::uint32_t* part : {&version.major, &version.minor, &version.patch}) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *part);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == &version.patch) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() != '-' && text.front() != '+' && text.front() != '.') return std::nullopt;
  return version;
}

std::string Version::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string_view name_of(Feature feature) noexcept {
  switch (feature) {
    case Feature::raw_ttl:
      return "raw keys with a time to live";
    case Feature::raw_ttl_per_key:
      return "a time to live for each key of a batch";
    case Feature::raw_compare_and_swap:
      return "raw compare-and-swap";
    case Feature::raw_compare_and_delete:
      return "raw compare-and-delete";
    case Feature::raw_coprocessor:
      return "raw coprocessor";
    case Feature::raw_checksum:
      return "raw checksum";
    case Feature::api_v2:
      return "API version 2";
    case Feature::async_commit:
      return "async commit";
    case Feature::is_retry_request:
      return "marked resends";
    case Feature::verify_is_primary:
      return "verified primary locks";
    case Feature::fair_locking:
      return "fair locking";
    case Feature::region_wide_pessimistic_rollback:
      return "region-wide pessimistic rollback";
    case Feature::flush:
      return "pipelined transactions";
    case Feature::batched_health_feedback:
      return "health feedback in batches";
    case Feature::broadcast_txn_status:
      return "broadcast of transaction states";
    case Feature::shared_locks:
      return "shared locks";
  }
  return "an unknown feature";
}

std::string versions_with(Feature feature) {
  std::string text;
  for (const Range& range : ranges_of(feature)) {
    if (!text.empty()) text += ", ";
    text += range.from.text();
    if (range.to.major == last) {
      text += " and newer";
    } else {
      text += " to " + std::to_string(range.to.major) + "." + std::to_string(range.to.minor) + ".x";
    }
  }
  return text.empty() ? "of a version that is not released yet" : text;
}

bool has_feature(const Version& version, Feature feature) noexcept {
  for (const Range& range : ranges_of(feature)) {
    if (version >= range.from && version <= range.to) return true;
  }
  return false;
}

}  // namespace tikv::region
