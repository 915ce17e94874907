#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/operation.h"
#include "core/shared_questions.h"
#include "pd/pd_client.h"
#include "region/batch_format.h"
#include "region/region.h"
#include "region/store_health.h"
#include "region/version.h"

namespace tikv::region {

/// The stores, as PD tells them, and as they have fared of late.
class StoreCache {
 public:
  explicit StoreCache(pd::PdClient& pd) : pd_(pd) {}

  /// Where addresses that change are told.
  void set_events(const core::Events& events) { events_ = events; }

  /// The address of a store as far as it is known and nobody doubts it; else empty.
  [[nodiscard]] std::string known_address(std::uint64_t store_id) const;
  /// The address of a store, which PD is asked for; empty if the store has left the cluster for good. One
  /// that was doubted is used if PD does not answer at once.
  Task<std::string> address(core::Operation& operation, std::uint64_t store_id);
  /// The next one who needs its address, or its version, asks PD again: it may be elsewhere, and of another
  /// one. What is known stays good for whoever gets no answer.
  void doubt(std::uint64_t store_id);

  /// How the store has fared; stays where it is until another store is asked about.
  [[nodiscard]] StoreHealth& health(std::uint64_t store_id);
  /// No connection to the store could be made.
  void note_refused(core::Time now, std::uint64_t store_id);
  /// A short request was answered after `took`, or given up.
  void note_answer(core::Time now, std::uint64_t store_id, core::Duration took);
  void note_silence(core::Time now, std::uint64_t store_id, core::Duration waited);
  /// What a store says of itself, if PD told of it. Its change for the worse, or back, in words; mostly
  /// empty, and not more often than a log should tell it.
  [[nodiscard]] std::string note_report(core::Time now, const BatchFeedback& feedback);
  /// May some store be anything but well? Cheap: most of the time none is.
  [[nodiscard]] bool any_in_trouble(core::Time now) const noexcept { return now < trouble_until_; }
  /// Of the stores of all peers, in their order.
  [[nodiscard]] std::vector<Standing> standings(core::Time now, const Region& region) const;

  /// An error, with the needed and the found version, if some store that is in use cannot do it.
  Task<void> require(core::Operation& operation, Feature feature);

 private:
  /// How old the versions may be that a decision rests on: a cluster is upgraded store by store.
  static constexpr core::Duration version_lifetime = std::chrono::seconds(60);

  /// Who asks for one thing shares the question with those who are as patient.
  struct AddressQuestion {
    std::uint64_t store_id = 0;
    bool hasty = false;
    friend auto operator<=>(const AddressQuestion&, const AddressQuestion&) = default;
  };
  struct KnownAddress {
    std::string address;
    bool doubted = false;
  };

  Task<std::string> shared_address(core::Operation& operation, AddressQuestion question);
  void take(std::uint64_t store_id, const std::string& address);
  /// Asks PD once for the address of a store; empty if it is gone.
  Task<void> ask_address(core::Operation& operation, std::uint64_t store_id, std::string& answer);
  Task<void> load_versions(core::Operation& operation);

  pd::PdClient& pd_;
  core::Events events_;
  std::unordered_map<std::uint64_t, KnownAddress> addresses_;
  core::SharedQuestions<AddressQuestion, std::string> questions_;
  void note_trouble(const StoreHealth& health) noexcept;

  std::unordered_map<std::uint64_t, StoreHealth> healths_;
  core::Time trouble_until_{};
  std::map<std::uint64_t, std::string> versions_;
  core::Time versions_expire_{};
};

}  // namespace tikv::region
