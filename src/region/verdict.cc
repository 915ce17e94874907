#include "region/verdict.h"

#include <utility>

#include "core/printable.h"

namespace tikv::region {

using core::BackoffKind;

namespace {

Verdict again(BackoffKind wait, std::string text) {
  Verdict verdict;
  verdict.wait = wait;
  verdict.text = std::move(text);
  return verdict;
}

Verdict relocate(BackoffKind wait, std::string text) {
  Verdict verdict = again(wait, std::move(text));
  verdict.next = Next::relocate;
  verdict.forget_region = true;
  return verdict;
}

Verdict next_peer(BackoffKind wait, std::string text) {
  Verdict verdict = again(wait, std::move(text));
  verdict.next = Next::next_peer;
  return verdict;
}

Verdict fail(ErrorKind kind, std::string text) {
  Verdict verdict;
  verdict.next = Next::fail;
  verdict.kind = kind;
  verdict.text = std::move(text);
  return verdict;
}

Verdict judge_not_leader(const wire::errorpb::NotLeader& error, const Region& asked) {
  if (!error.leader || error.leader->id == 0) {
    // An election is going on, or this peer was cut off from it: another may know who won.
    return next_peer(BackoffKind::region_scheduling, "the peer does not lead the region and knows no leader");
  }
  const std::uint64_t store = error.leader->store_id;
  std::string text = "the peer does not lead the region, store " + std::to_string(store) + " does";
  for (const Peer& peer : asked.peers) {
    if (peer.store_id != store) continue;
    Verdict verdict;
    verdict.leader_store = store;
    verdict.text = std::move(text);
    return verdict;
  }
  return relocate(BackoffKind::region_miss, text + ", which this client did not know as a peer");
}

Verdict judge_epoch(const wire::errorpb::EpochNotMatch& error, const Region& asked) {
  for (const auto& current : error.current_regions) {
    if (current.id == asked.id && epoch_of(current).older_than(asked.epoch)) {
      return again(BackoffKind::region_miss, "the store lags behind what the client knows of the region");
    }
  }
  Verdict verdict = relocate(BackoffKind::region_miss, "the region was split, merged or moved");
  verdict.take_regions = true;
  return verdict;
}

Verdict in_doubt(Verdict verdict) {
  verdict.in_doubt = true;
  return verdict;
}

}  // namespace

namespace {

/// The variants that say that the region is not, or not yet, as the client believes.
std::optional<Verdict> judge_place(const wire::errorpb::Error& error, const Region& asked) {
  if (error.region_not_found) {
    // Also the answer to a command that was proposed already when its peer was destroyed.
    return in_doubt(relocate(BackoffKind::region_miss, "the store has no such region"));
  }
  if (error.key_not_in_region) return relocate(BackoffKind::region_miss, "the key is not in the region");
  if (error.epoch_not_match) return judge_epoch(*error.epoch_not_match, asked);
  if (error.bucket_version_not_match) {
    Verdict verdict = again(BackoffKind::region_miss, "the buckets of the region have changed");
    verdict.take_buckets = true;
    return verdict;
  }
  return std::nullopt;
}

/// The variants that say that the store cannot serve the region now.
std::optional<Verdict> judge_state(const wire::errorpb::Error& error) {
  if (error.server_is_busy) {
    Verdict verdict =
        again(BackoffKind::server_busy, "the store is busy: " + core::printable(error.server_is_busy->reason));
    verdict.busy = true;
    return verdict;
  }
  if (error.stale_command) {
    return in_doubt(again(BackoffKind::stale_command, "the peer dropped the command as stale"));
  }
  if (error.max_timestamp_not_synced) {
    return again(BackoffKind::max_ts_not_synced, "the store has not synchronised its timestamps yet");
  }
  if (error.read_index_not_ready || error.proposal_in_merging_mode) {
    return again(BackoffKind::region_scheduling, "the region is not ready: " + core::printable(error.message));
  }
  if (error.region_not_initialized) {
    return again(BackoffKind::region_not_initialized, "the region is not initialized on the store yet");
  }
  if (error.data_is_not_ready) {
    return next_peer(BackoffKind::region_scheduling, "the peer's data is not up to date");
  }
  return std::nullopt;
}

/// The variants that concern the store, not the region.
std::optional<Verdict> judge_store(const wire::errorpb::Error& error) {
  if (error.store_not_match) {
    Verdict verdict = relocate(BackoffKind::region_miss, "another store answered at the address of this one");
    verdict.forget_store = true;
    verdict.forget_connections = true;
    return verdict;
  }
  if (error.mismatch_peer_id) return relocate(BackoffKind::region_miss, "the peer on the store is another one");
  if (error.raft_entry_too_large) {
    return fail(ErrorKind::invalid_argument,
                "the request is larger than the store takes: " + core::printable(error.message) +
                    "; send less at a time or raise raftstore.raft-entry-max-size");
  }
  return std::nullopt;
}

}  // namespace

Verdict judge_region_error(const wire::errorpb::Error& error, const Region& asked) {
  if (error.undetermined_result) {
    return in_doubt(
        fail(ErrorKind::region_unavailable, "the store does not know the result: " + core::printable(error.message)));
  }
  if (error.not_leader) return judge_not_leader(*error.not_leader, asked);
  if (error.disk_full) {
    return again(BackoffKind::disk_full, "the disk of the store is full: " + core::printable(error.disk_full->reason));
  }
  if (error.recovery_in_progress) {
    return relocate(BackoffKind::recovery_in_progress, "the region is being recovered");
  }
  if (error.is_witness) return relocate(BackoffKind::is_witness, "the peer is a witness and holds no data");
  if (error.flashback_in_progress || error.flashback_not_prepared) {
    return fail(ErrorKind::region_unavailable, "the region is being flashed back: " + core::printable(error.message));
  }
  if (std::optional<Verdict> verdict = judge_place(error, asked)) return *std::move(verdict);
  if (std::optional<Verdict> verdict = judge_state(error)) return *std::move(verdict);
  if (std::optional<Verdict> verdict = judge_store(error)) return *std::move(verdict);
  return relocate(BackoffKind::region_miss, "the store refused the region: " + core::printable(error.message));
}

namespace {

/// A store that is asked for another cluster's says so in these words: in a call of its own, in a batch.
bool tells_of_another_cluster(std::string_view words) {
  return words.find("cluster id of the request does not match") != std::string_view::npos ||
         words.find("does not match TiKV cluster id") != std::string_view::npos;
}

/// At once: a call of its own gets an answer of its own, or a failure that counts.
Verdict alone(rpc::StatusCode code, bool maybe, std::string text) {
  Verdict verdict;
  verdict.alone = true;
  verdict.in_doubt = maybe;
  verdict.kind = code == rpc::StatusCode::internal ? ErrorKind::protocol_error : ErrorKind::unavailable;
  verdict.text = std::move(text);
  return verdict;
}

}  // namespace

Verdict judge_failed_call(Delivery delivery, const rpc::Status& status) {
  std::string text =
      std::string(to_string(status.code)) + (status.message.empty() ? "" : ": " + core::printable(status.message));
  // An answer with an error status proves nothing either, unless it says that the call is unknown.
  const bool maybe = delivery == Delivery::maybe_processed || delivery == Delivery::answered;
  const auto give_up = [&text, maybe](ErrorKind kind) {
    Verdict verdict = fail(kind, std::move(text));
    verdict.in_doubt = maybe && kind != ErrorKind::unsupported;
    return verdict;
  };
  switch (status.failure) {
    case rpc::Failure::protocol:
      return give_up(ErrorKind::protocol_error);
    case rpc::Failure::answer_too_large:
      return give_up(ErrorKind::answer_too_large);
    case rpc::Failure::closed:
      return give_up(ErrorKind::client_closed);
    case rpc::Failure::shared_stream:
      return alone(status.code, maybe, std::move(text));
    default:
      break;
  }
  if (status.code == rpc::StatusCode::unimplemented) return give_up(ErrorKind::unsupported);
  if (status.code == rpc::StatusCode::invalid_argument && tells_of_another_cluster(status.message)) {
    // It has done nothing, in a batch neither: all requests of a client name the same cluster.
    Verdict verdict = fail(ErrorKind::cluster_id_mismatch, std::move(text));
    verdict.forget_store = verdict.forget_connections = true;
    return verdict;
  }
  if (status.code == rpc::StatusCode::resource_exhausted || status.code == rpc::StatusCode::invalid_argument) {
    return give_up(ErrorKind::server_error);
  }
  Verdict verdict;
  verdict.text = std::move(text);
  verdict.in_doubt = maybe;
  verdict.kind = ErrorKind::unavailable;
  if (delivery == Delivery::refused) return verdict;  // certain and cheap: at once
  verdict.wait = BackoffKind::tikv_rpc;
  verdict.next = Next::next_peer;  // the leader may have moved with the loss of the store
  verdict.forget_store = verdict.store_refused = status.failure == rpc::Failure::connect;
  return verdict;
}

Verdict judge_server_error(std::string_view error) {
  const auto says = [error](std::string_view words) { return error.find(words) != std::string_view::npos; };
  const std::string text = "refused: " + core::printable(error);
  // Raw calls get some outcomes of a proposal in words that are region errors elsewhere.
  if (says("stale command") || says("StaleCommand") || says("Stale command")) {
    return in_doubt(again(BackoffKind::stale_command, text));
  }
  Verdict verdict = fail(ErrorKind::server_error, text);
  // A write that ran out of time in the store may still be on its way through Raft.
  verdict.in_doubt = says("imeout") || says("imed out") || says("eadline");
  return verdict;
}

Verdict judge_unreadable_answer() { return in_doubt(fail(ErrorKind::protocol_error, "the answer cannot be parsed")); }

}  // namespace tikv::region
