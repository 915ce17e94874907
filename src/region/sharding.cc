#include "region/sharding.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tikv/gather.h"

namespace tikv::region {

namespace {

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

/// How many may be under way at a time for some small parts and a large rest, beside each other. Parts that
/// divide further share what they have.
struct Shares {
  Shares(const Send& send, std::size_t parts, bool beside_a_rest) : of_one(send), rest(send) {
    const std::size_t few = beside_a_rest ? std::min(parts, send.limits.parallel / 2) : send.limits.parallel;
    of_one.limits.parallel = std::max<std::size_t>(1, few / std::max<std::size_t>(1, parts));
    of_one.limits.most_answer_bytes_at_a_time /= std::max<std::size_t>(1, std::min(few, parts));
    rest.limits.parallel = std::max<std::size_t>(1, send.limits.parallel - std::min(few, send.limits.parallel - 1));
    at_a_time = few + 1;
  }
  Send of_one;
  Send rest;
  std::size_t at_a_time = 1;
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

/// How many keys a request to this region may hold, for what its answer will weigh.
std::size_t keys_at_a_time(const Send& send, const Region& region) {
  const std::optional<std::size_t> weight = send.call.answer_weight(region);
  if (!weight) return send.limits.most_keys;
  if (*weight == 0) return std::min(send.limits.first_keys, send.limits.most_keys);
  return std::clamp<std::size_t>(send.limits.most_answer_bytes / *weight, 1, send.limits.most_keys);
}

/// What the answer to it will weigh, as far as is known.
std::size_t answer_bytes(const Send& send, const Shard& part) {
  const std::optional<std::size_t> weight = send.call.answer_weight(*part.region);
  if (!weight) return 0;
  return part.positions.size() * (*weight == 0 ? send.limits.unknown_weight : *weight);
}

/// How many of these may be under way at a time.
std::size_t parts_at_a_time(const Send& send, const std::vector<Shard>& parts) {
  std::size_t heaviest = 1;
  for (const Shard& part : parts) heaviest = std::max(heaviest, answer_bytes(send, part));
  return std::clamp<std::size_t>(send.limits.most_answer_bytes_at_a_time / heaviest, 1, send.limits.parallel);
}

/// Positions in the order of their keys → shards, each within the limits, as far as regions are known;
/// the rest goes to `unknown`.
std::vector<Shard> shard(const Send& send, const std::vector<std::size_t>& positions,
                         std::vector<std::size_t>& unknown) {
  std::vector<Shard> shards;
  std::size_t bytes = 0;
  std::size_t most_keys = 0;
  for (const std::size_t position : positions) {
    const std::string_view key = send.call.key(position);
    const bool same = !shards.empty() && shards.back().region->contains(key);
    const std::size_t weight = send.call.weight(position);
    const bool full = same && (shards.back().positions.size() >= most_keys || bytes + weight > send.limits.most_bytes);
    if (full && send.call.answer_weight(*shards.back().region) == 0 && most_keys < send.limits.most_keys) {
      shards.back().later.push_back(position);
      continue;
    }
    if (!same || full) {
      RegionPtr region = same ? shards.back().region : send.sender.regions().find(key);
      if (!region) {
        unknown.push_back(position);
        continue;
      }
      most_keys = keys_at_a_time(send, *region);
      shards.emplace_back();
      shards.back().region = std::move(region);
      bytes = 0;
    }
    shards.back().positions.push_back(position);
    bytes += weight;
  }
  return shards;
}

Task<void> send_positions(Send send, std::vector<std::size_t> positions, Past past);

/// The answer was larger than the client takes, and fewer keys would have a smaller one.
bool divides(const Send& send, const Shard& part, const Result<RegionPtr>& answered) {
  return !answered && answered.error().kind() == ErrorKind::answer_too_large && part.positions.size() > 1 &&
         send.call.answer_weight(*part.region).has_value();
}

/// Sends a shard, and what waited for its answer: more at a time if it told nothing.
Task<void> send_shard(Send send, Shard part, Past past) {
  std::vector<std::size_t> later = std::move(part.later);
  const std::unique_ptr<RegionRequest> request = send.call.request(part);
  request->large_answer = answer_bytes(send, part) > large_answer_bytes && send.call.answer_weight(*part.region) > 0;
  if (past.in_doubt) request->doubt.raise(send.operation);
  std::string first(send.call.key(part.positions.front()));
  const Result<RegionPtr> answered =
      co_await send.sender.send(send.operation, std::move(first), *request, part.region.get(), &past.tries);
  const bool moved = answered && !*answered;
  const bool doubtful = request->doubt.raised();
  const bool again = divides(send, part, answered);
  if (again) {
    send.limits.most_keys = std::max<std::size_t>(1, part.positions.size() / send.limits.growth);
    later.insert(later.begin(), part.positions.begin(), part.positions.end());
  } else if (!answered) {
    fail(send, part.positions, answered.error(), doubtful);
  } else if (!moved) {
    send.call.absorb(*request, part);
  } else {  // the region changed: its keys go their separate ways, and take a doubt along
    request->doubt.settle();
    later.insert(later.begin(), part.positions.begin(), part.positions.end());
  }
  if (later.empty()) co_return {};
  if (!moved && !again) {  // they are other keys, whose turn comes now
    send.limits.first_keys *= send.limits.growth;
    past.tries = {};
  }
  past.in_doubt = past.in_doubt || (moved && doubtful);
  co_await ok(send_positions(send, std::move(later), past));
  co_return {};
}

/// Keys whose region cannot be used just now: others do not wait for it.
struct Late {
  std::optional<MissingRegion> region;  ///< nothing: PD did not tell, which says nothing about other keys
  std::vector<std::size_t> positions;
};

/// Fills the cache with the regions of `positions`, with few questions to PD; those whose region
/// cannot be used now are taken out of them.
Task<std::vector<Late>> load_regions(Send send, std::vector<std::size_t>& positions) {
  std::vector<Late> late;
  std::vector<MissingRegion> missing;
  std::vector<std::size_t> found;
  std::int32_t limit = 1;  // more with every miss: keys are often close together, but need not be
  const std::string end = std::string(send.call.key(positions.back())) + '\0';
  for (const std::size_t position : positions) {
    const std::string key(send.call.key(position));
    const auto holds_key = [&key](const MissingRegion& region) { return region.contains(key); };
    auto held = std::find_if(missing.begin(), missing.end(), holds_key);
    bool known = send.sender.regions().find(key) != nullptr;
    if (!known && held == missing.end()) {
      missing = co_await ok(send.sender.loader().load(send.operation, key, end, limit));
      limit = std::min(limit * 2, RegionLoader::most_regions_per_question);
      held = std::find_if(missing.begin(), missing.end(), holds_key);
      known = send.sender.regions().find(key) != nullptr;
    }
    if (known) {
      found.push_back(position);
      continue;
    }
    if (late.empty() || !late.back().region || !late.back().region->contains(key)) {
      late.emplace_back();
      if (held != missing.end()) late.back().region = *held;
    }
    late.back().positions.push_back(position);
  }
  positions = std::move(found);
  co_return std::move(late);
}

Task<void> send_late(Send send, std::vector<std::size_t> positions, Past past) {
  core::Doubt doubt;
  if (past.in_doubt) doubt.raise(send.operation);
  std::string first(send.call.key(positions.front()));
  const Result<RegionPtr> located = co_await send.sender.locate(send.operation, std::move(first));
  if (!located) {
    fail(send, positions, located.error(), past.in_doubt);
    co_return {};
  }
  doubt.settle();
  co_await ok(send_positions(send, std::move(positions), past));
  co_return {};
}

Task<void> send_unknown(Send send, std::vector<std::size_t> positions, Past past) {
  core::Doubt doubt;
  if (past.in_doubt) doubt.raise(send.operation);
  Result<std::vector<Late>> late = co_await load_regions(send, positions);
  if (!late) {
    fail(send, positions, late.error(), past.in_doubt);
    co_return {};
  }
  const Shares shares(send, late->size(), true);
  std::vector<Task<void>> tasks;
  for (Late& part : *late) tasks.push_back(send_late(shares.of_one, std::move(part.positions), past));
  Task<void> others = send_positions(shares.rest, std::move(positions), past);
  doubt.settle();
  tasks.insert(tasks.begin(), std::move(others));
  co_await ok(gather(std::move(tasks), shares.at_a_time));
  co_return {};
}

/// Sends these keys; what fails is noted in `failures`, key by key.
Task<void> send_positions(Send send, std::vector<std::size_t> positions, Past past) {
  std::vector<std::size_t> unknown;
  std::vector<Shard> parts = shard(send, positions, unknown);
  const std::size_t at_a_time = parts_at_a_time(send, parts);
  const Shares shares(send, parts.size(), !unknown.empty());
  std::vector<Task<void>> tasks;
  tasks.reserve(parts.size() + 1);
  for (Shard& part : parts) tasks.push_back(send_shard(shares.of_one, std::move(part), past));
  if (unknown.empty()) {
    co_await ok(gather(std::move(tasks), at_a_time));
    co_return {};
  }
  Task<void> others = send_unknown(shares.rest, std::move(unknown), past);
  tasks.insert(shares.at_a_time > 1 ? tasks.begin() : tasks.end(), std::move(others));
  co_await ok(gather(std::move(tasks), std::min(shares.at_a_time, at_a_time + 1)));
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
  co_await ok(send_positions(send, std::move(positions), Past()));
  if (failures.first) co_return tell(operation, failures, call.size());
  co_return {};
}

}  // namespace tikv::region
