#include "raw/range_sharding.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tikv/gather.h"

namespace tikv::raw {

namespace {

/// Regions that are worked on before the next ones are looked up: a range of a million regions must not
/// be held in memory at once.
constexpr std::size_t most_shards = region::RegionLoader::most_regions_per_question;

struct Send {
  core::Operation& operation;
  region::Sender& sender;
  RangedCall& call;
  std::size_t parallel;
};

using region::Past;

Task<void> send_all(Send send, std::vector<KeyRange> ranges, Past past);

Task<void> send_shard(Send send, RangeShard part, Past past) {
  const std::unique_ptr<region::RegionRequest> request = send.call.request(part);
  if (past.in_doubt) request->doubt.raise(send.operation);
  std::string first = part.ranges.front().start();
  const region::RegionPtr answered =
      co_await ok(send.sender.send(send.operation, std::move(first), *request, part.region.get(), &past.tries));
  if (answered) {
    send.call.absorb(*request, part);
    co_return {};
  }
  // The region changed: its parts go their separate ways, and take a doubt along.
  past.in_doubt = request->doubt.raised();
  request->doubt.settle();
  co_return co_await send_all(send, std::move(part.ranges), past);
}

/// The region at the begin of `rest`, from the cache if it can be.
Task<region::RegionPtr> region_at(Send send, const KeyRange& rest) {
  std::string key = rest.start();
  if (region::RegionPtr known = send.sender.regions().find(key)) co_return known;
  std::string end = rest.end();
  co_await ok(send.sender.loader().load(send.operation, key, std::move(end), static_cast<int>(most_shards)));
  co_return co_await send.sender.locate(send.operation, std::move(key));
}

/// Takes up to `most_shards` regions' parts off `ranges`, which are in order.
Task<std::vector<RangeShard>> next_shards(Send send, std::vector<KeyRange>& ranges) {
  std::vector<RangeShard> shards;
  std::size_t done = 0;
  while (done < ranges.size()) {
    KeyRange& rest = ranges[done];
    const bool same = !shards.empty() && shards.back().region->contains(rest.start());
    if (!same && shards.size() == most_shards) break;
    if (!same) {
      shards.emplace_back();
      shards.back().region = co_await ok(region_at(send, rest));
    }
    const std::string& border = shards.back().region->end;
    const bool ends_here = border.empty() || (!rest.end().empty() && rest.end() <= border);
    if (ends_here) {
      shards.back().ranges.push_back(std::move(rest));
      ++done;
    } else {
      shards.back().ranges.push_back(KeyRange::half_open(rest.start(), border));
      rest = rest.end().empty() ? KeyRange::from(border) : KeyRange::half_open(border, rest.end());
    }
  }
  ranges.erase(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(done));
  co_return std::move(shards);
}

Task<void> send_all(Send send, std::vector<KeyRange> ranges, Past past) {
  core::Doubt doubt;  // of what is not sent yet
  if (past.in_doubt) doubt.raise(send.operation);
  while (!ranges.empty()) {
    std::vector<RangeShard> shards = co_await ok(next_shards(send, ranges));
    std::vector<Task<void>> tasks;
    tasks.reserve(shards.size());
    for (RangeShard& shard : shards) tasks.push_back(send_shard(send, std::move(shard), past));
    const std::vector<Result<void>> results = co_await ok(gather(std::move(tasks), send.parallel));
    for (const Result<void>& result : results) {
      if (!result) co_return send.operation.tell(result.error());
    }
  }
  doubt.settle();
  co_return {};
}

}  // namespace

Task<void> send_ranges(core::Operation& operation, region::Sender& sender, RangedCall& call,
                       std::vector<KeyRange> ranges, std::size_t parallel) {
  std::erase_if(ranges, [](const KeyRange& range) { return range.empty(); });
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const KeyRange& left, const KeyRange& right) { return left.start() < right.start(); });
  const Send send{operation, sender, call, parallel};
  co_return co_await send_all(send, std::move(ranges), Past());
}

}  // namespace tikv::raw
