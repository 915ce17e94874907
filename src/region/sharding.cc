#include "region/sharding.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "tikv/gather.h"

namespace tikv::region {

namespace {

constexpr std::int32_t most_regions_per_question = 128;

/// What did not go well, by position.
struct Failures {
  std::map<std::size_t, KeyFailure> keys;
  std::optional<Error> first;
};

struct Send {
  core::Operation& operation;
  Sender& sender;
  ShardedCall& call;
  ShardLimits limits;
  Failures& failures;
};

void fail(const Send& send, const std::vector<std::size_t>& positions, const Error& error, bool in_doubt) {
  if (!send.failures.first) send.failures.first = error;
  for (const std::size_t position : positions) {
    KeyFailure failure;
    failure.key = send.call.key(position);
    failure.kind = error.kind();
    failure.undetermined = in_doubt;
    send.failures.keys[position] = std::move(failure);
  }
}

/// Positions in the order of their keys → shards, each within the limits.
Task<std::vector<Shard>> shard(Send send, const std::vector<std::size_t>& positions) {
  std::vector<Shard> shards;
  std::size_t bytes = 0;
  std::int32_t regions_to_load = 1;  // more with every miss: keys are often close together, but need not be
  const std::string end = std::string(send.call.key(positions.back())) + '\0';
  for (const std::size_t position : positions) {
    const std::string_view key = send.call.key(position);
    const bool same = !shards.empty() && shards.back().region->contains(key);
    const std::size_t weight = send.call.weight(position);
    const bool full =
        same && (shards.back().positions.size() >= send.limits.most_keys || bytes + weight > send.limits.most_bytes);
    if (!same || full) {
      RegionPtr region = same ? shards.back().region : send.sender.regions().find(key);
      if (!region) {
        co_await ok(send.sender.loader().load(send.operation, std::string(key), end, regions_to_load));
        regions_to_load = std::min(regions_to_load * 2, most_regions_per_question);
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
  const Result<RegionPtr> answered =
      co_await send.sender.send(send.operation, std::move(first), *request, part.region.get());
  if (!answered) {
    fail(send, part.positions, answered.error(), request->doubt.raised());
    co_return {};
  }
  if (*answered) {
    send.call.absorb(*request, part);
    co_return {};
  }
  // The region changed: its keys go their separate ways, and take a doubt along.
  const bool doubtful = request->doubt.raised();
  request->doubt.settle();
  co_await ok(send_positions(send, std::move(part.positions), doubtful));
  co_return {};
}

/// Sends these keys; what fails is noted in `failures`, key by key.
Task<void> send_positions(Send send, std::vector<std::size_t> positions, bool in_doubt) {
  core::Doubt doubt;
  if (in_doubt) doubt.raise(send.operation);
  Result<std::vector<Shard>> parts = co_await shard(send, positions);
  if (!parts) {
    fail(send, positions, parts.error(), in_doubt);
    co_return {};
  }
  std::vector<Task<void>> tasks;
  tasks.reserve(parts->size());
  for (Shard& part : *parts) tasks.push_back(send_shard(send, std::move(part), in_doubt));
  doubt.settle();  // each part carries it on
  co_await ok(gather(std::move(tasks), send.limits.parallel));
  co_return {};
}

Error tell(core::Operation& operation, Failures& failures, std::size_t keys) {
  std::string text = failures.first->summary();
  if (failures.keys.size() < keys) {
    text = std::to_string(failures.keys.size()) + " of " + std::to_string(keys) +
           " keys were not served (Error::key_failures() names them); the first failure: " + text;
  }
  std::vector<KeyFailure> told;
  told.reserve(failures.keys.size());
  for (auto& [position, failure] : failures.keys) told.push_back(std::move(failure));
  std::sort(told.begin(), told.end(), [](const KeyFailure& a, const KeyFailure& b) { return a.key < b.key; });
  return operation.tell(Error(failures.first->kind(), std::move(text)).with_key_failures(std::move(told)));
}

}  // namespace

Task<void> send_sharded(core::Operation& operation, Sender& sender, ShardedCall& call, ShardLimits limits) {
  if (call.size() == 0) co_return {};
  std::vector<std::size_t> positions(call.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  // Stable: of equal keys the later one must win, and so must come later in its request.
  std::stable_sort(positions.begin(), positions.end(),
                   [&call](std::size_t left, std::size_t right) { return call.key(left) < call.key(right); });
  Failures failures;
  const Send send{operation, sender, call, limits, failures};
  co_await ok(send_positions(send, std::move(positions), false));
  if (failures.first) co_return tell(operation, failures, call.size());
  co_return {};
}

}  // namespace tikv::region
