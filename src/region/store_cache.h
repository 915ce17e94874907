#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/operation.h"
#include "pd/pd_client.h"

namespace tikv::region {

/// The addresses of the stores, as PD tells them.
class StoreCache {
 public:
  explicit StoreCache(pd::PdClient& pd) : pd_(pd) {}

  /// The address of a store as far as it is known; else empty.
  [[nodiscard]] std::string known_address(std::uint64_t store_id) const;
  /// The address of a store, which PD is asked for.
  Task<std::string> address(core::Operation& operation, std::uint64_t store_id);
  /// The next one who needs it asks PD again.
  void forget(std::uint64_t store_id) { addresses_.erase(store_id); }

 private:
  pd::PdClient& pd_;
  std::unordered_map<std::uint64_t, std::string> addresses_;
};

}  // namespace tikv::region
