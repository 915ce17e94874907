#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/operation.h"
#include "region/sender.h"
#include "tikv/key_range.h"
#include "tikv/task.h"

namespace tikv::raw {

/// Parts of the ranges of a call, all in one region, in the order of their keys.
struct RangeShard {
  region::RegionPtr region;
  std::vector<KeyRange> ranges;
};

/// A call about ranges: how to ask one region about its parts of them, and what to do with the answer.
class RangedCall {
 public:
  RangedCall() = default;
  RangedCall(const RangedCall&) = delete;
  RangedCall& operator=(const RangedCall&) = delete;
  virtual ~RangedCall() = default;

  [[nodiscard]] virtual std::unique_ptr<region::RegionRequest> request(const RangeShard& shard) = 0;
  /// The request for this shard was answered.
  virtual void absorb(region::RegionRequest& request, const RangeShard& shard) = 0;
};

/// Cuts the ranges by regions, sends the parts side by side, and cuts anew where regions change
/// meanwhile. Ends with the first error, when what is under way beside it has ended. Ranges that overlap
/// are asked about as often as they were given.
Task<void> send_ranges(core::Operation& operation, region::Sender& sender, RangedCall& call,
                       std::vector<KeyRange> ranges, std::size_t parallel);

}  // namespace tikv::raw
