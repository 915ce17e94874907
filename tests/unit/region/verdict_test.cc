#include "region/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::region {
namespace {

using core::BackoffKind;
using wire::errorpb::Error;

Region asked() {
  Region region;
  region.id = 4;
  region.epoch = Epoch{7, 3};
  region.start = "a";
  region.end = "m";
  region.peers = {Peer{41, 1}, Peer{42, 2}, Peer{43, 3}};
  return region;
}

struct Row {
  std::string name;
  std::function<void(Error&)> fill;
  Next next;
  std::optional<BackoffKind> wait;
  bool forget_region;
  bool in_doubt;
};

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

class RegionErrorVerdict : public testing::TestWithParam<Row> {};

TEST_P(RegionErrorVerdict, IsAsTheTableSays) {
  const Row& row = GetParam();
  Error error;
  row.fill(error);
  const Verdict verdict = judge_region_error(error, asked());
  EXPECT_EQ(verdict.next, row.next);
  EXPECT_EQ(verdict.wait, row.wait);
  EXPECT_EQ(verdict.forget_region, row.forget_region);
  EXPECT_EQ(verdict.in_doubt, row.in_doubt);
  EXPECT_FALSE(verdict.text.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, RegionErrorVerdict,
    testing::Values(Row{"NotLeaderWithKnownLeader",
                        [](Error& e) {
                          e.mutable_not_leader()->mutable_leader()->set_id(42);
                          e.mutable_not_leader()->mutable_leader()->set_store_id(2);
                        },
                        Next::again, std::nullopt, false, false},
                    Row{"NotLeaderWithUnknownLeader",
                        [](Error& e) {
                          e.mutable_not_leader()->mutable_leader()->set_id(49);
                          e.mutable_not_leader()->mutable_leader()->set_store_id(9);
                        },
                        Next::relocate, BackoffKind::region_miss, true, false},
                    Row{"NotLeaderWithoutLeader", [](Error& e) { e.mutable_not_leader(); }, Next::relocate,
                        BackoffKind::region_scheduling, true, false},
                    Row{"RegionNotFound", [](Error& e) { e.mutable_region_not_found(); }, Next::relocate,
                        BackoffKind::region_miss, true, true},
                    Row{"KeyNotInRegion", [](Error& e) { e.mutable_key_not_in_region(); }, Next::relocate,
                        BackoffKind::region_miss, true, false},
                    Row{"EpochNotMatch", [](Error& e) { e.mutable_epoch_not_match(); }, Next::relocate,
                        BackoffKind::region_miss, true, false},
                    Row{"EpochOfALaggingStore",
                        [](Error& e) {
                          auto* current = e.mutable_epoch_not_match()->add_current_regions();
                          current->set_id(4);
                          current->mutable_region_epoch()->set_version(6);
                          current->mutable_region_epoch()->set_conf_ver(3);
                        },
                        Next::again, BackoffKind::region_miss, false, false},
                    Row{"ServerIsBusy", [](Error& e) { e.mutable_server_is_busy(); }, Next::again,
                        BackoffKind::server_busy, false, false},
                    Row{"StaleCommand", [](Error& e) { e.mutable_stale_command(); }, Next::again,
                        BackoffKind::stale_command, false, true},
                    Row{"StoreNotMatch", [](Error& e) { e.mutable_store_not_match(); }, Next::relocate,
                        BackoffKind::region_miss, true, false},
                    Row{"RaftEntryTooLarge", [](Error& e) { e.mutable_raft_entry_too_large(); }, Next::fail,
                        std::nullopt, false, false},
                    Row{"MaxTimestampNotSynced", [](Error& e) { e.mutable_max_timestamp_not_synced(); }, Next::again,
                        BackoffKind::region_scheduling, false, false},
                    Row{"ReadIndexNotReady", [](Error& e) { e.mutable_read_index_not_ready(); }, Next::again,
                        BackoffKind::region_scheduling, false, false},
                    Row{"ProposalInMergingMode", [](Error& e) { e.mutable_proposal_in_merging_mode(); }, Next::again,
                        BackoffKind::region_scheduling, false, false},
                    Row{"RegionNotInitialized", [](Error& e) { e.mutable_region_not_initialized(); }, Next::again,
                        BackoffKind::region_not_initialized, false, false},
                    Row{"DiskFull", [](Error& e) { e.mutable_disk_full(); }, Next::again, BackoffKind::disk_full, false,
                        false},
                    Row{"RecoveryInProgress", [](Error& e) { e.mutable_recoveryinprogress(); }, Next::relocate,
                        BackoffKind::recovery_in_progress, true, false},
                    Row{"IsWitness", [](Error& e) { e.mutable_is_witness(); }, Next::relocate, BackoffKind::is_witness,
                        true, false},
                    Row{"FlashbackInProgress", [](Error& e) { e.mutable_flashbackinprogress(); }, Next::fail,
                        std::nullopt, false, false},
                    Row{"UndeterminedResult", [](Error& e) { e.mutable_undetermined_result(); }, Next::fail,
                        std::nullopt, false, true},
                    Row{"SomethingNew", [](Error& e) { e.set_message("never heard of"); }, Next::relocate,
                        BackoffKind::region_miss, true, false}),
    [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

TEST(RegionErrorPrecedence, UndeterminedOutranksEverything) {
  Error error;
  error.mutable_undetermined_result();
  error.mutable_not_leader();
  error.mutable_server_is_busy();
  EXPECT_TRUE(judge_region_error(error, asked()).in_doubt);
  EXPECT_EQ(judge_region_error(error, asked()).next, Next::fail);
}

TEST(RegionErrorVerdictDetails, LeaderHintNamesTheStore) {
  Error error;
  error.mutable_not_leader()->mutable_leader()->set_id(43);
  error.mutable_not_leader()->mutable_leader()->set_store_id(3);
  EXPECT_EQ(judge_region_error(error, asked()).leader_store, 3U);
}

TEST(RegionErrorVerdictDetails, StoreNotMatchForgetsTheAddressAndClosesItsConnections) {
  Error error;
  error.mutable_store_not_match();
  EXPECT_TRUE(judge_region_error(error, asked()).forget_store);
  EXPECT_TRUE(judge_region_error(error, asked()).forget_connections);
}

TEST(FailedCallVerdict, RefusedConnectionAsksForTheAddressAnewAndKeepsItsReconnectBackoff) {
  const rpc::Status status{rpc::StatusCode::unavailable, "refused", rpc::Failure::connect};
  EXPECT_TRUE(judge_failed_call(Delivery::not_sent, status).forget_store);
  EXPECT_FALSE(judge_failed_call(Delivery::not_sent, status).forget_connections);
}

struct FailedCall {
  Delivery delivery;
  rpc::StatusCode code;
  rpc::Failure failure;
  Next next;
  bool waits;
  bool in_doubt;
  ErrorKind kind;
};

TEST(FailedCallVerdict, IsAsTheTableSays) {
  using rpc::Failure;
  using rpc::StatusCode;
  const FailedCall rows[] = {
      {Delivery::refused, StatusCode::unavailable, Failure::none, Next::again, false, false,
       ErrorKind::region_unavailable},
      {Delivery::not_sent, StatusCode::unavailable, Failure::connect, Next::relocate, true, false,
       ErrorKind::unavailable},
      {Delivery::not_sent, StatusCode::unavailable, Failure::connection_lost, Next::relocate, true, false,
       ErrorKind::unavailable},
      {Delivery::maybe_processed, StatusCode::unavailable, Failure::connection_lost, Next::relocate, true, true,
       ErrorKind::unavailable},
      {Delivery::answered, StatusCode::unavailable, Failure::none, Next::relocate, true, true, ErrorKind::unavailable},
      {Delivery::maybe_processed, StatusCode::deadline_exceeded, Failure::none, Next::relocate, true, true,
       ErrorKind::unavailable},
      {Delivery::answered, StatusCode::unimplemented, Failure::none, Next::fail, false, false, ErrorKind::unsupported},
      {Delivery::maybe_processed, StatusCode::unavailable, Failure::protocol, Next::fail, false, true,
       ErrorKind::protocol_error},
      {Delivery::maybe_processed, StatusCode::resource_exhausted, Failure::answer_too_large, Next::fail, false, true,
       ErrorKind::answer_too_large},
      {Delivery::not_sent, StatusCode::cancelled, Failure::closed, Next::fail, false, false, ErrorKind::client_closed},
  };
  for (const FailedCall& row : rows) {
    rpc::Status status;
    status.code = row.code;
    status.failure = row.failure;
    const Verdict verdict = judge_failed_call(row.delivery, status);
    SCOPED_TRACE(std::string(to_string(row.delivery)) + " " + std::string(to_string(row.code)));
    EXPECT_EQ(verdict.next, row.next);
    EXPECT_EQ(verdict.wait.has_value(), row.waits);
    EXPECT_EQ(verdict.in_doubt, row.in_doubt);
    EXPECT_EQ(verdict.kind, row.kind);
  }
}

}  // namespace
}  // namespace tikv::region
