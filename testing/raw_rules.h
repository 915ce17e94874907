#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/abilities.h"
#include "testing/region_map.h"
#include "wire/kvrpcpb.h"

namespace tikv::testing {

namespace kvrpcpb = wire::kvrpcpb;

/// TiKV's limits, with its defaults.
struct RawLimits {
  std::size_t max_key_size = std::size_t{8} << 10;
  std::size_t max_entry_size = std::size_t{8} << 20;  ///< of all that one request writes
};

/// Why a store does not serve a raw command, in TiKV's words: a sentence where the answer has a field
/// for it, and what Rust prints for debugging where it goes into a pair.
struct RawRefusal {
  std::string sentence;
  std::string debug;
};
using Refused = std::optional<RawRefusal>;

/// What a raw command wants, as far as the rules ask for it.
struct RawCommand {
  std::string_view name;  ///< as TiKV calls it: "raw_get"
  kvrpcpb::APIVersion api = kvrpcpb::APIVersion::v1;
  std::string_view family;
  std::vector<std::string_view> keys;
  std::vector<std::pair<std::string_view, std::string_view>> ranges;  ///< an empty bound is none
  /// TiKV's checks in its order: (v)ersion and key space, (s)izes of keys and bounds, (t)imes to live,
  /// column (f)amily; and where its (r)egion is checked, which for writes comes last.
  std::string_view checks;
  std::uint64_t longest_ttl = 0;
  bool odd_ttls = false;  ///< neither one for all pairs nor one for each
};

/// The rules for raw commands that depend on how the cluster is set up, not on its regions: API
/// version, key spaces, column families, sizes and times to live. Pure.
class RawRules {
 public:
  RawRules(StorageApi api, const RawLimits& limits) : api_(api), limits_(limits) {}

  [[nodiscard]] bool has_ttl() const { return api_ != StorageApi::v1; }
  [[nodiscard]] bool has_prefixes() const { return api_ == StorageApi::v2; }
  [[nodiscard]] const RawLimits& limits() const { return limits_; }

  /// Makes those of the command's `checks` that come before its region is looked at, or after that.
  /// Nothing: the command may go on.
  [[nodiscard]] Refused refuse_before_region(const RawCommand& command, const Abilities& abilities) const;
  [[nodiscard]] Refused refuse_after_region(const RawCommand& command, const Abilities& abilities) const;

  /// A key as the store keeps it.
  [[nodiscard]] std::string stored(std::string_view key) const;
  /// A bound of a range; an empty one stays empty.
  [[nodiscard]] std::string stored_bound(std::string_view key) const {
    return key.empty() ? std::string() : stored(key);
  }
  [[nodiscard]] std::string as_asked(std::string_view stored_key) const;

 private:
  [[nodiscard]] Refused check(char what, const RawCommand& command, const Abilities& abilities) const;
  [[nodiscard]] Refused check_version(const RawCommand& command, const Abilities& abilities) const;
  [[nodiscard]] Refused check_spaces(const RawCommand& command) const;
  [[nodiscard]] Refused check_family(std::string_view family) const;
  [[nodiscard]] Refused check_sizes(const RawCommand& command, const Abilities& abilities) const;
  [[nodiscard]] Refused check_ttl(const RawCommand& command) const;

  StorageApi api_;
  RawLimits limits_;
};

/// A key was read that is not in the region.
[[nodiscard]] RawRefusal outside_of_snapshot(const RegionState& region, std::string_view stored_key);
/// A refusal that has no words of its own in TiKV.
[[nodiscard]] RawRefusal other_refusal(std::string sentence);

/// How long the pair with this index shall live, in seconds; 0: for ever.
[[nodiscard]] std::uint64_t ttl_of_pair(const kvrpcpb::RawBatchPutRequest& request, std::size_t pair,
                                        const Abilities& abilities);

// The commands as the rules see them. The answers refer to the requests.
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawGetRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawBatchGetRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawPutRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawBatchPutRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawDeleteRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawBatchDeleteRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawDeleteRangeRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawScanRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawBatchScanRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawCASRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawGetKeyTTLRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawChecksumRequest& request, const Abilities& abilities);
[[nodiscard]] RawCommand command_of(const kvrpcpb::RawCoprocessorRequest& request, const Abilities& abilities);

}  // namespace tikv::testing
