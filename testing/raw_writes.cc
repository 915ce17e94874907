// The raw commands that write.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "testing/raw_admission.h"

namespace tikv::testing {

namespace {

using std::chrono::seconds;

/// Region, peer, epoch, term and lengths.
constexpr std::size_t entry_overhead = 128;

/// Whole seconds of the store's clock; what lives longer than that can count is told apart.
RawStore::Entry entry_of(std::string_view value, core::WallTime now, std::uint64_t ttl) {
  constexpr std::uint64_t longest = std::uint64_t{150} * 365 * 24 * 3600;
  RawStore::Entry made{std::string(value)};
  if (ttl == 0) return made;
  made.seconds_beyond = ttl - std::min(ttl, longest);
  made.expires = std::chrono::floor<seconds>(now) + seconds(ttl - made.seconds_beyond);
  return made;
}

/// As Rust prints them.
std::string as_bytes(std::string_view key) {
  std::string text;
  for (const char byte : key) {
    text += (text.empty() ? "[" : ", ") + std::to_string(static_cast<unsigned>(static_cast<unsigned char>(byte)));
  }
  return text.empty() ? "[]" : text + "]";
}

}  // namespace

std::size_t RawService::entry_size(std::string_view key, std::string_view value) const {
  constexpr std::size_t timestamp = 8;
  constexpr std::size_t expiry_time = 8;
  constexpr std::size_t flags = 1;
  std::size_t size = rules_.stored(key).size() + value.size();
  if (rules_.has_ttl()) size += expiry_time;
  if (rules_.has_prefixes()) size += timestamp + flags;
  return size;
}

bool RawService::entry_too_large(const RegionState& region, std::size_t size, errorpb::Error& error) const {
  size += entry_overhead;
  if (size <= rules_.limits().max_entry_size) return false;
  error.message =
      "a write of " + std::to_string(size) + " bytes is too large for region " + std::to_string(region.meta.id);
  wire::ensure(error.raft_entry_too_large).region_id = region.meta.id;
  wire::ensure(error.raft_entry_too_large).entry_size = size;
  return true;
}

void RawService::tell(const Place& at, std::string_view key, std::optional<std::string_view> value,
                      core::WallTime expires) {
  if (!changed_) return;
  changed_({loop_.now(), at.family, key, value, expires, at.store->meta.id, at.region->meta.id});
}

void RawService::put(const Place& at, std::string_view key, std::string_view value, std::uint64_t ttl) {
  RawStore::Entry entry = entry_of(value, now(), ttl);
  const core::WallTime expires = entry.expires;
  if (data_.put(at.family, rules_.stored(key), std::move(entry))) ++at.region->keys;
  tell(at, key, value, expires);
}

void RawService::erase(const Place& at, std::string_view key) {
  if (data_.erase(at.family, rules_.stored(key))) --at.region->keys;
  tell(at, key, std::nullopt);
}

void RawService::erase_range(const Place& at, std::string_view start, std::string_view end) {
  std::vector<std::string> told;  // dead keys are none of a listener's business
  if (changed_) {
    data_.scan(at.family, start, end, now(), [&](RawStore::Visited visited) {
      told.push_back(rules_.as_asked(visited.key));
      return true;
    });
  }
  const std::uint64_t erased = data_.erase_range(at.family, start, end);
  at.region->keys -= std::min(erased, at.region->keys);
  at.store->statistics.keys_written += erased;
  for (const std::string& key : told) tell(at, key, std::nullopt);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawPutRequest& request, kvrpcpb::RawPutResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  errorpb::Error error;
  if (entry_too_large(*at.region, entry_size(request.key, request.value), error)) {
    response.region_error = std::move(error);
    return;
  }
  ++store.statistics.keys_written;
  put(at, request.key, request.value, request.ttl);
  hooks_.grown(*at.region);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchPutRequest& request,
                       kvrpcpb::RawBatchPutResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  std::size_t size = 0;
  for (const kvrpcpb::KvPair& pair : request.pairs) size += entry_size(pair.key, pair.value);
  errorpb::Error error;
  if (entry_too_large(*at.region, size, error)) {
    response.region_error = std::move(error);
    return;
  }
  store.statistics.keys_written += request.pairs.size();
  for (std::size_t i = 0; i < request.pairs.size(); ++i) {
    put(at, request.pairs[i].key, request.pairs[i].value, ttl_of_pair(request, i, store.abilities));
  }
  hooks_.grown(*at.region);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawDeleteRequest& request,
                       kvrpcpb::RawDeleteResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  ++store.statistics.keys_written;
  erase(at, request.key);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchDeleteRequest& request,
                       kvrpcpb::RawBatchDeleteResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  store.statistics.keys_written += request.keys.size();
  for (const std::string& key : request.keys) erase(at, key);
}

// In API version 2, too, the keys are then gone for good; single deletes leave a mark there.
void RawService::serve(StoreState& store, const kvrpcpb::RawDeleteRangeRequest& request,
                       kvrpcpb::RawDeleteRangeResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  const std::string start = rules_.stored_bound(request.start_key);
  const std::string end = rules_.stored_bound(request.end_key);
  errorpb::Error error;
  if (!end.empty() && start >= end) {  // noticed when it is applied: clients take it for something that passes
    wire::ensure(response.region_error).message =
        "invalid delete range command, start_key: " + as_bytes(start) + ", end_key: " + as_bytes(end);
    return;
  }
  if (!check_key(*at.region, start, error) || !check_range_end(*at.region, end, error)) {
    response.region_error = std::move(error);
    return;
  }
  erase_range(at, start, end);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawCASRequest& request, kvrpcpb::RawCASResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  errorpb::Error error;
  if (entry_too_large(*at.region, entry_size(request.key, request.value), error)) {
    response.region_error = std::move(error);
    return;
  }
  const RawStore::Entry* before = entry(at, request.key);
  ++store.statistics.keys_read;
  response.previous_not_exist = before == nullptr;
  if (before != nullptr) response.previous_value = before->value;
  const bool as_expected =
      request.previous_not_exist ? before == nullptr : before != nullptr && before->value == request.previous_value;
  response.succeed = as_expected;
  if (!as_expected) return;
  if (request.delete_ && store.abilities.compare_and_delete) {
    if (before == nullptr) return;
    ++store.statistics.keys_written;
    return erase(at, request.key);
  }
  ++store.statistics.keys_written;
  put(at, request.key, request.value, request.ttl);
  hooks_.grown(*at.region);
}

}  // namespace tikv::testing
