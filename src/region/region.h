#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/metapb.pb.h"

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

/// A region as the client knows it. Immutable: what is learned makes a new one, so that a call under
/// way keeps a consistent picture.
struct Region {
  std::uint64_t id = 0;
  Epoch epoch;
  std::string start;  ///< first key
  std::string end;    ///< first key after it; empty: no end
  std::vector<Peer> peers;
  std::size_t leader = 0;  ///< index into `peers`

  [[nodiscard]] bool contains(std::string_view key) const noexcept {
    return key >= start && (end.empty() || key < end);
  }
  [[nodiscard]] const Peer& leader_peer() const noexcept { return peers[leader]; }
};

using RegionPtr = std::shared_ptr<const Region>;

/// A region out of its wire form. Peers that can never serve (down, or witnesses without data) are
/// left out; `leader_id` 0 or unknown takes the first peer. Null if no peer is left.
[[nodiscard]] RegionPtr make_region(const wire::metapb::Region& meta, std::uint64_t leader_id,
                                    const std::vector<std::uint64_t>& down_peers);

}  // namespace tikv::region
