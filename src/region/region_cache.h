#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/events.h"
#include "core/loop.h"
#include "region/region.h"

namespace tikv::region {

/// What a region weighs in memory with its place in the cache, bytes, about.
[[nodiscard]] std::size_t weight_of(const Region& region) noexcept;

/// How long a region is believed. PD does not tell what changes: what is not asked for in a long time
/// is forgotten, what is used stays, and a region with a peer that is down is looked up anew.
struct RegionLifetime {
  core::Duration base = std::chrono::seconds(600);
  core::Duration jitter = std::chrono::seconds(60);  ///< so that not all expire at once
};

/// The regions that a client has met, by key and by id. Never holds two that overlap.
class RegionCache {
 public:
  explicit RegionCache(core::Loop& loop, RegionLifetime lifetime = {}) : loop_(loop), lifetime_(lifetime) {}

  /// Where changes are told.
  void set_events(const core::Events& events) { events_ = events; }

  /// The region that holds `key`; null if it is not known, or was known for too long.
  [[nodiscard]] RegionPtr find(std::string_view key);
  [[nodiscard]] RegionPtr find_by_id(std::uint64_t id) const;
  /// Where the keys around `key` that no known region holds begin; keys of one gap may well lie in
  /// one region.
  [[nodiscard]] std::string gap_start(std::string_view key) const;
  /// The end of the keys from `key` on that known regions hold without a gap: `key` itself if none does,
  /// nothing if that is the end of all keys.
  [[nodiscard]] std::optional<std::string> covered_until(std::string_view key) const;

  /// Takes a region in place of all that it overlaps. False, and nothing changes, if one of those is
  /// newer: PD may lag behind the stores. `source`: who told it, in words.
  bool insert(const RegionPtr& region, std::string_view source = "PD");
  /// Forgets this region, if it is still known in this very form.
  void remove(const RegionPtr& region);
  /// The same, because it is doubted: until something newer takes its place it can be recalled.
  void forget(const RegionPtr& region, std::string_view reason);
  /// Is a region that holds `key` in doubt, so that it could be recalled?
  [[nodiscard]] bool can_recall(std::string_view key) const;
  /// Makes a region that was in doubt a known one again, for a moment: there is nobody to ask for a newer one.
  void recall(std::string_view key);
  /// Forgets all regions that overlap [start, end); an empty `end` is open.
  void remove_range(std::string_view start, std::string_view end);
  /// Notes that a peer on `store_id` leads, if `region` is still known in this very form and has one.
  bool set_leader(const RegionPtr& region, std::uint64_t store_id);
  /// Notes how the region is divided, unless that is known better.
  void set_buckets(const RegionPtr& region, std::shared_ptr<const Buckets> buckets);

  /// What they weigh together stays below `limits::region_cache`.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return by_start_.size(); }

 private:
  struct Entry {
    RegionPtr region;
    core::Time expires;
    bool recalled = false;  ///< use does not keep it alive
  };
  // The keys are the regions' own: a million of them is not kept twice.
  using ByStart = std::map<std::string_view, Entry, std::less<>>;
  using Doubted = std::map<std::string_view, RegionPtr, std::less<>>;

  static constexpr core::Duration recalled_for = std::chrono::milliseconds(500);

  [[nodiscard]] ByStart::const_iterator holder_of(std::string_view key) const;
  [[nodiscard]] core::Time expiry();
  bool replace(const RegionPtr& region, const RegionPtr& with);
  [[nodiscard]] Doubted::const_iterator doubted_holder_of(std::string_view key) const;
  Doubted::const_iterator drop_doubted(Doubted::const_iterator doubted);
  void remove_doubted(std::string_view start, std::string_view end);
  void tell(Event event, const Region& region, const std::vector<RegionPtr>& before, std::string_view reason) const;
  /// Forgets a few of those that nobody asks for, wherever the last look ended.
  void sweep();
  /// Makes room where what is kept weighs too much.
  void evict(const Region& kept);

  core::Loop& loop_;
  RegionLifetime lifetime_;
  ByStart by_start_;
  std::unordered_map<std::uint64_t, RegionPtr> by_id_;
  std::size_t bytes_ = 0;  ///< what the regions weigh, about
  Doubted doubted_;
  std::size_t doubted_bytes_ = 0;
  core::Events events_;
  std::string swept_;  ///< the sweep goes on from here
};

}  // namespace tikv::region
