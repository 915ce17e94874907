#include "testing/raw_service.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "testing/raw_admission.h"
#include "testing/raw_coprocessor.h"

namespace tikv::testing {

namespace {

using std::chrono::seconds;

}  // namespace

RawService::RawService(core::Loop& loop, RegionMap& regions, RawStore& data, const RawRules& rules, Hooks hooks)
    : loop_(loop), regions_(regions), data_(data), rules_(rules), hooks_(std::move(hooks)) {}

const RawStore::Entry* RawService::entry(const Place& at, std::string_view key) const {
  if (!rules_.has_prefixes()) return data_.get(at.family, key, now());
  return data_.get(at.family, rules_.stored(key), now());
}

void RawService::serve(StoreState& store, const kvrpcpb::RawGetRequest& request, kvrpcpb::RawGetResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  ++store.statistics.keys_read;
  const RawStore::Entry* found = entry(at, request.key);
  response.not_found = found == nullptr;
  if (found == nullptr) return;
  response.value = found->value;
}

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchGetRequest& request,
                       kvrpcpb::RawBatchGetResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  store.statistics.keys_read += request.keys.size();
  for (const std::string& key : request.keys) {
    if (!(rules_.has_prefixes() ? at.region->contains(rules_.stored(key)) : at.region->contains(key))) {
      wire::ensure(response.pairs.emplace_back().error).abort =
          outside_of_snapshot(*at.region, rules_.stored(key)).debug;
      continue;
    }
    const RawStore::Entry* found = entry(at, key);
    if (found == nullptr) continue;
    response.pairs.push_back({.key = key, .value = found->value});
  }
}

bool RawService::scan(const Place& at, const Scan& scan, errorpb::Error& error, Pairs& pairs) {
  if (scan.limit == 0) return true;  // nothing is looked at
  if (!check_key_or_end(*at.region, scan.start, error)) return false;
  std::uint64_t left = scan.limit;
  const auto take = [&](RawStore::Visited visited) {
    kvrpcpb::KvPair& pair = pairs.emplace_back();
    pair.key = rules_.as_asked(visited.key);
    if (!scan.key_only) pair.value = visited.entry.value;
    return --left > 0;
  };
  const std::string& first = at.region->meta.start_key;
  const std::string& last = at.region->meta.end_key;
  if (scan.reverse) {  // from `start`, excluded, down to `end`; nothing lies before an empty `start`
    if (!scan.start.empty()) data_.scan_down(at.family, std::max(scan.end, first), scan.start, now(), take);
    return true;
  }
  const bool ends_inside = !scan.end.empty() && (last.empty() || scan.end < last);
  data_.scan(at.family, scan.start, ends_inside ? scan.end : last, now(), take);
  return true;
}

void RawService::serve(StoreState& store, const kvrpcpb::RawScanRequest& request, kvrpcpb::RawScanResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  errorpb::Error error;
  const Scan asked{rules_.stored_bound(request.start_key), rules_.stored_bound(request.end_key), request.limit,
                   request.key_only, request.reverse};
  if (!scan(at, asked, error, response.kvs)) {
    response.region_error = std::move(error);
  }
  store.statistics.keys_read += response.kvs.size();
}

namespace {

/// A range without an end goes on to the start of the next, in either direction.
std::string_view end_of_range(const kvrpcpb::RawBatchScanRequest& request, std::size_t range) {
  if (!request.ranges[range].end_key.empty() || range + 1 == request.ranges.size()) {
    return request.ranges[range].end_key;
  }
  return request.ranges[range + 1].start_key;
}

bool ranges_in_order(const kvrpcpb::RawBatchScanRequest& request) {
  for (std::size_t i = 0; i < request.ranges.size(); ++i) {
    const std::string_view start = request.ranges[i].start_key;
    const std::string_view end = end_of_range(request, i);
    if (!end.empty() && (request.reverse ? start <= end : start >= end)) return false;
  }
  return true;
}

}  // namespace

void RawService::serve(StoreState& store, const kvrpcpb::RawBatchScanRequest& request,
                       kvrpcpb::RawBatchScanResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  if (!ranges_in_order(request)) return refuse(response, other_refusal("Invalid KeyRanges"));
  for (std::size_t i = 0; i < request.ranges.size(); ++i) {
    const kvrpcpb::KeyRange& range = request.ranges[i];
    const std::string_view end = end_of_range(request, i);
    errorpb::Error error;
    const Scan asked{rules_.stored_bound(range.start_key), rules_.stored_bound(end), request.each_limit,
                     request.key_only, request.reverse};
    if (scan(at, asked, error, response.kvs)) continue;
    response.kvs = {};
    response.region_error = std::move(error);
    return;
  }
  store.statistics.keys_read += response.kvs.size();
}

void RawService::serve(StoreState& store, const kvrpcpb::RawGetKeyTTLRequest& request,
                       kvrpcpb::RawGetKeyTTLResponse& response) {
  const Place at = admit(store, request, response);
  if (!at) return;
  if (!rules_.has_ttl()) return hooks_.died(store);
  ++store.statistics.keys_read;
  const RawStore::Entry* found = entry(at, request.key);
  response.not_found = found == nullptr;
  if (found == nullptr) return;
  if (found->expires == core::WallTime::max()) return;
  const auto left = std::chrono::floor<seconds>(found->expires) - std::chrono::floor<seconds>(now());
  response.ttl = static_cast<std::uint64_t>(left.count()) + found->seconds_beyond;
}

void RawService::serve(StoreState& store, const kvrpcpb::RawChecksumRequest& request,
                       kvrpcpb::RawChecksumResponse& response) {
  if (request.algorithm != kvrpcpb::ChecksumAlgorithm::crc64_xor) {
    ++store.statistics.requests;
    response.error = "unknown checksum algorithm";
    return;
  }
  const Place at = admit(store, request, response);
  if (!at) return;
  std::uint64_t checksum = 0;
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
  for (const kvrpcpb::KeyRange& range : request.ranges) {
    errorpb::Error error;
    Pairs pairs;
    const Scan asked{rules_.stored_bound(range.start_key), rules_.stored_bound(range.end_key),
                     std::numeric_limits<std::uint64_t>::max(), false, false};
    if (!scan(at, asked, error, pairs)) {
      response.region_error = std::move(error);
      return;
    }
    for (const kvrpcpb::KvPair& pair : pairs) {
      checksum ^= crc64(pair.value, crc64(pair.key));
      bytes += pair.key.size() + pair.value.size();
      ++count;
    }
  }
  response.checksum = checksum;
  response.total_kvs = count;
  response.total_bytes = bytes;
  store.statistics.keys_read += count;
}

void RawService::serve(StoreState& store, const kvrpcpb::RawCoprocessorRequest& request,
                       kvrpcpb::RawCoprocessorResponse& response) {
  if (std::string why = refuse_plugin(request.copr_name, request.copr_version_req); !why.empty()) {
    ++store.statistics.requests;
    response.error = std::move(why);
    return;
  }
  const Place at = admit(store, request, response);
  if (!at) return;
  std::uint64_t count = 0;
  for (const kvrpcpb::KeyRange& range : request.ranges) {
    errorpb::Error error;
    Pairs pairs;
    const Scan asked{rules_.stored_bound(range.start_key), rules_.stored_bound(range.end_key),
                     std::numeric_limits<std::uint64_t>::max(), true, false};
    if (!scan(at, asked, error, pairs)) {
      response.region_error = std::move(error);
      return;
    }
    count += static_cast<std::uint64_t>(pairs.size());
  }
  store.statistics.keys_read += count;
  response.data = request.data + std::to_string(count);
}

}  // namespace tikv::testing
