#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/backoff.h"
#include "core/operation.h"
#include "pd/pd_client.h"
#include "region/batch_commands.h"
#include "region/peer_choice.h"
#include "region/probe_budget.h"
#include "region/region_cache.h"
#include "region/region_loader.h"
#include "region/region_request.h"
#include "region/store_cache.h"
#include "region/verdict.h"
#include "rpc/transport.h"

namespace tikv::region {

/// What the tries for some keys have cost so far. It goes with the keys when their region changes, or
/// every change would begin its pauses and their budget anew.
struct Tries {
  core::Backoff backoff;
  std::uint32_t failures = 0;
  std::uint32_t at_once = 0;  ///< in a row, without a pause
};

/// What keys have behind them when they are sent, or sent again.
struct Past {
  bool in_doubt = false;
  Tries tries;
};

/// Sends requests to the stores that lead the regions of their keys. Holds the one loop that repeats
/// requests to stores.
class Sender {
 public:
  Sender(core::Loop& loop, BatchCommands& calls, pd::PdClient& pd);

  /// The region that holds `key`, from the cache or from PD.
  Task<RegionPtr> locate(core::Operation& operation, std::string_view key) {
    return loader_.locate(operation, std::string(key));
  }

  /// Sends `request` to the region that holds `key` until it is answered; gives the region that did.
  /// With `same_region`, gives back null, unanswered, as soon as the key is no longer in that very
  /// region version: the caller's other keys may have parted from it. `before` are the tries that the
  /// keys have behind them, and are counted on; null: none.
  Task<RegionPtr> send(core::Operation& operation, std::string key, RegionRequest& request,
                       const Region* same_region = nullptr, Tries* before = nullptr);

  /// Where regions and stores that change are told.
  void set_events(const core::Events& events) {
    regions_.set_events(events);
    stores_.set_events(events);
  }
  /// From now on keys are those of a keyspace. Before the first request.
  void use(KeyCodec codec) { codec_ = std::move(codec); }
  [[nodiscard]] const KeyCodec& codec() const noexcept { return codec_; }
  [[nodiscard]] RegionCache& regions() noexcept { return regions_; }
  [[nodiscard]] RegionLoader& loader() noexcept { return loader_; }
  [[nodiscard]] StoreCache& stores() noexcept { return stores_; }

 private:
  /// Where one attempt goes.
  struct Target {
    RegionPtr region;
    Peer peer;
    std::string address;
    bool alone = false;                 ///< by a call of its own
    core::Time patience = core::never;  ///< until when the answer is waited for, besides the deadline
    bool may_ask_others = true;
  };

  class Waiting;

  /// What became of the request of one attempt.
  struct Sent {
    core::Time began;
    Delivery delivery;
  };

  /// Until when a request waits for a store that keeps silent before somebody else is asked who leads.
  /// Only short reads do: a write that is given up would be in doubt.
  [[nodiscard]] core::Time patience(const RegionRequest& request, const Peer& peer, std::uint32_t times);
  /// What follows a failed attempt: the end, another one, or a pause and another one.
  struct Step {
    bool give_up = false;
    Error cause;
    std::optional<core::BackoffKind> pause;
  };
  [[nodiscard]] Step after_failure(core::Operation& operation, RegionRequest& request, Target& target,
                                   const Verdict& verdict, PeerChoice& choice, Tries& tries);
  /// One attempt; nothing if the request was answered.
  Task<std::optional<Verdict>> attempt(core::Operation& operation, const Target& target, std::string_view key,
                                       RegionRequest& request);
  /// The bytes of the request for its target.
  [[nodiscard]] std::string message_of(core::Operation& operation, const Target& target, std::string_view key,
                                       RegionRequest& request);
  [[nodiscard]] static rpc::CallStart start_of(const Target& target, const RegionRequest& request, core::Time deadline);
  /// What the end of an attempt means.
  [[nodiscard]] std::optional<Verdict> conclude(core::Operation& operation, const Target& target,
                                                RegionRequest& request, core::Time began,
                                                const rpc::UnaryAnswer& answer);
  /// Adds an attempt to the story, and to the verdict what is known of the store.
  void record(core::Operation& operation, const Target& target, Verdict& verdict, const Sent& sent);
  [[nodiscard]] std::optional<Verdict> judge(const rpc::UnaryAnswer& answer, const Target& target,
                                             RegionRequest& request);
  /// Chooses who is asked first where the leader's store is not well.
  void weigh(PeerChoice& choice, const Region& region);
  /// The store gave no sign of life, and the call was given up.
  [[nodiscard]] Verdict judge_lifeless(const Target& target, core::Duration waited, Delivery delivery);
  /// The store kept silent for longer than the target's patience.
  [[nodiscard]] Verdict judge_silence(const Target& target, core::Duration waited);
  /// What the verdict teaches about regions, stores and connections.
  void learn(const Verdict& verdict, const Target& target);
  void take_news(const Verdict& verdict, const wire::errorpb::Error& error, const Target& target);

  core::Loop& loop_;
  BatchCommands& calls_;
  pd::PdClient& pd_;
  KeyCodec codec_;
  RegionCache regions_;
  RegionLoader loader_;
  StoreCache stores_;
  ProbeBudget probes_;
};

}  // namespace tikv::region
