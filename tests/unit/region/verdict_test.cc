// Every variant of the published region error, every delivery state and every gRPC status, against a
// table of what to do.

#include "region/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

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

struct Expected {
  Next next;
  std::optional<BackoffKind> wait;
  bool forget_region = false;
  bool in_doubt = false;
};

/// By the name of the variant in errorpb.proto, with nothing set inside it.
const std::map<std::string, Expected>& table() {
  constexpr bool forgets = true;
  constexpr bool doubt = true;
  static const std::map<std::string, Expected> rows{
      {"not_leader", {Next::next_peer, BackoffKind::region_scheduling}},
      {"region_not_found", {Next::relocate, BackoffKind::region_miss, forgets, doubt}},
      {"key_not_in_region", {Next::relocate, BackoffKind::region_miss, forgets}},
      {"epoch_not_match", {Next::relocate, BackoffKind::region_miss, forgets}},
      {"server_is_busy", {Next::again, BackoffKind::server_busy}},
      {"stale_command", {Next::again, BackoffKind::stale_command, false, doubt}},
      {"store_not_match", {Next::relocate, BackoffKind::region_miss, forgets}},
      {"raft_entry_too_large", {Next::fail, std::nullopt}},
      {"max_timestamp_not_synced", {Next::again, BackoffKind::max_ts_not_synced}},
      {"read_index_not_ready", {Next::again, BackoffKind::region_scheduling}},
      {"proposal_in_merging_mode", {Next::again, BackoffKind::region_scheduling}},
      {"data_is_not_ready", {Next::next_peer, BackoffKind::region_scheduling}},
      {"region_not_initialized", {Next::again, BackoffKind::region_not_initialized}},
      {"disk_full", {Next::again, BackoffKind::disk_full}},
      {"RecoveryInProgress", {Next::relocate, BackoffKind::recovery_in_progress, forgets}},
      {"FlashbackInProgress", {Next::fail, std::nullopt}},
      {"FlashbackNotPrepared", {Next::fail, std::nullopt}},
      {"is_witness", {Next::relocate, BackoffKind::is_witness, forgets}},
      {"mismatch_peer_id", {Next::relocate, BackoffKind::region_miss, forgets}},
      {"bucket_version_not_match", {Next::again, BackoffKind::region_miss}},
      {"undetermined_result", {Next::fail, std::nullopt, false, doubt}},
  };
  return rows;
}

/// The message fields of `errorpb.Error` as our definitions declare them, which another test compares
/// with the published ones: name → number.
std::map<std::string, int> declared_variants() {
  std::ifstream file(TIKV_ERRORPB_PROTO);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::string message = all.substr(all.find("message Error {"));
  std::map<std::string, int> variants;
  const std::regex field(R"(\n  (\w+) (\w+) = (\d+);)");
  for (auto at = std::sregex_iterator(message.begin(), message.end(), field); at != std::sregex_iterator(); ++at) {
    if ((*at)[1] != "string") variants[(*at)[2]] = std::stoi((*at)[3]);
  }
  return variants;
}

/// An error with just this field present and empty, made from its number alone: its bytes.
std::string bytes_with(int number) {
  const unsigned tag = static_cast<unsigned>(number) << 3 | 2;
  std::string bytes;
  if (tag >= 0x80) bytes.push_back(static_cast<char>((tag & 0x7f) | 0x80));
  bytes.push_back(static_cast<char>(tag >= 0x80 ? tag >> 7 : tag));
  bytes.push_back('\0');
  return bytes;
}

Error error_of(const std::string& bytes) {
  Error error;
  EXPECT_TRUE(wire::decode(bytes, error));
  return error;
}

Error error_with(int number) { return error_of(bytes_with(number)); }

TEST(RegionErrorVerdict, EveryVariantOfTheProtocolIsInTheTable) {
  const std::map<std::string, int> variants = declared_variants();
  EXPECT_GE(variants.size(), 21U);
  for (const auto& [name, number] : variants) EXPECT_EQ(table().count(name), 1U) << name;
  for (const auto& [name, row] : table()) EXPECT_EQ(variants.count(name), 1U) << name;
}

TEST(RegionErrorVerdict, IsAsTheTableSays) {
  for (const auto& [name, number] : declared_variants()) {
    SCOPED_TRACE(name);
    const auto row = table().find(name);
    if (row == table().end()) continue;  // said above
    const Verdict verdict = judge_region_error(error_with(number), asked());
    EXPECT_EQ(verdict.next, row->second.next);
    EXPECT_EQ(verdict.wait, row->second.wait);
    EXPECT_EQ(verdict.forget_region, row->second.forget_region);
    EXPECT_EQ(verdict.in_doubt, row->second.in_doubt);
    EXPECT_FALSE(verdict.text.empty());
    EXPECT_EQ(verdict.text.find("the store refused the region"), std::string::npos) << "fell through";
  }
}

TEST(RegionErrorVerdict, WhatNobodyHasHeardOfIsLookedUpAnewAfterAPause) {
  Error error;
  error.message = "never heard of";
  const Verdict verdict = judge_region_error(error, asked());
  EXPECT_EQ(verdict.next, Next::relocate);
  EXPECT_EQ(verdict.wait, BackoffKind::region_miss);
  EXPECT_THAT(verdict.text, ::testing::HasSubstr("never heard of"));
}

TEST(RegionErrorVerdict, OfSeveralAtOnceTheFirstByPrecedenceCounts) {
  const std::vector<std::string> precedence{"undetermined_result",      "not_leader",        "disk_full",
                                            "RecoveryInProgress",       "is_witness",        "FlashbackInProgress",
                                            "region_not_found",         "key_not_in_region", "epoch_not_match",
                                            "bucket_version_not_match", "server_is_busy",    "stale_command",
                                            "max_timestamp_not_synced"};
  const std::map<std::string, int> variants = declared_variants();
  for (std::size_t first = 0; first < precedence.size(); ++first) {
    std::string all;  // messages merge by concatenation
    for (std::size_t i = first; i < precedence.size(); ++i) all += bytes_with(variants.at(precedence[i]));
    const Verdict alone = judge_region_error(error_with(variants.at(precedence[first])), asked());
    EXPECT_EQ(judge_region_error(error_of(all), asked()).text, alone.text) << precedence[first];
  }
}

TEST(RegionErrorVerdict, ALeaderThatIsAPeerIsFollowedAtOnce) {
  Error error;
  wire::ensure(wire::ensure(error.not_leader).leader).id = 43;
  wire::ensure(wire::ensure(error.not_leader).leader).store_id = 3;
  const Verdict verdict = judge_region_error(error, asked());
  EXPECT_EQ(verdict.leader_store, 3U);
  EXPECT_EQ(verdict.wait, std::nullopt);
  EXPECT_FALSE(verdict.forget_region);
}

TEST(RegionErrorVerdict, ALeaderThatIsNoPeerMakesTheRegionUnknown) {
  Error error;
  wire::ensure(wire::ensure(error.not_leader).leader).id = 49;
  wire::ensure(wire::ensure(error.not_leader).leader).store_id = 9;
  const Verdict verdict = judge_region_error(error, asked());
  EXPECT_EQ(verdict.next, Next::relocate);
  EXPECT_TRUE(verdict.forget_region);
}

TEST(RegionErrorVerdict, AStoreThatLagsBehindIsAskedAgainAndTeachesNothing) {
  Error error;
  auto* current = &wire::ensure(error.epoch_not_match).current_regions.emplace_back();
  current->id = 4;
  wire::ensure(current->region_epoch).version = 6;
  wire::ensure(current->region_epoch).conf_ver = 3;
  const Verdict verdict = judge_region_error(error, asked());
  EXPECT_EQ(verdict.next, Next::again);
  EXPECT_EQ(verdict.wait, BackoffKind::region_miss);
  EXPECT_FALSE(verdict.take_regions);
  EXPECT_FALSE(verdict.forget_region);
}

TEST(RegionErrorVerdict, ANewerEpochBringsItsRegions) {
  Error error;
  wire::ensure(error.epoch_not_match).current_regions.emplace_back().id = 9;
  EXPECT_TRUE(judge_region_error(error, asked()).take_regions);
}

TEST(RegionErrorVerdict, BucketsThatChangedAreTaken) {
  Error error;
  error.bucket_version_not_match.emplace();
  EXPECT_TRUE(judge_region_error(error, asked()).take_buckets);
}

TEST(RegionErrorVerdict, StoreNotMatchForgetsTheAddressAndClosesItsConnections) {
  Error error;
  error.store_not_match.emplace();
  EXPECT_TRUE(judge_region_error(error, asked()).forget_store);
  EXPECT_TRUE(judge_region_error(error, asked()).forget_connections);
}

TEST(FailedCallVerdict, RefusedConnectionAsksForTheAddressAnewAndKeepsItsReconnectBackoff) {
  const rpc::Status status{rpc::StatusCode::unavailable, "refused", rpc::Failure::connect};
  EXPECT_TRUE(judge_failed_call(Delivery::not_sent, status).forget_store);
  EXPECT_FALSE(judge_failed_call(Delivery::not_sent, status).forget_connections);
}

/// The kind of an error that another try cannot mend; none: another try may.
std::optional<ErrorKind> final_kind(rpc::StatusCode code, rpc::Failure failure) {
  using rpc::Failure;
  using rpc::StatusCode;
  if (failure == Failure::protocol) return ErrorKind::protocol_error;
  if (failure == Failure::answer_too_large) return ErrorKind::answer_too_large;
  if (failure == Failure::closed) return ErrorKind::client_closed;
  if (code == StatusCode::unimplemented) return ErrorKind::unsupported;
  if (code == StatusCode::resource_exhausted || code == StatusCode::invalid_argument) return ErrorKind::server_error;
  return std::nullopt;
}

void expect_rules(Delivery delivery, const rpc::Status& status) {
  const Verdict verdict = judge_failed_call(delivery, status);
  const bool processed_maybe = delivery == Delivery::maybe_processed || delivery == Delivery::answered;
  if (status.failure == rpc::Failure::shared_stream) {  // another's fault: at once, by itself, writes if they may
    EXPECT_EQ(verdict.next, Next::again);
    EXPECT_EQ(verdict.wait, std::nullopt);
    EXPECT_TRUE(verdict.alone);
    EXPECT_EQ(verdict.in_doubt, processed_maybe);
    EXPECT_EQ(verdict.kind,
              status.code == rpc::StatusCode::internal ? ErrorKind::protocol_error : ErrorKind::unavailable);
    return;
  }
  EXPECT_FALSE(verdict.alone);
  const std::optional<ErrorKind> kind = final_kind(status.code, status.failure);
  EXPECT_EQ(verdict.in_doubt, processed_maybe && kind != ErrorKind::unsupported);
  EXPECT_FALSE(verdict.text.empty());
  EXPECT_FALSE(verdict.forget_region) << "the region may be fine: its other peers are asked first";
  if (kind) {
    EXPECT_EQ(verdict.next, Next::fail);
    EXPECT_EQ(verdict.kind, *kind);
  } else if (delivery == Delivery::refused) {
    EXPECT_EQ(verdict.next, Next::again);
    EXPECT_EQ(verdict.wait, std::nullopt);
  } else {
    EXPECT_EQ(verdict.next, Next::next_peer);
    EXPECT_EQ(verdict.wait, BackoffKind::tikv_rpc);
    EXPECT_EQ(verdict.kind, ErrorKind::unavailable);
  }
}

TEST(FailedCallVerdict, EveryDeliveryStateStatusAndFailureHasARule) {
  using rpc::Failure;
  for (const Delivery delivery :
       {Delivery::not_sent, Delivery::refused, Delivery::maybe_processed, Delivery::answered}) {
    for (std::uint8_t code = 1; code <= 16; ++code) {
      for (const Failure failure : {Failure::none, Failure::connect, Failure::connection_lost, Failure::protocol,
                                    Failure::answer_too_large, Failure::closed, Failure::shared_stream}) {
        const rpc::Status status{static_cast<rpc::StatusCode>(code), "words", failure};
        SCOPED_TRACE(std::string(to_string(delivery)) + " " + std::string(to_string(status.code)) + " failure " +
                     std::to_string(static_cast<int>(failure)));
        expect_rules(delivery, status);
      }
    }
  }
}

TEST(ServerErrorVerdict, StaleCommandInWordsIsInDoubtAndTriedAgain) {
  const Verdict verdict = judge_server_error("RaftServer: stale command");
  EXPECT_EQ(verdict.next, Next::again);
  EXPECT_EQ(verdict.wait, BackoffKind::stale_command);
  EXPECT_TRUE(verdict.in_doubt);
}

TEST(ServerErrorVerdict, ATimeoutInTheStoreIsFinalAndInDoubt) {
  EXPECT_TRUE(judge_server_error("Timeout: request to raft timed out").in_doubt);
  EXPECT_TRUE(judge_server_error("deadline is exceeded").in_doubt);
  EXPECT_EQ(judge_server_error("Timeout").next, Next::fail);
}

TEST(ServerErrorVerdict, ARefusalIsCertain) {
  const Verdict verdict = judge_server_error("TTL is not enabled");
  EXPECT_EQ(verdict.next, Next::fail);
  EXPECT_EQ(verdict.kind, ErrorKind::server_error);
  EXPECT_FALSE(verdict.in_doubt);
}

TEST(UnreadableAnswerVerdict, MayHaveBeenApplied) {
  EXPECT_EQ(judge_unreadable_answer().next, Next::fail);
  EXPECT_TRUE(judge_unreadable_answer().in_doubt);
  EXPECT_EQ(judge_unreadable_answer().kind, ErrorKind::protocol_error);
}

}  // namespace
}  // namespace tikv::region
