#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "region/sender.h"

namespace tikv::region {

/// Some of the keys of a call, all in one region, as positions in the call's list.
struct Shard {
  RegionPtr region;
  std::vector<std::size_t> positions;
  /// Others in the region, that go once the answer has told how much to ask for at a time.
  std::vector<std::size_t> later;
};

/// A call with many keys: how to ask for some of them and what to do with the answer.
class ShardedCall {
 public:
  ShardedCall() = default;
  ShardedCall(const ShardedCall&) = delete;
  ShardedCall& operator=(const ShardedCall&) = delete;
  virtual ~ShardedCall() = default;

  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  [[nodiscard]] virtual std::string_view key(std::size_t position) const noexcept = 0;
  /// What a position weighs, bytes; a request carries up to `most_bytes`.
  [[nodiscard]] virtual std::size_t weight(std::size_t position) const noexcept = 0;
  /// What the answer holds for each position, bytes, as far as the region has shown: 0 if it has not. Nothing:
  /// answers have no weight.
  [[nodiscard]] virtual std::optional<std::size_t> answer_weight(const Region& region) const noexcept {
    (void)region;
    return std::nullopt;
  }
  [[nodiscard]] virtual std::unique_ptr<RegionRequest> request(const Shard& shard) = 0;
  /// The request for this shard was answered.
  virtual void absorb(RegionRequest& request, const Shard& shard) = 0;
};

struct ShardLimits {
  std::size_t parallel = 16;
  std::size_t most_bytes = std::size_t{64} << 10;
  std::size_t most_keys = 512;

  // Where answers weigh something, which no store bounds:
  /// What one is to weigh, bytes.
  std::size_t most_answer_bytes = std::size_t{256} << 10;
  /// What those that are under way may weigh together. One at least is.
  std::size_t most_answer_bytes_at_a_time = std::size_t{1} << 20;
  /// Keys asked of a region that has not shown yet what its pairs weigh …
  std::size_t first_keys = 16;
  /// … which they are taken to weigh until then, bytes.
  std::size_t unknown_weight = std::size_t{32} << 10;
  /// So many times more keys the next time, where the first have shown nothing.
  std::size_t growth = 8;
};

/// Splits the call by region, sends the parts side by side, and splits again where regions change
/// meanwhile. Not atomic: an error names the keys that were not served (`Error::key_failures`), and the
/// others were.
Task<void> send_sharded(core::Operation& operation, Sender& sender, ShardedCall& call, ShardLimits limits);

}  // namespace tikv::region
