#include "session.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace tikv::cli {

namespace {

using detail::CallSettings;
using detail::ClientCore;

/// Nobody should have to wait for a PD that does not answer: the attempt ends when `cancel` does.
Result<void> connect(ClientCore& core, const CancelScope& cancel) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Result<void>> result;
  std::thread connecting([&] {
    Result<void> met = core.connect();
    const std::lock_guard lock(mutex);
    result.emplace(std::move(met));
    changed.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, std::chrono::milliseconds(50), [&] { return result.has_value(); })) {
      if (!cancel.cancelled()) continue;
      lock.unlock();
      core.close(std::chrono::milliseconds(0));
      lock.lock();
      changed.wait(lock, [&] { return result.has_value(); });
      break;
    }
  }
  connecting.join();
  if (cancel.cancelled()) return Error(ErrorKind::cancelled, "interrupted while connecting");
  return *result;
}

/// A question to PD as a call of its own: one deadline, cancelled with `settings`.
template <class T, class Ask>
Task<T> ask_pd(std::shared_ptr<ClientCore> core, CallSettings settings, std::string_view name, Ask ask) {
  if (Result<void> can = core->admit(settings); !can) co_return can.error();
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start(name, settings));
  Result<T> result = co_await ask(core->pd(), operation);
  if (!result) co_return operation.tell(result.error());
  co_return std::move(result);
}

CallSettings settings_of(CancelScope& cancel) {
  ReadOptions options;
  options.cancel = &cancel;
  return CallSettings(options);
}

/// The regions of a range of the client's keys; `start` and `end` are as PD orders keys.
struct RegionsWanted {
  region::KeyCodec codec;
  std::string start;
  std::string end;
  std::size_t limit;
};

/// One page; from a PD that knows of no pages, one region.
Task<std::vector<pd::RegionInfo>> next_regions(pd::PdClient& pd, core::Operation& operation,
                                               const RegionsWanted& wanted) {
  constexpr std::int32_t page_size = 1024;
  Result<std::vector<pd::RegionInfo>> page = co_await pd.scan_regions(operation, wanted.start, wanted.end, page_size);
  if (page || page.error().kind() != ErrorKind::unsupported) co_return std::move(page);
  std::vector<pd::RegionInfo> one;
  one.push_back(co_await ok(pd.region_by_key(operation, wanted.start)));
  co_return one;
}

/// In the client's keys, as far as they are those of its keyspace.
Task<std::vector<pd::RegionInfo>> all_regions(pd::PdClient& pd, core::Operation& operation, RegionsWanted wanted) {
  using Place = region::KeyCodec::Place;
  std::vector<pd::RegionInfo> regions;
  for (;;) {
    std::vector<pd::RegionInfo> page = co_await ok(next_regions(pd, operation, wanted));
    if (page.empty()) break;
    wanted.start = page.back().meta.end_key;
    for (pd::RegionInfo& info : page) {
      const Place place = wanted.codec.localize(info.meta.start_key, info.meta.end_key);
      if (place == Place::inside && regions.size() < wanted.limit) regions.push_back(std::move(info));
    }
    const bool at_end = wanted.start.empty() || (!wanted.end.empty() && wanted.start >= wanted.end);
    if (at_end || regions.size() >= wanted.limit) break;
  }
  co_return regions;
}

}  // namespace

Result<Connection*> Session::connected(Slot& slot, bool atomic, const CancelScope& cancel) {
  if (slot) return &*slot;
  ClientOptions options = options_;
  options.atomic = options.atomic || atomic;
  Result<detail::World> world = detail::make_world(options);
  if (!world) return world.error();
  auto core = std::make_shared<ClientCore>(options, *std::move(world));
  RawClient client = detail::ClientAccess::blocking(detail::ClientAccess::wrap(core));
  if (Result<void> met = connect(*core, cancel); !met) return met.error();
  slot.emplace(Connection{std::move(core), std::move(client)});
  return &*slot;
}

Result<const RawClient*> Session::client(const CancelScope& cancel) {
  const Result<Connection*> found = connected(plain_, false, cancel);
  return found ? Result<const RawClient*>(&(*found)->client) : Result<const RawClient*>(found.error());
}

Result<const RawClient*> Session::atomic_client(const CancelScope& cancel) {
  const Result<Connection*> found = connected(options_.atomic ? plain_ : atomic_, true, cancel);
  return found ? Result<const RawClient*>(&(*found)->client) : Result<const RawClient*>(found.error());
}

Result<std::vector<pd::RegionInfo>> Session::regions(KeyRange range, std::size_t limit, CancelScope& cancel) {
  const Result<Connection*> found = connected(plain_, false, cancel);
  if (!found) return found.error();
  const region::KeyCodec& codec = (*found)->core->sender().codec();  // connected: it does not change any more
  RegionsWanted wanted{codec, codec.region_key(range.start()), codec.region_range_end(range.end()), limit};
  auto ask = [wanted = std::move(wanted)](pd::PdClient& pd, core::Operation& operation) {
    return all_regions(pd, operation, wanted);
  };
  return (*found)->client.async().run(
      ask_pd<std::vector<pd::RegionInfo>>((*found)->core, settings_of(cancel), "regions", std::move(ask)));
}

Result<std::vector<wire::metapb::Store>> Session::stores(CancelScope& cancel) {
  const Result<Connection*> found = connected(plain_, false, cancel);
  if (!found) return found.error();
  auto ask = [](pd::PdClient& pd, core::Operation& operation) { return pd.stores(operation); };
  return (*found)->client.async().run(
      ask_pd<std::vector<wire::metapb::Store>>((*found)->core, settings_of(cancel), "stores", ask));
}

Result<std::uint64_t> Session::timestamp(CancelScope& cancel) {
  const Result<Connection*> found = connected(plain_, false, cancel);
  if (!found) return found.error();
  auto ask = [](pd::PdClient& pd, core::Operation& operation) { return pd.timestamp(operation); };
  return (*found)->client.async().run(ask_pd<std::uint64_t>((*found)->core, settings_of(cancel), "tso", ask));
}

}  // namespace tikv::cli
