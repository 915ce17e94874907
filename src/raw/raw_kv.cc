#include "raw/raw_kv.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "core/planted_bug.h"
#include "raw/raw_requests.h"

namespace tikv::raw {

namespace {

constexpr std::size_t scan_page = 1024;  // pairs asked of one region at a time

/// Keys that are asked for once, however often the caller named them.
class BatchGetCall final : public region::ShardedCall {
 public:
  explicit BatchGetCall(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      if (values_.emplace(key, std::nullopt).second) keys_.push_back(key);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept override { return keys_.size(); }
  [[nodiscard]] std::string_view key(std::size_t position) const noexcept override { return keys_[position]; }
  [[nodiscard]] std::size_t weight(std::size_t position) const noexcept override { return keys_[position].size(); }
  [[nodiscard]] std::unique_ptr<region::RegionRequest> request(const region::Shard& shard) override {
    auto request = std::make_unique<BatchGet>(batch_get_method, false, true);
    for (const std::size_t position : shard.positions) {
      request->message.add_keys(keys_[position].data(), keys_[position].size());
    }
    return request;
  }
  void absorb(region::RegionRequest& request, const region::Shard& /*shard*/) override {
    for (auto& pair : *static_cast<BatchGet&>(request).answer.mutable_pairs()) {
      const auto wanted = values_.find(pair.key());
      if (wanted != values_.end()) wanted->second = std::move(*pair.mutable_value());
    }
  }

  [[nodiscard]] const std::optional<std::string>& value(const std::string& key) const { return values_.at(key); }

 private:
  std::vector<std::string_view> keys_;
  std::unordered_map<std::string, std::optional<std::string>> values_;
};

/// Of equal keys the last one counts, as if they were put one after the other.
class BatchPutCall final : public region::ShardedCall {
 public:
  BatchPutCall(const std::vector<KeyValue>& pairs, bool resend) : resend_(resend) {
    std::unordered_map<std::string_view, std::size_t> place;
    for (const KeyValue& pair : pairs) {
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
    auto request = std::make_unique<BatchPut>(batch_put_method, true, resend_);
    for (const std::size_t position : shard.positions) {
      auto* pair = request->message.add_pairs();
      pair->set_key(pairs_[position]->key);
      pair->set_value(pairs_[position]->value);
    }
    return request;
  }
  void absorb(region::RegionRequest& /*request*/, const region::Shard& /*shard*/) override {}

 private:
  std::vector<const KeyValue*> pairs_;
  bool resend_;
};

}  // namespace

region::ShardLimits RawKv::limits() const noexcept {
  region::ShardLimits limits;
  limits.parallel = max_parallel_regions_;
  return limits;
}

Task<std::optional<std::string>> RawKv::get(core::Operation& operation, std::string key) {
  Get request(get_method, false, true);
  request.message.set_key(key);
  co_await ok(sender_.send(operation, std::move(key), request));
  if (request.answer.not_found()) co_return std::optional<std::string>();
  co_return std::optional<std::string>(std::move(*request.answer.mutable_value()));
}

Task<std::vector<KeyValue>> RawKv::batch_get(core::Operation& operation, std::vector<std::string> keys) {
  BatchGetCall call(keys);
  co_await ok(region::send_sharded(operation, sender_, call, limits()));
  std::vector<KeyValue> found;
  for (std::string& key : keys) {
    const std::optional<std::string>& value = call.value(key);
    if (!value) continue;
    KeyValue pair;
    pair.value = *value;
    pair.key = key;
    found.push_back(std::move(pair));
  }
  co_return std::move(found);
}

Task<void> RawKv::put(core::Operation& operation, std::string key, std::string value, bool resend) {
  Put request(put_method, true, resend);
  request.message.set_key(key);
  request.message.set_value(std::move(value));
  co_await ok(sender_.send(operation, std::move(key), request));
  co_return {};
}

Task<void> RawKv::batch_put(core::Operation& operation, std::vector<KeyValue> pairs, bool resend) {
  BatchPutCall call(pairs, resend);
  co_await ok(region::send_sharded(operation, sender_, call, limits()));
  co_return {};
}

Task<void> RawKv::delete_key(core::Operation& operation, std::string key, bool resend) {
  Delete request(delete_method, true, resend);
  request.message.set_key(key);
  co_await ok(sender_.send(operation, std::move(key), request));
  co_return {};
}

Task<std::vector<KeyValue>> RawKv::scan(core::Operation& operation, KeyRange range, std::size_t limit, bool key_only) {
  std::vector<KeyValue> pairs;
  std::string next = range.start();
  while (!range.empty() && pairs.size() < limit) {
    constexpr core::Bug skips = core::Bug::scan_skips_a_region_after_a_split;
    const region::RegionPtr meant = core::planted(skips) ? sender_.regions().find(next) : nullptr;
    const std::size_t page = std::min(scan_page, limit - pairs.size());
    Scan request(scan_method, false, true);
    request.message.set_start_key(next);
    request.message.set_end_key(range.end());
    request.message.set_limit(static_cast<std::uint32_t>(page));
    request.message.set_key_only(key_only);
    region::RegionPtr region = co_await ok(sender_.send(operation, next, request));
    if (meant) region = meant;
    auto& found = *request.answer.mutable_kvs();
    for (auto& pair : found) {
      pairs.emplace_back();
      pairs.back().key = std::move(*pair.mutable_key());
      pairs.back().value = std::move(*pair.mutable_value());
    }
    if (static_cast<std::size_t>(found.size()) >= page) {
      next = pairs.back().key + '\0';  // the region may hold more
    } else if (region->end.empty()) {
      break;
    } else {
      next = region->end;
    }
    if (!range.end().empty() && next >= range.end()) break;
  }
  co_return std::move(pairs);
}

}  // namespace tikv::raw
