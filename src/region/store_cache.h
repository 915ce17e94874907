#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/operation.h"
#include "core/shared_questions.h"
#include "pd/pd_client.h"
#include "region/version.h"

namespace tikv::region {

/// The stores, as PD tells them.
class StoreCache {
 public:
  explicit StoreCache(pd::PdClient& pd) : pd_(pd) {}

  /// The address of a store as far as it is known; else empty.
  [[nodiscard]] std::string known_address(std::uint64_t store_id) const;
  /// The address of a store, which PD is asked for; empty if the store has left the cluster for good.
  Task<std::string> address(core::Operation& operation, std::uint64_t store_id);
  /// The next one who needs it asks PD again: it may be elsewhere, and of another version.
  void forget(std::uint64_t store_id);

  /// An error, with the needed and the found version, if some store that is in use cannot do it.
  Task<void> require(core::Operation& operation, Feature feature);

 private:
  /// How old the versions may be that a decision rests on: a cluster is upgraded store by store.
  static constexpr core::Duration version_lifetime = std::chrono::seconds(60);

  /// Asks PD once for the address of a store; empty if it is gone.
  Task<void> ask_address(core::Operation& operation, std::uint64_t store_id, std::string& answer);
  Task<void> load_versions(core::Operation& operation);

  pd::PdClient& pd_;
  std::unordered_map<std::uint64_t, std::string> addresses_;
  core::SharedQuestions<std::uint64_t, std::string> questions_;
  std::map<std::uint64_t, std::string> versions_;
  core::Time versions_expire_{};
};

}  // namespace tikv::region
