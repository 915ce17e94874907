#include "testing/region_error_name.h"

#include <array>

namespace tikv::testing {

namespace {

using wire::errorpb::Error;

struct Variant {
  std::string_view name;
  bool (*is_set)(const Error&);
  void (*set)(Error&);
};

template <auto field>
constexpr Variant variant(std::string_view name) {
  return {name, [](const Error& error) { return (error.*field).has_value(); },
          [](Error& error) { wire::ensure(error.*field); }};
}

constexpr std::array variants{
    variant<&Error::not_leader>("NotLeader"),
    variant<&Error::region_not_found>("RegionNotFound"),
    variant<&Error::key_not_in_region>("KeyNotInRegion"),
    variant<&Error::epoch_not_match>("EpochNotMatch"),
    variant<&Error::server_is_busy>("ServerIsBusy"),
    variant<&Error::stale_command>("StaleCommand"),
    variant<&Error::store_not_match>("StoreNotMatch"),
    variant<&Error::raft_entry_too_large>("RaftEntryTooLarge"),
    variant<&Error::max_timestamp_not_synced>("MaxTimestampNotSynced"),
    variant<&Error::read_index_not_ready>("ReadIndexNotReady"),
    variant<&Error::proposal_in_merging_mode>("ProposalInMergingMode"),
    variant<&Error::data_is_not_ready>("DataIsNotReady"),
    variant<&Error::region_not_initialized>("RegionNotInitialized"),
    variant<&Error::disk_full>("DiskFull"),
    variant<&Error::recovery_in_progress>("RecoveryInProgress"),
    variant<&Error::flashback_in_progress>("FlashbackInProgress"),
    variant<&Error::flashback_not_prepared>("FlashbackNotPrepared"),
    variant<&Error::is_witness>("IsWitness"),
    variant<&Error::mismatch_peer_id>("MismatchPeerId"),
    variant<&Error::bucket_version_not_match>("BucketVersionNotMatch"),
    variant<&Error::undetermined_result>("UndeterminedResult"),
};

}  // namespace

std::string_view region_error_name(const Error& error) {
  for (const Variant& variant : variants) {
    if (variant.is_set(error)) return variant.name;
  }
  return error.message.empty() ? std::string_view() : "Other";
}

bool set_region_error(std::string_view name, Error& error) {
  for (const Variant& variant : variants) {
    if (variant.name != name) continue;
    variant.set(error);
    return true;
  }
  return false;
}

}  // namespace tikv::testing
