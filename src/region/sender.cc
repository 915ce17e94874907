#include "region/sender.h"

#include <algorithm>
#include <utility>

#include "rpc/unary_call.h"
#include "wire/kvrpcpb.pb.h"

namespace tikv::region {

namespace {

/// Every request of `kvrpcpb` has its context as field 1, and messages merge by concatenation: so the
/// body is encoded once per region and each attempt only appends.
void append_context(std::string& message, const wire::kvrpcpb::Context& context) {
  constexpr char tag_of_context = 0x0a;
  const std::string encoded = context.SerializeAsString();
  message.push_back(tag_of_context);
  std::size_t length = encoded.size();
  while (length >= 0x80) {
    message.push_back(static_cast<char>((length & 0x7f) | 0x80));
    length >>= 7;
  }
  message.push_back(static_cast<char>(length));
  message += encoded;
}

wire::kvrpcpb::Context context_of(const Region& region, core::Duration execution_limit) {
  wire::kvrpcpb::Context context;
  context.set_region_id(region.id);
  context.mutable_region_epoch()->set_version(region.epoch.version);
  context.mutable_region_epoch()->set_conf_ver(region.epoch.conf_version);
  context.mutable_peer()->set_id(region.leader_peer().id);
  context.mutable_peer()->set_store_id(region.leader_peer().store_id);
  // Never 0, which the server takes for a day.
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(execution_limit).count();
  context.set_max_execution_duration_ms(static_cast<std::uint64_t>(std::clamp<std::int64_t>(limit, 1, 3'600'000)));
  return context;
}

Attempt attempt_at(const core::Operation& operation, const Region& region, const std::string& address,
                   core::Duration took) {
  Attempt attempt;
  attempt.region_id = region.id;
  attempt.store_id = region.leader_peer().store_id;
  attempt.address = address;
  attempt.started = core::to_microseconds(operation.elapsed() - took);
  attempt.took = core::to_microseconds(took);
  return attempt;
}

std::string place_of(const Region& region, const std::string& address) {
  return "region " + std::to_string(region.id) + " on store " + std::to_string(region.leader_peer().store_id) + " at " +
         address;
}

}  // namespace

Sender::Sender(core::Loop& loop, rpc::Transport& transport, pd::PdClient& pd)
    : loop_(loop), transport_(transport), pd_(pd), stores_(pd) {}

Task<RegionPtr> Sender::locate(core::Operation& operation, std::string key) {
  core::BackoffHistory backoff;
  for (;;) {
    if (RegionPtr known = regions_.find(key)) co_return known;
    const std::string gap = regions_.gap_start(key);
    std::shared_ptr<core::SingleFlight>& slot = loads_[gap];
    if (!slot) slot = std::make_shared<core::SingleFlight>();
    const std::shared_ptr<core::SingleFlight> flight = slot;
    bool flew = false;
    std::function<Task<void>()> fly = [&] {
      flew = true;
      return load(operation, key);
    };
    Result<void> landed = co_await flight->run(operation, std::move(fly), "waiting for the region of a key");
    if (flight.use_count() == 2) loads_.erase(gap);  // nobody else needs it: ours and the map's
    if (!landed) co_return landed.error();
    if (!flew || regions_.find(key)) continue;
    const core::Duration pause = backoff.next(core::BackoffKind::region_scheduling, loop_);
    const bool rested = co_await core::Sleep(operation, pause);
    if (!rested) co_return operation.interruption_error("waiting for the region of a key to get a leader");
  }
}

Task<void> Sender::load(core::Operation& operation, std::string key) {
  const pd::RegionInfo info = co_await ok(pd_.region_by_key(operation, key));
  const RegionPtr region = info.meta.id() == 0 ? nullptr : make_region(info.meta, info.leader.id(), info.down_peers);
  if (region && region->contains(key) && info.leader.id() != 0) {
    regions_.insert(region);  // refused where PD lags behind what the stores told us
  } else {
    operation.note_obstacle(info.meta.id() == 0 ? "PD knows no region for the key: is the cluster bootstrapped?"
                                                : "region " + std::to_string(info.meta.id()) + " has no leader");
  }
  co_return {};
}

Task<RegionPtr> Sender::send(core::Operation& operation, std::string key, RegionRequest& request,
                             const Region* same_region) {
  core::BackoffHistory backoff;
  for (;;) {
    // What is known costs no coroutine: this is the hot path.
    RegionPtr region = regions_.find(key);
    if (!region) region = co_await ok(locate(operation, key));
    if (same_region != nullptr && (region->id != same_region->id || region->epoch != same_region->epoch)) {
      co_return RegionPtr();
    }
    std::string address = stores_.known_address(region->leader_peer().store_id);
    if (address.empty()) address = co_await ok(stores_.address(operation, region->leader_peer().store_id));
    std::optional<Verdict> verdict = co_await ok(attempt(operation, region, address, request));
    if (!verdict) {
      if (!request.server_error().empty()) {
        co_return operation.tell(Error(
            ErrorKind::server_error, place_of(*region, address) + " refused: " + std::string(request.server_error())));
      }
      request.doubt.settle();
      co_return region;
    }
    if (verdict->in_doubt && request.writes()) request.doubt.raise(operation);
    if (operation.interrupted()) {
      co_return operation.interruption_error("waiting for " + place_of(*region, address) + " to answer");
    }
    apply(*verdict, region, address);
    const bool settled_by_resending = !request.doubt.raised() || request.may_resend();
    if (verdict->next == Next::fail || !settled_by_resending) {
      co_return operation.tell(Error(verdict->kind, place_of(*region, address) + ": " + verdict->text));
    }
    operation.note_obstacle(place_of(*region, address) + ": " + verdict->text);
    if (operation.logs(LogLevel::info)) {
      operation.log(LogLevel::info, verdict->text, region->id, region->leader_peer().store_id);
    }
    if (!verdict->wait) continue;
    const core::Duration pause = backoff.next(*verdict->wait, loop_);
    const bool rested = co_await core::Sleep(operation, pause);
    if (!rested) co_return operation.interruption_error("waiting to try " + place_of(*region, address) + " again");
  }
}

Task<std::optional<Verdict>> Sender::attempt(core::Operation& operation, RegionPtr region, std::string address,
                                             RegionRequest& request) {
  const core::Time began = loop_.now();
  std::string message = request.encode(*region);
  append_context(message, context_of(*region, operation.remaining()));
  rpc::CallStart start;
  start.address = address;
  start.method = request.method();
  start.deadline = operation.deadline();
  rpc::UnaryAnswer answer = co_await rpc::UnaryCall(operation, transport_, std::move(start), std::move(message));

  std::optional<Verdict> verdict;
  if (!answer.status.ok()) {
    verdict = judge_failed_call(answer.delivery, answer.status);
  } else if (!request.decode(answer.message)) {
    verdict.emplace();
    verdict->next = Next::fail;
    verdict->kind = ErrorKind::protocol_error;
    verdict->in_doubt = true;
    verdict->text = "the answer cannot be parsed";
  } else if (const wire::errorpb::Error* error = request.region_error()) {
    verdict = judge_region_error(*error, *region);
    if (verdict->take_regions) {
      for (const auto& current : error->epoch_not_match().current_regions()) {
        // The store that answers knows of its own peers only; it is the best guess for the leader.
        std::uint64_t leader = 0;
        for (const auto& peer : current.peers()) {
          if (peer.store_id() == region->leader_peer().store_id) leader = peer.id();
        }
        if (const RegionPtr fresh = make_region(current, leader, {})) regions_.insert(fresh);
      }
    }
  }
  if (verdict) {
    Attempt told = attempt_at(operation, *region, address, loop_.now() - began);
    told.delivery = answer.delivery;
    told.outcome = verdict->text;
    operation.record(std::move(told));
  }
  co_return std::move(verdict);
}

void Sender::apply(const Verdict& verdict, const RegionPtr& region, const std::string& address) {
  if (verdict.leader_store != 0) regions_.set_leader(region, verdict.leader_store);
  if (verdict.forget_region) regions_.remove(region);
  if (verdict.forget_store) stores_.forget(region->leader_peer().store_id);
  if (verdict.forget_connections) transport_.forget(address);
}

}  // namespace tikv::region
