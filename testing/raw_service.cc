#include "testing/raw_service.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include "testing/region_check.h"

namespace tikv::testing {

namespace {

using std::chrono::seconds;

constexpr std::size_t entry_overhead = 64;

/// Puts a text where this kind of answer has room for it: in its own field, or in a pair.
template <class Response>
void refuse(Response& response, std::string why) {
  if constexpr (requires { response.set_error(why); }) {
    response.set_error(std::move(why));
  } else if constexpr (requires { response.add_pairs(); }) {
    response.add_pairs()->mutable_error()->set_abort(std::move(why));
  } else {
    response.add_kvs()->mutable_error()->set_abort(std::move(why));
  }
}

template <class Request>
std::string_view family_name(const Request& request) {
  if constexpr (requires { request.cf(); }) return request.cf();
  return {};
}

/// The region error if one of the keys is elsewhere.
template <class Keys, class Response>
bool all_inside(const RegionState& region, const Keys& keys, Response& response) {
  errorpb::Error error;
  for (const auto& key : keys) {
    if (check_key(region, key, error)) continue;
    *response.mutable_region_error() = std::move(error);
    return false;
  }
  return true;
}

core::WallTime expiry(core::WallTime now, std::uint64_t ttl) {
  constexpr std::uint64_t longest = std::uint64_t{100} * 365 * 24 * 3600;
  if (ttl == 0 || ttl > longest) return core::WallTime::max();
  return std::chrono::floor<seconds>(now) + seconds(ttl);
}

}  // namespace

RawService::RawService(core::Loop& loop, RegionMap& regions, RawStore& data, const RawLimits& limits, Grown grown)
    : loop_(loop), regions_(regions), data_(data), limits_(limits), grown_(std::move(grown)) {}

template <class Request, class Response>
RawService::Place RawService::admit(StoreState& store, const Request& request, Response& response) {
  ++store.statistics.requests;
  errorpb::Error error;
  RegionState* region = check_region(regions_, store, request.context(), error);
  if (region == nullptr) {
    *response.mutable_region_error() = std::move(error);
    return {};
  }
  const kvrpcpb::APIVersion version = request.context().api_version();
  if (version != kvrpcpb::V1 && !(version == kvrpcpb::V1TTL && limits_.ttl)) {
    refuse(response, "the request is of another API version than this store");
    return {};
  }
  const auto family = RawStore::family(family_name(request));
  if (!family) {
    refuse(response, "there is no column family " + std::string(family_name(request)));
    return {};
  }
  return {&store, region, *family};
}

std::string RawService::refuse_write(const Write& write) const {
  if (write.key.size() > limits_.max_key_size) {
    return "the key is too large: " + std::to_string(write.key.size()) + " bytes, the limit is " +
           std::to_string(limits_.max_key_size);
  }
  if (write.ttl != 0 && !limits_.ttl) return "ttl is not enabled on this store";
  return {};
}

bool RawService::entry_too_large(const RegionState& region, std::size_t size, errorpb::Error& error) const {
  size += entry_overhead;
  if (size <= limits_.max_entry_size) return false;
  error.set_message("a write of " + std::to_string(size) + " bytes is too large for region " +
                    std::to_string(region.meta.id()));
  error.mutable_raft_entry_too_large()->set_region_id(region.meta.id());
  error.mutable_raft_entry_too_large()->set_entry_size(size);
  return true;
}

void RawService::tell(const Place& at, std::string_view key, std::optional<std::string_view> value,
                      core::WallTime expires) {
  if (!changed_) return;
  changed_({loop_.now(), at.family, key, value, expires, at.store->meta.id(), at.region->meta.id()});
}

void RawService::put(const Place& at, const Write& write) {
  const core::WallTime expires = expiry(now(), write.ttl);
  if (data_.put(at.family, write.key, {std::string(write.value), expires})) ++at.region->keys;
  tell(at, write.key, write.value, expires);
}

void RawService::erase(const Place& at, std::string_view key) {
  if (data_.erase(at.family, key)) --at.region->keys;
  tell(at, key, std::nullopt);
}

void RawService::erase_range(const Place& at, std::string_view start, std::string_view end) {
  std::vector<std::string> told;  // dead keys are none of a listener's business
  if (changed_) {
    data_.scan(at.family, start, end, now(), [&](RawStore::Visited visited) {
      told.emplace_back(visited.key);
      return true;
    });
  }
  const std::uint64_t erased = data_.erase_range(at.family, start, end);
  at.region->keys -= std::min(erased, at.region->keys);
  at.store->statistics.keys_written += erased;
  for (const std::string& key : told) tell(at, key, std::nullopt);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawGetRequest& request, kvrpcpb::RawGetResponse& response) {
  const Place at = admit(store, request, response);
  if (!at || !all_inside(*at.region, std::initializer_list<std::string_view>{request.key()}, response)) return;
  ++store.statistics.keys_read;
  const RawStore::Entry* entry = data_.get(at.family, request.key(), now());
  if (entry == nullptr) return response.set_not_found(true);
  response.set_value(entry->value);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchGetRequest& request,
                       kvrpcpb::RawBatchGetResponse& response) {
  const Place at = admit(store, request, response);
  if (!at || !all_inside(*at.region, request.keys(), response)) return;
  store.statistics.keys_read += static_cast<std::uint64_t>(request.keys_size());
  for (const std::string& key : request.keys()) {
    const RawStore::Entry* entry = data_.get(at.family, key, now());
    if (entry == nullptr) continue;
    kvrpcpb::KvPair* pair = response.add_pairs();
    pair->set_key(key);
    pair->set_value(entry->value);
  }
}

void RawService::serve(StoreState& store, const kvrpcpb::RawPutRequest& request, kvrpcpb::RawPutResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  const Write write{request.key(), request.value(), request.ttl()};
  if (std::string why = refuse_write(write); !why.empty()) return response.set_error(std::move(why));
  if (!all_inside(*at.region, std::initializer_list<std::string_view>{write.key}, response)) return;
  errorpb::Error error;
  if (entry_too_large(*at.region, write.key.size() + write.value.size(), error)) {
    *response.mutable_region_error() = std::move(error);
    return;
  }
  ++store.statistics.keys_written;
  put(at, write);
  grown_(*at.region);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchPutRequest& request,
                       kvrpcpb::RawBatchPutResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  const int ttls = request.ttls_size();
  if (ttls > 1 && ttls != request.pairs_size()) return response.set_error("there are not as many ttls as pairs");
  const auto write_of = [&](int i) {
    const std::uint64_t ttl = ttls == 0 ? request.ttl() : request.ttls(ttls == 1 ? 0 : i);
    return Write{request.pairs(i).key(), request.pairs(i).value(), ttl};
  };
  std::size_t size = 0;
  errorpb::Error error;
  for (int i = 0; i < request.pairs_size(); ++i) {
    const Write write = write_of(i);
    if (std::string why = refuse_write(write); !why.empty()) return response.set_error(std::move(why));
    size += write.key.size() + write.value.size();
    if (!check_key(*at.region, write.key, error)) break;
  }
  if (error.has_key_not_in_region() || entry_too_large(*at.region, size, error)) {
    *response.mutable_region_error() = std::move(error);
    return;
  }
  store.statistics.keys_written += static_cast<std::uint64_t>(request.pairs_size());
  for (int i = 0; i < request.pairs_size(); ++i) put(at, write_of(i));
  grown_(*at.region);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawDeleteRequest& request,
                       kvrpcpb::RawDeleteResponse& response) {
  const Place at = admit(store, request, response);
  if (!at || !all_inside(*at.region, std::initializer_list<std::string_view>{request.key()}, response)) return;
  ++store.statistics.keys_written;
  erase(at, request.key());
}

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchDeleteRequest& request,
                       kvrpcpb::RawBatchDeleteResponse& response) {
  const Place at = admit(store, request, response);
  if (!at || !all_inside(*at.region, request.keys(), response)) return;
  store.statistics.keys_written += static_cast<std::uint64_t>(request.keys_size());
  for (const std::string& key : request.keys()) erase(at, key);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawDeleteRangeRequest& request,
                       kvrpcpb::RawDeleteRangeResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  if (!request.end_key().empty() && request.start_key() >= request.end_key()) {
    return response.set_error("the range to delete ends before it starts");
  }
  errorpb::Error error;
  if (!check_key(*at.region, request.start_key(), error) || !check_range_end(*at.region, request.end_key(), error)) {
    *response.mutable_region_error() = std::move(error);
    return;
  }
  erase_range(at, request.start_key(), request.end_key());
}

bool RawService::scan(const RegionState& region, RawStore::Family family, const Scan& scan, errorpb::Error& error,
                      google::protobuf::RepeatedPtrField<kvrpcpb::KvPair>& pairs) {
  if (!check_key_or_end(region, scan.start, error)) return false;
  if (scan.limit == 0) return true;
  std::uint64_t left = scan.limit;
  const auto take = [&](RawStore::Visited visited) {
    kvrpcpb::KvPair* pair = pairs.Add();
    pair->set_key(std::string(visited.key));
    if (!scan.key_only) pair->set_value(visited.entry.value);
    return --left > 0;
  };
  const std::string& first = region.meta.start_key();
  const std::string& last = region.meta.end_key();
  if (scan.reverse) {  // from `start`, excluded, down to `end`; nothing lies before an empty `start`
    if (!scan.start.empty())
      data_.scan_down(family, std::max<std::string_view>(scan.end, first), scan.start, now(), take);
    return true;
  }
  const bool ends_inside = !scan.end.empty() && (last.empty() || scan.end < last);
  data_.scan(family, scan.start, ends_inside ? scan.end : std::string_view(last), now(), take);
  return true;
}

void RawService::serve(StoreState& store, const kvrpcpb::RawScanRequest& request, kvrpcpb::RawScanResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  errorpb::Error error;
  const Scan asked{request.start_key(), request.end_key(), request.limit(), request.key_only(), request.reverse()};
  if (!scan(*at.region, at.family, asked, error, *response.mutable_kvs())) {
    *response.mutable_region_error() = std::move(error);
  }
  store.statistics.keys_read += static_cast<std::uint64_t>(response.kvs_size());
}

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchScanRequest& request,
                       kvrpcpb::RawBatchScanResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  for (int i = 0; i < request.ranges_size(); ++i) {
    const kvrpcpb::KeyRange& range = request.ranges(i);
    std::string_view end = range.end_key();
    // A forward range without an end goes on to the start of the next.
    if (!request.reverse() && end.empty() && i + 1 < request.ranges_size()) end = request.ranges(i + 1).start_key();
    errorpb::Error error;
    const Scan asked{range.start_key(), end, request.each_limit(), request.key_only(), request.reverse()};
    if (scan(*at.region, at.family, asked, error, *response.mutable_kvs())) continue;
    response.clear_kvs();
    *response.mutable_region_error() = std::move(error);
    return;
  }
  store.statistics.keys_read += static_cast<std::uint64_t>(response.kvs_size());
}

void RawService::serve(StoreState& store, const kvrpcpb::RawCASRequest& request, kvrpcpb::RawCASResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  const Write write{request.key(), request.value(), request.ttl()};
  if (std::string why = refuse_write(write); !why.empty()) return response.set_error(std::move(why));
  if (!all_inside(*at.region, std::initializer_list<std::string_view>{write.key}, response)) return;
  errorpb::Error error;
  if (entry_too_large(*at.region, write.key.size() + write.value.size(), error)) {
    *response.mutable_region_error() = std::move(error);
    return;
  }
  const RawStore::Entry* entry = data_.get(at.family, write.key, now());
  ++store.statistics.keys_read;
  response.set_previous_not_exist(entry == nullptr);
  if (entry != nullptr) response.set_previous_value(entry->value);
  const bool as_expected =
      request.previous_not_exist() ? entry == nullptr : entry != nullptr && entry->value == request.previous_value();
  response.set_succeed(as_expected);
  if (!as_expected) return;
  ++store.statistics.keys_written;
  put(at, write);
  grown_(*at.region);
}

void RawService::serve(StoreState& store, const kvrpcpb::RawGetKeyTTLRequest& request,
                       kvrpcpb::RawGetKeyTTLResponse& response) {
  const Place at = admit(store, request, response);
  if (!at || !all_inside(*at.region, std::initializer_list<std::string_view>{request.key()}, response)) return;
  ++store.statistics.keys_read;
  const RawStore::Entry* entry = data_.get(at.family, request.key(), now());
  if (entry == nullptr) return response.set_not_found(true);
  if (entry->expires == core::WallTime::max()) return;
  const auto left = std::chrono::floor<seconds>(entry->expires) - std::chrono::floor<seconds>(now());
  response.set_ttl(static_cast<std::uint64_t>(left.count()));
}

void RawService::serve(StoreState& store, const kvrpcpb::RawChecksumRequest& request,
                       kvrpcpb::RawChecksumResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  std::uint64_t checksum = 0;
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
  for (const kvrpcpb::KeyRange& range : request.ranges()) {
    errorpb::Error error;
    google::protobuf::RepeatedPtrField<kvrpcpb::KvPair> pairs;
    const Scan asked{range.start_key(), range.end_key(), std::numeric_limits<std::uint64_t>::max(), false, false};
    if (!scan(*at.region, at.family, asked, error, pairs)) {
      *response.mutable_region_error() = std::move(error);
      return;
    }
    for (const kvrpcpb::KvPair& pair : pairs) {
      checksum ^= crc64(pair.value(), crc64(pair.key()));
      bytes += pair.key().size() + pair.value().size();
      ++count;
    }
  }
  response.set_checksum(checksum);
  response.set_total_kvs(count);
  response.set_total_bytes(bytes);
  store.statistics.keys_read += count;
}

}  // namespace tikv::testing
