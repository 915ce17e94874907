#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pd/region_info.h"
#include "region/key_codec.h"
#include "wire/metapb.h"

namespace tikv::region {

/// The version of a region: `version` counts splits and merges, `conf_version` changes of its peers.
struct Epoch {
  std::uint64_t version = 0;
  std::uint64_t conf_version = 0;

  friend bool operator==(const Epoch&, const Epoch&) = default;
  /// True if this is certainly the older one.
  [[nodiscard]] bool older_than(const Epoch& other) const noexcept {
    return version < other.version || (version == other.version && conf_version < other.conf_version);
  }
};

struct Peer {
  std::uint64_t id = 0;
  std::uint64_t store_id = 0;
};

/// Cuts inside a region, by which large scans may be divided further.
struct Buckets {
  std::uint64_t version = 0;
  std::vector<std::string> keys;  ///< the region's own bounds included
};

/// A region as the client knows it. Immutable but for a hint: what is learned makes a new one, so that a call
/// under way keeps a consistent picture.
struct Region {
  std::uint64_t id = 0;
  Epoch epoch;
  std::string start;  ///< first key
  std::string end;    ///< first key after it; empty: no end
  std::vector<Peer> peers;
  std::size_t leader = 0;  ///< index into `peers`
  bool degraded = false;   ///< PD sees peers that are down: worth another look when the time is over
  std::shared_ptr<const Buckets> buckets;
  /// What pairs of it weigh, bytes, as answers have shown; 0: none did. A hint for how much to ask for.
  mutable std::size_t seen_pair_bytes = 0;

  /// An answer held so many pairs. Heavier ones count at once, lighter ones by and by.
  void note_pairs(std::size_t pairs, std::size_t bytes) const noexcept {
    if (pairs == 0) return;
    const std::size_t each = bytes / pairs + 1;
    seen_pair_bytes = each >= seen_pair_bytes ? each : (seen_pair_bytes * 3 + each) / 4;
  }
  [[nodiscard]] bool contains(std::string_view key) const noexcept {
    return key >= start && (end.empty() || key < end);
  }
  /// Shares a key with [from, to); an empty `to` is open.
  [[nodiscard]] bool overlaps(std::string_view from, std::string_view to) const noexcept {
    return (to.empty() || start < to) && (end.empty() || from < end);
  }
  [[nodiscard]] const Peer& leader_peer() const noexcept { return peers[leader]; }
};

using RegionPtr = std::shared_ptr<const Region>;

[[nodiscard]] Epoch epoch_of(const wire::metapb::Region& meta) noexcept;
/// Brings the bounds of a region, and its buckets, into the client's keys.
[[nodiscard]] KeyCodec::Place localize(const KeyCodec& codec, wire::metapb::Region& meta);
[[nodiscard]] KeyCodec::Place localize(const KeyCodec& codec, pd::RegionInfo& info);
/// The same for bounds inside a region; those that the client cannot see are left out.
[[nodiscard]] std::vector<std::string> localize_cuts(const KeyCodec& codec, std::vector<std::string> cuts);

/// Few and short enough to be kept.
[[nodiscard]] bool are_credible_cuts(const std::vector<std::string>& cuts);

/// A region out of its wire form. Peers that cannot serve (down, witnesses without data, learners) are
/// left out; a leader that is unknown takes the first peer. Null if no peer is left, or if no region can
/// be like this: it ends before it begins, has too many peers or endless bounds.
[[nodiscard]] RegionPtr make_region(const pd::RegionInfo& info);
/// A region as a store tells it, which knows of its own peers only: the one on `answering_store` is
/// the best guess for the leader.
[[nodiscard]] RegionPtr make_region(const wire::metapb::Region& meta, std::uint64_t answering_store);

}  // namespace tikv::region
