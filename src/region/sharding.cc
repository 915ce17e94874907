#include "region/sharding.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "tikv/gather.h"

namespace tikv::region {

namespace {

struct Send {
  core::Operation& operation;
  Sender& sender;
  ShardedCall& call;
  ShardLimits limits;
};

/// Positions in the order of their keys → shards, each within the limits.
Task<std::vector<Shard>> shard(Send send, std::vector<std::size_t> positions) {
  std::vector<Shard> shards;
  std::size_t bytes = 0;
  for (const std::size_t position : positions) {
    const std::string_view key = send.call.key(position);
    const bool same = !shards.empty() && shards.back().region->contains(key);
    const std::size_t weight = send.call.weight(position);
    const bool full =
        same && (shards.back().positions.size() >= send.limits.most_keys || bytes + weight > send.limits.most_bytes);
    if (!same || full) {
      RegionPtr region;
      if (same) {
        region = shards.back().region;
      } else {
        region = co_await ok(send.sender.locate(send.operation, std::string(key)));
      }
      shards.emplace_back();
      shards.back().region = std::move(region);
      bytes = 0;
    }
    shards.back().positions.push_back(position);
    bytes += weight;
  }
  co_return std::move(shards);
}

Task<void> send_positions(Send send, std::vector<std::size_t> positions, bool in_doubt);

Task<void> send_shard(Send send, Shard part, bool in_doubt) {
  const std::unique_ptr<RegionRequest> request = send.call.request(part);
  if (in_doubt) request->doubt.raise(send.operation);
  std::string first(send.call.key(part.positions.front()));
  const RegionPtr answered =
      co_await ok(send.sender.send(send.operation, std::move(first), *request, part.region.get()));
  if (answered) {
    send.call.absorb(*request, part);
    co_return {};
  }
  // The region changed: its keys go their separate ways, and take a doubt along.
  const bool doubtful = request->doubt.raised();
  request->doubt.settle();
  co_await ok(send_positions(send, std::move(part.positions), doubtful));
  co_return {};
}

Task<void> send_positions(Send send, std::vector<std::size_t> positions, bool in_doubt) {
  core::Doubt doubt;
  if (in_doubt) doubt.raise(send.operation);
  std::vector<Shard> parts = co_await ok(shard(send, std::move(positions)));
  std::vector<Task<void>> tasks;
  tasks.reserve(parts.size());
  for (Shard& part : parts) tasks.push_back(send_shard(send, std::move(part), in_doubt));
  doubt.settle();  // each part carries it on
  const std::vector<Result<void>> results = co_await ok(gather(std::move(tasks), send.limits.parallel));
  for (const Result<void>& result : results) {
    if (!result) co_return result.error();
  }
  co_return {};
}

}  // namespace

Task<void> send_sharded(core::Operation& operation, Sender& sender, ShardedCall& call, ShardLimits limits) {
  std::vector<std::size_t> positions(call.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  // Stable: of equal keys the later one must win, and so must come later in its request.
  std::stable_sort(positions.begin(), positions.end(),
                   [&call](std::size_t left, std::size_t right) { return call.key(left) < call.key(right); });
  const Send send{operation, sender, call, limits};
  co_await ok(send_positions(send, std::move(positions), false));
  co_return {};
}

}  // namespace tikv::region
