#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "region/region.h"

namespace tikv::region {

/// The regions that a client has met, by key and by id. Never holds two that overlap.
class RegionCache {
 public:
  /// The region that holds `key`; null if it is not known.
  [[nodiscard]] RegionPtr find(std::string_view key) const;
  [[nodiscard]] RegionPtr find_by_id(std::uint64_t id) const;
  /// Where the keys around `key` that no known region holds begin; keys of one gap may well lie in
  /// one region.
  [[nodiscard]] std::string gap_start(std::string_view key) const;

  /// Takes a region in place of all that it overlaps. False, and nothing changes, if one of those is
  /// newer: PD may lag behind the stores.
  bool insert(const RegionPtr& region);
  /// Forgets this region, if it is still known in this very form.
  void remove(const RegionPtr& region);
  /// Notes that a peer on `store_id` leads, if `region` is still known in this very form and has one.
  bool set_leader(const RegionPtr& region, std::uint64_t store_id);

  [[nodiscard]] std::size_t size() const noexcept { return by_start_.size(); }

 private:
  std::map<std::string, RegionPtr, std::less<>> by_start_;
  std::unordered_map<std::uint64_t, RegionPtr> by_id_;
};

}  // namespace tikv::region
