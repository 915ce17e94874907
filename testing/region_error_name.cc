#include "testing/region_error_name.h"

#include <array>

namespace tikv::testing {

namespace {

using wire::errorpb::Error;

struct Variant {
  bool (Error::*is_set)() const;
  std::string_view name;
};

constexpr std::array variants{
    Variant{&Error::has_not_leader, "NotLeader"},
    Variant{&Error::has_region_not_found, "RegionNotFound"},
    Variant{&Error::has_key_not_in_region, "KeyNotInRegion"},
    Variant{&Error::has_epoch_not_match, "EpochNotMatch"},
    Variant{&Error::has_server_is_busy, "ServerIsBusy"},
    Variant{&Error::has_stale_command, "StaleCommand"},
    Variant{&Error::has_store_not_match, "StoreNotMatch"},
    Variant{&Error::has_raft_entry_too_large, "RaftEntryTooLarge"},
    Variant{&Error::has_max_timestamp_not_synced, "MaxTimestampNotSynced"},
    Variant{&Error::has_read_index_not_ready, "ReadIndexNotReady"},
    Variant{&Error::has_proposal_in_merging_mode, "ProposalInMergingMode"},
    Variant{&Error::has_data_is_not_ready, "DataIsNotReady"},
    Variant{&Error::has_region_not_initialized, "RegionNotInitialized"},
    Variant{&Error::has_disk_full, "DiskFull"},
    Variant{&Error::has_recoveryinprogress, "RecoveryInProgress"},
    Variant{&Error::has_flashbackinprogress, "FlashbackInProgress"},
    Variant{&Error::has_flashbacknotprepared, "FlashbackNotPrepared"},
    Variant{&Error::has_is_witness, "IsWitness"},
    Variant{&Error::has_mismatch_peer_id, "MismatchPeerId"},
    Variant{&Error::has_bucket_version_not_match, "BucketVersionNotMatch"},
    Variant{&Error::has_undetermined_result, "UndeterminedResult"},
};

}  // namespace

std::string_view region_error_name(const Error& error) {
  for (const Variant& variant : variants) {
    if ((error.*variant.is_set)()) return variant.name;
  }
  return error.message().empty() ? std::string_view() : "Other";
}

}  // namespace tikv::testing
