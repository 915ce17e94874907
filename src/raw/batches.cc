// Calls with many keys: split by region, sent side by side.
#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "raw/raw_kv.h"
#include "raw/raw_requests.h"

namespace tikv::raw {

namespace {

/// Keys that are asked for once, however often the caller named them.
class BatchGetCall final : public region::ShardedCall {
 public:
  BatchGetCall(const std::vector<std::string>& keys, const CallContext& context, const region::KeyCodec& codec)
      : context_(context), codec_(codec) {
    values_.reserve(keys.size());
    for (const std::string& key : keys) {
      Wanted& wanted = values_[key];
      if (wanted.times++ == 0) keys_.push_back(key);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept override { return keys_.size(); }
  [[nodiscard]] std::string_view key(std::size_t position) const noexcept override { return keys_[position]; }
  [[nodiscard]] std::size_t weight(std::size_t position) const noexcept override { return keys_[position].size(); }
  [[nodiscard]] std::optional<std::size_t> answer_weight(const region::Region& region) const noexcept override {
    return region.seen_pair_bytes;
  }
  [[nodiscard]] std::unique_ptr<region::RegionRequest> request(const region::Shard& shard) override {
    auto request = std::make_unique<BatchGet>();
    prepare(*request, context_, codec_);
    for (const std::size_t position : shard.positions) {
      std::string key = codec_.key(keys_[position]);
      request->message.keys.push_back(std::move(key));
    }
    return request;
  }
  void absorb(region::RegionRequest& request, const region::Shard& shard) override {
    std::size_t pairs = 0;
    std::size_t bytes = 0;
    for (auto& pair : static_cast<BatchGet&>(request).answer.pairs) {
      ++pairs;
      bytes += pair.key.size() + pair.value.size();
      if (!codec_.strip(pair.key)) continue;
      const auto wanted = values_.find(pair.key);
      if (wanted != values_.end()) wanted->second.value = std::move(pair.value);
    }
    shard.region->note_pairs(pairs, bytes);
  }

  /// Moves the value out to the last who wants it: it may be all that fits the memory.
  [[nodiscard]] std::optional<std::string> take(const std::string& key) {
    Wanted& wanted = values_.at(key);
    return --wanted.times == 0 ? std::move(wanted.value) : wanted.value;
  }

 private:
  struct Wanted {
    std::optional<std::string> value;
    std::size_t times = 0;
  };

  std::vector<std::string_view> keys_;
  std::unordered_map<std::string_view, Wanted> values_;  // of the caller's keys
  CallContext context_;
  const region::KeyCodec& codec_;
};

/// How the writes of a batch are sent.
struct Writing {
  CallContext context;
  const region::KeyCodec& codec;
  bool resend = true;
  bool for_cas = false;
};

std::chrono::seconds ttl_of(const KeyValue& /*pair*/, const CallContext& context) { return context.ttl; }
std::chrono::seconds ttl_of(const KeyValueTtl& pair, const CallContext& /*context*/) { return pair.ttl; }

/// Of equal keys the last one counts, as if they were put one after the other.
template <class Pair>
class BatchPutCall final : public region::ShardedCall {
 public:
  BatchPutCall(const std::vector<Pair>& pairs, const Writing& writing) : writing_(writing) {
    std::unordered_map<std::string_view, std::size_t> place;
    for (const Pair& pair : pairs) {
      const auto [found, added] = place.emplace(pair.key, pairs_.size());
      if (added) {
        pairs_.push_back(&pair);
      } else {
        pairs_[found->second] = &pair;
      }
    }
  }

  [[nodiscard]] std::size_t size() const noexcept override { return pairs_.size(); }
  [[nodiscard]] std::string_view key(std::size_t position) const noexcept override { return pairs_[position]->key; }
  [[nodiscard]] std::size_t weight(std::size_t position) const noexcept override {
    return pairs_[position]->key.size() + pairs_[position]->value.size();
  }
  [[nodiscard]] std::unique_ptr<region::RegionRequest> request(const region::Shard& shard) override {
    auto request = std::make_unique<BatchPut>(writing_.resend);
    prepare(*request, writing_.context, writing_.codec);
    request->message.for_cas = writing_.for_cas;
    for (const std::size_t position : shard.positions) {
      pb::KvPair& pair = request->message.pairs.emplace_back();
      pair.key = writing_.codec.key(pairs_[position]->key);
      pair.value = pairs_[position]->value;
    }
    add_ttls(request->message, shard);
    return request;
  }
  void absorb(region::RegionRequest& /*request*/, const region::Shard& /*shard*/) override {}

  [[nodiscard]] bool has_ttl() const {
    return std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair* pair) { return ttl(*pair) != 0; });
  }
  [[nodiscard]] bool ttls_differ() const {
    return std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair* pair) { return ttl(*pair) != ttl(*pairs_[0]); });
  }

 private:
  [[nodiscard]] std::uint64_t ttl(const Pair& pair) const {
    return static_cast<std::uint64_t>(ttl_of(pair, writing_.context).count());
  }
  /// One for all is said twice: old stores know one field, new ones should look at the other.
  void add_ttls(pb::RawBatchPutRequest& message, const region::Shard& shard) const {
    const std::uint64_t first = ttl(*pairs_[shard.positions.front()]);
    const auto differs = [&](std::size_t position) { return ttl(*pairs_[position]) != first; };
    if (std::none_of(shard.positions.begin(), shard.positions.end(), differs)) {
      if (first == 0) return;
      message.ttl = first;
      message.ttls.push_back(first);
      return;
    }
    for (const std::size_t position : shard.positions) message.ttls.push_back(ttl(*pairs_[position]));
  }

  std::vector<const Pair*> pairs_;
  Writing writing_;
};

class BatchDeleteCall final : public region::ShardedCall {
 public:
  BatchDeleteCall(std::vector<std::string> keys, const Writing& writing) : keys_(std::move(keys)), writing_(writing) {
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  }

  [[nodiscard]] std::size_t size() const noexcept override { return keys_.size(); }
  [[nodiscard]] std::string_view key(std::size_t position) const noexcept override { return keys_[position]; }
  [[nodiscard]] std::size_t weight(std::size_t position) const noexcept override { return keys_[position].size(); }
  [[nodiscard]] std::unique_ptr<region::RegionRequest> request(const region::Shard& shard) override {
    auto request = std::make_unique<BatchDelete>(writing_.resend);
    prepare(*request, writing_.context, writing_.codec);
    request->message.for_cas = writing_.for_cas;
    for (const std::size_t position : shard.positions) {
      std::string key = writing_.codec.key(keys_[position]);
      request->message.keys.push_back(std::move(key));
    }
    return request;
  }
  void absorb(region::RegionRequest& /*request*/, const region::Shard& /*shard*/) override {}

 private:
  std::vector<std::string> keys_;
  Writing writing_;
};

}  // namespace

Task<std::vector<KeyValue>> RawKv::batch_get(core::Operation& operation, CallContext context,
                                             std::vector<std::string> keys) {
  BatchGetCall call(keys, context, sender_.codec());
  co_await ok(region::send_sharded(operation, sender_, call, limits()));
  std::vector<KeyValue> found;
  for (const std::string& key : keys) {
    std::optional<std::string> value = call.take(key);
    if (!value) continue;
    KeyValue pair;
    pair.value = *std::move(value);
    pair.key = key;
    found.push_back(std::move(pair));
  }
  co_return std::move(found);
}

Task<void> RawKv::batch_put(core::Operation& operation, CallContext context, std::vector<KeyValue> pairs) {
  const Writing writing{context, sender_.codec(), resends(context), options_.atomic};
  BatchPutCall<KeyValue> call(pairs, writing);
  co_await ok(region::send_sharded(operation, sender_, call, limits()));
  if (!pairs.empty()) note_accepted(context.ttl);
  co_return {};
}

Task<void> RawKv::batch_put_with_ttl(core::Operation& operation, CallContext context, std::vector<KeyValueTtl> pairs) {
  const Writing writing{context, sender_.codec(), resends(context), options_.atomic};
  BatchPutCall<KeyValueTtl> call(pairs, writing);
  if (call.ttls_differ()) co_await ok(sender_.stores().require(operation, region::Feature::raw_ttl_per_key));
  co_await ok(region::send_sharded(operation, sender_, call, limits()));
  ttl_proven_ = ttl_proven_ || call.has_ttl();
  co_return {};
}

Task<void> RawKv::batch_delete(core::Operation& operation, CallContext context, std::vector<std::string> keys) {
  const Writing writing{context, sender_.codec(), resends(context), options_.atomic};
  BatchDeleteCall call(std::move(keys), writing);
  co_await ok(region::send_sharded(operation, sender_, call, limits()));
  co_return {};
}

}  // namespace tikv::raw
