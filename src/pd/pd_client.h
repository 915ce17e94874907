#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/operation.h"
#include "core/single_flight.h"
#include "pd/members.h"
#include "pd/region_info.h"
#include "pd/timestamp_oracle.h"
#include "rpc/transport.h"
#include "tikv/task.h"
#include "wire/keyspacepb.h"
#include "wire/metapb.h"
#include "wire/pdpb.h"

namespace tikv::pd {

struct PdOptions {
  std::vector<std::string> addresses;
  core::AddressMap map;
  std::uint64_t cluster_id = 0;
  /// Limit of one attempt: a PD that is silent must not use up the caller's deadline.
  core::Duration attempt_timeout = std::chrono::seconds(3);
};

/// Asks the placement driver, following its leader. Every call ends by the deadline of its operation.
class PdClient {
 public:
  PdClient(core::Loop& loop, rpc::Transport& transport, PdOptions options);

  /// Where changes of the leader and the members are told.
  void set_events(const core::Events& events) { events_ = events; }
  [[nodiscard]] AddressBook& addresses() noexcept { return members_.addresses(); }
  /// Who leads PD, as far as it is known: who told what it told.
  [[nodiscard]] const std::string& leader() const noexcept { return members_.leader(); }

  /// How long PD is waited for where an older answer will do.
  static constexpr core::Duration patience_with_old_answer = std::chrono::milliseconds(250);
  /// Is it worth asking then, or did PD not answer such a question a moment ago?
  [[nodiscard]] bool worth_asking() const { return loop_.now() >= not_worth_asking_until_; }
  void note_no_answer() { not_worth_asking_until_ = saturating_add(loop_.now(), std::chrono::milliseconds(500)); }

  /// Finds the members and the leader; later calls do that themselves whenever they must.
  Task<void> connect(core::Operation& operation);
  [[nodiscard]] std::uint64_t cluster_id() const noexcept { return members_.cluster_id(); }

  /// The region that holds `key` (as PD orders keys).
  Task<RegionInfo> region_by_key(core::Operation& operation, std::string key);
  Task<RegionInfo> region_by_id(core::Operation& operation, std::uint64_t id);
  /// Up to `limit` regions from the one that holds `start` on, up to `end` (empty: to the last).
  Task<std::vector<RegionInfo>> scan_regions(core::Operation& operation, std::string start, std::string end,
                                             std::int32_t limit);
  Task<wire::metapb::Store> store(core::Operation& operation, std::uint64_t id);
  Task<std::vector<wire::metapb::Store>> stores(core::Operation& operation);
  /// The keyspace of that name. An error if there is none, or PD knows of no keyspaces.
  Task<wire::keyspacepb::KeyspaceMeta> keyspace(core::Operation& operation, std::string name);
  /// A timestamp: physical milliseconds << 18 | logical. Strictly above every timestamp that was
  /// given before this call began.
  Task<std::uint64_t> timestamp(core::Operation& operation);
  /// How many requests for timestamps were sent; several callers share one.
  [[nodiscard]] std::uint64_t timestamp_requests() const noexcept { return oracle_.requests_sent(); }

 private:
  /// What came of one attempt at the leader.
  template <class T>
  struct Answer {
    Result<T> result = Error(ErrorKind::internal, "PD was not asked");
    bool refused = false;  ///< certainly nothing was done: ask again at once
  };

  template <class T, class Attempt>
  Task<T> ask_leader(core::Operation& operation, Attempt attempt);
  template <class T, class Attempt>
  Task<Answer<T>> try_leader(core::Operation& operation, const Attempt& attempt);
  Task<void> discover(core::Operation& operation);
  /// Before a question to the leader: one that is known to keep silent is not asked before the others were
  /// asked who leads now.
  void doubt_leader();
  /// A question to the leader ended, answered or not.
  void note_outcome(core::Time began, bool answered);
  void tell_changes();
  /// `Call`: a row of pd_calls.h.
  template <class Call>
  Task<typename Call::Answer> call(core::Operation& operation, typename Call::Request request);
  template <class Call>
  Task<Answer<typename Call::Answer>> call_once(core::Operation& operation, std::string leader,
                                                typename Call::Request request);
  Task<Answer<std::uint64_t>> timestamp_once(core::Operation& operation, std::string leader);

  core::Loop& loop_;
  rpc::Transport& transport_;
  PdOptions options_;
  Members members_;
  core::SingleFlight discovery_;
  core::Time surveyed_at_{};
  core::Time unanswered_since_ = core::never;  ///< of questions to this leader
  TimestampOracle oracle_;
  core::Events events_;
  std::string told_leader_;  // what the observer knows
  std::string told_members_;
  core::Time not_worth_asking_until_{};
};

/// Counts the time while it lives as time that its operation waited for PD.
class PlacementTime {
 public:
  explicit PlacementTime(core::Operation& operation) : operation_(operation), began_(operation.loop().now()) {}
  ~PlacementTime() { operation_.note_placement(operation_.loop().now() - began_); }
  PlacementTime(const PlacementTime&) = delete;
  PlacementTime& operator=(const PlacementTime&) = delete;

 private:
  core::Operation& operation_;
  core::Time began_;
};

}  // namespace tikv::pd
