// Scans, in either direction, page by page.
#include <algorithm>
#include <utility>

#include "raw/raw_kv.h"
#include "raw/raw_requests.h"
#include "tikv/gather.h"

namespace tikv::raw {

namespace {

/// What a page is to weigh where many scans run side by side.
constexpr std::size_t batch_scan_page_bytes = PageSize::default_target / 2;

/// In reverse a scan starts *below* its start key, and nothing lies below an empty one.
std::string wire_start(const ScanState& state, const region::KeyCodec& codec) {
  if (!state.reverse) return codec.key(state.start());
  if (state.end().empty() && !codec.changes_keys()) return key_above_all();
  return codec.range_end(state.end());
}

std::string wire_end(const ScanState& state, const region::KeyCodec& codec) {
  return state.reverse ? codec.key(state.start()) : codec.range_end(state.end());
}

/// The pairs of an answer.
struct Taken {
  std::vector<KeyValue> pairs;
  std::size_t bytes = 0;
  bool outside = false;  // some were not of this keyspace
};

Taken take_pairs(pb::RawScanResponse& answer, const region::KeyCodec& codec) {
  Taken taken;
  taken.pairs.reserve(answer.kvs.size());
  for (auto& pair : answer.kvs) {
    taken.bytes += pair.key.size() + pair.value.size();
    if (!codec.strip(pair.key)) {
      taken.outside = true;
      continue;
    }
    KeyValue& added = taken.pairs.emplace_back();
    added.key = std::move(pair.key);
    added.value = std::move(pair.value);
  }
  answer = {};
  return taken;
}

/// What a store must not say to a scan, in words; empty if it did not.
std::string complaint(const Taken& taken, const ScanState& state, std::size_t asked, const region::Region& region) {
  std::string wrong = taken.outside ? "it sent a key of another keyspace" : state.complaint(taken.pairs, asked);
  if (!wrong.empty()) wrong = "region " + std::to_string(region.id) + ": the store broke the rules of a scan: " + wrong;
  return wrong;
}

}  // namespace

Task<std::vector<KeyValue>> RawKv::ask_for_page(core::Operation& operation, CallContext context, ScanState& state,
                                                std::size_t most) {
  const std::string key = state.next_key();
  if (const region::RegionPtr known = sender_.regions().find(key)) {
    state.page.enter(known->id, state.key_only ? 0 : known->seen_pair_bytes);
  } else {
    state.page.enter(0, 0);
  }
  const std::size_t page = state.page.next(most);
  Scan request;
  prepare(request, context, sender_.codec());
  request.message.start_key = wire_start(state, sender_.codec());
  request.message.end_key = wire_end(state, sender_.codec());
  request.message.limit = static_cast<std::uint32_t>(page);
  request.message.key_only = state.key_only;
  request.message.reverse = state.reverse;
  request.large_answer = state.page.expected_bytes(page) > region::large_answer_bytes;
  const region::RegionPtr region = co_await ok(sender_.send(operation, key, request));
  Taken taken = take_pairs(request.answer, sender_.codec());
  std::string wrong = complaint(taken, state, page, *region);
  if (!wrong.empty()) co_return operation.tell(Error(ErrorKind::protocol_error, std::move(wrong)));
  state.page.note(region->id, taken.pairs.size(), taken.bytes);
  if (!state.key_only) region->note_pairs(taken.pairs.size(), taken.bytes);
  if (taken.pairs.size() >= page) {
    state.pass_key(taken.pairs.back().key);  // the region may hold more
  } else {
    state.pass_region(region->start, region->end);
  }
  co_return std::move(taken.pairs);
}

Task<std::vector<KeyValue>> RawKv::scan_page(core::Operation& operation, CallContext context, ScanState& state,
                                             std::size_t most) {
  while (!state.finished && most > 0) {
    Result<std::vector<KeyValue>> page = co_await ask_for_page(operation, context, state, most);
    if (!page && page.error().kind() == ErrorKind::answer_too_large && state.page.shrink()) continue;
    if (!page || !page->empty()) co_return std::move(page);
  }
  co_return std::vector<KeyValue>();
}

Task<std::vector<KeyValue>> RawKv::scan(core::Operation& operation, CallContext context, ScanState state,
                                        std::size_t limit) {
  std::vector<KeyValue> pairs;
  while (!state.finished && pairs.size() < limit) {
    const std::size_t most = limit - pairs.size();
    std::vector<KeyValue> page = co_await ok(scan_page(operation, context, state, most));
    if (pairs.empty()) {
      pairs = std::move(page);
    } else {
      std::move(page.begin(), page.end(), std::back_inserter(pairs));
    }
  }
  co_return std::move(pairs);
}

// Not one RawBatchScan per region: its limit counts for each range *in each region*, and a range without
// an end goes on there to the start of the next one.
Task<std::vector<std::vector<KeyValue>>> RawKv::batch_scan(core::Operation& operation, CallContext context,
                                                           std::vector<ScanState> scans, std::size_t each_limit) {
  std::vector<Task<std::vector<KeyValue>>> tasks;
  tasks.reserve(scans.size());
  for (ScanState& each : scans) {
    if (scans.size() > 1) each.page.set_target(batch_scan_page_bytes);
    tasks.push_back(scan(operation, context, std::move(each), each_limit));
  }
  auto results = co_await ok(gather(std::move(tasks), options_.max_parallel_regions));
  std::vector<std::vector<KeyValue>> lists;
  lists.reserve(results.size());
  for (Result<std::vector<KeyValue>>& result : results) {
    if (!result) co_return result.error();
    lists.push_back(*std::move(result));
  }
  co_return std::move(lists);
}

}  // namespace tikv::raw
