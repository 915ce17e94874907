#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "wire/metapb.h"

namespace tikv::pd {

/// A region as PD tells it.
struct RegionInfo {
  wire::metapb::Region meta;
  wire::metapb::Peer leader;              ///< id 0 if it has none at the moment
  std::vector<std::uint64_t> down_peers;  ///< ids of peers that do not answer
  std::optional<wire::metapb::Buckets> buckets;
};

}  // namespace tikv::pd
