#include "testing/region_error_name.h"

#include <array>

namespace tikv::testing {

namespace {

using wire::errorpb::Error;

struct Variant {
  std::string_view name;
  bool (Error::*is_set)() const;
  void (*set)(Error&);
};

#define TIKV_TESTING_VARIANT(name, field) \
  Variant{#name, &Error::has_##field, [](Error& error) { static_cast<void>(error.mutable_##field()); }},
constexpr std::array variants{
    TIKV_TESTING_VARIANT(NotLeader, not_leader) TIKV_TESTING_VARIANT(RegionNotFound, region_not_found)
        TIKV_TESTING_VARIANT(KeyNotInRegion, key_not_in_region) TIKV_TESTING_VARIANT(EpochNotMatch, epoch_not_match)
            TIKV_TESTING_VARIANT(ServerIsBusy, server_is_busy) TIKV_TESTING_VARIANT(StaleCommand, stale_command)
                TIKV_TESTING_VARIANT(StoreNotMatch, store_not_match)
                    TIKV_TESTING_VARIANT(RaftEntryTooLarge, raft_entry_too_large)
                        TIKV_TESTING_VARIANT(MaxTimestampNotSynced, max_timestamp_not_synced) TIKV_TESTING_VARIANT(
                            ReadIndexNotReady, read_index_not_ready) TIKV_TESTING_VARIANT(ProposalInMergingMode,
                                                                                          proposal_in_merging_mode)
                            TIKV_TESTING_VARIANT(DataIsNotReady, data_is_not_ready) TIKV_TESTING_VARIANT(
                                RegionNotInitialized, region_not_initialized) TIKV_TESTING_VARIANT(DiskFull, disk_full)
                                TIKV_TESTING_VARIANT(RecoveryInProgress, recoveryinprogress)
                                    TIKV_TESTING_VARIANT(FlashbackInProgress, flashbackinprogress)
                                        TIKV_TESTING_VARIANT(FlashbackNotPrepared, flashbacknotprepared)
                                            TIKV_TESTING_VARIANT(IsWitness, is_witness) TIKV_TESTING_VARIANT(
                                                MismatchPeerId, mismatch_peer_id)
                                                TIKV_TESTING_VARIANT(BucketVersionNotMatch, bucket_version_not_match)
                                                    TIKV_TESTING_VARIANT(UndeterminedResult, undetermined_result)};
#undef TIKV_TESTING_VARIANT

}  // namespace

std::string_view region_error_name(const Error& error) {
  for (const Variant& variant : variants) {
    if ((error.*variant.is_set)()) return variant.name;
  }
  return error.message().empty() ? std::string_view() : "Other";
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
