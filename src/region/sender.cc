#include "region/sender.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "core/pause.h"
#include "region/request_context.h"
#include "rpc/unary_call.h"

namespace tikv::region {

namespace {

std::string place_of(const Region& region, const Peer& peer, const std::string& address) {
  return "region " + std::to_string(region.id) + " on store " + std::to_string(peer.store_id) + " at " + address;
}

std::string in_milliseconds(core::Duration duration) {
  return std::to_string(core::to_microseconds(duration).count() / 1000) + " ms";
}

Verdict store_is_gone(std::uint64_t store_id) {
  Verdict verdict;
  verdict.next = Next::next_peer;
  verdict.wait = core::BackoffKind::region_miss;
  verdict.text = "store " + std::to_string(store_id) + " has left the cluster";
  return verdict;
}

}  // namespace

/// A request that waits for its store, and hears that the store gives no sign of life.
class Sender::Waiting final : public rpc::Patience {
 public:
  Waiting(Sender& sender, const Target& target, const RegionRequest& request)
      : sender_(sender), target_(target), request_(request) {}

  bool leaves(Delivery delivery) override {
    if (!target_.may_ask_others) return false;
    // What may have been applied and must not be sent again would be in doubt for good.
    if (delivery != Delivery::not_sent && request_.writes() && !request_.may_resend()) return false;
    // There is another connection, or a few may find out who leads now.
    return !sender_.calls_.silent(target_.address) || sender_.probes_.take(sender_.loop_.now());
  }

 private:
  Sender& sender_;
  const Target& target_;
  const RegionRequest& request_;
};

Sender::Sender(core::Loop& loop, BatchCommands& calls, pd::PdClient& pd)
    : loop_(loop), calls_(calls), pd_(pd), regions_(loop), loader_(pd, regions_, codec_), stores_(pd) {}

Task<RegionPtr> Sender::send(core::Operation& operation, std::string key, RegionRequest& request,
                             const Region* same_region, Tries* before) {
  Tries own;
  Tries& tries = before != nullptr ? *before : own;
  PeerChoice choice;
  Target target;
  std::uint32_t times_silent = 0;
  for (;; ++tries.failures) {
    // What is known costs no coroutine: this is the hot path.
    target.region = regions_.find(key);
    if (!target.region) target.region = co_await ok(locate(operation, key));
    const Region& region = *target.region;
    if (same_region != nullptr && (region.id != same_region->id || region.epoch != same_region->epoch)) {
      co_return RegionPtr();
    }
    choice.look_at(region);
    if (stores_.any_in_trouble(loop_.now()) || calls_.any_silent()) weigh(choice, region);
    target.peer = region.peers[choice.current()];
    target.address = stores_.known_address(target.peer.store_id);
    if (target.address.empty()) target.address = co_await ok(stores_.address(operation, target.peer.store_id));
    // Whoever may not ask again waits for the answer to what was asked.
    target.may_ask_others = operation.may_try_again(tries.failures + 1);
    target.patience = target.may_ask_others ? patience(request, target.peer, times_silent) : core::never;

    std::optional<Verdict> verdict = co_await ok(attempt(operation, target, key, request));
    if (!verdict) {
      request.doubt.settle();
      if (choice.current() != region.leader) {
        regions_.set_leader(target.region, target.peer.store_id);
        probes_.give_back();
      }
      co_return std::move(target.region);
    }
    if (verdict->silent) ++times_silent;
    Step step = after_failure(operation, request, target, *verdict, choice, tries);
    if (step.give_up) co_return std::move(step.cause);
    if (!step.pause) continue;
    co_await ok(core::pause(operation, tries.backoff, *step.pause, std::move(step.cause)));
    tries.at_once = 0;
  }
}

Sender::Step Sender::after_failure(core::Operation& operation, RegionRequest& request, Target& target,
                                   const Verdict& verdict, PeerChoice& choice, Tries& tries) {
  const Region& region = *target.region;
  const std::string place = place_of(region, target.peer, target.address);
  if (verdict.in_doubt && request.writes()) request.doubt.raise(operation);
  if (operation.interrupted()) return {true, operation.interruption_error("waiting for " + place + " to answer"), {}};
  learn(verdict, target);
  target.alone = target.alone || verdict.alone;
  Error cause(verdict.kind, place + ": " + verdict.text);
  const bool settled_by_resending = !request.doubt.raised() || request.may_resend();
  const bool last = verdict.next == Next::fail || !operation.may_try_again(tries.failures + 1);
  if (last || !settled_by_resending) return {true, operation.tell(cause), {}};
  if (operation.logs(LogLevel::info)) {
    operation.log(LogLevel::info, verdict.text, region.id, target.peer.store_id);
  }
  const PeerChoice::Step step = choice.after(verdict, region);
  if (step.reload) regions_.forget(target.region, verdict.text);
  // A leader that moved is followed at once; those who send us round in circles are not.
  const bool free = verdict.wait || tries.at_once++ < core::limits::retries_at_once;
  if (!step.pause && free) {
    operation.note_obstacle(cause.summary());
    return {false, std::move(cause), {}};
  }
  return {false, std::move(cause), verdict.wait.value_or(core::BackoffKind::region_scheduling)};
}

// Plain functions do all that they can: what a coroutine has between two waits lies in its frame, and the
// allocator (glibc's) keeps no quick list of frames above a kilobyte.
Task<std::optional<Verdict>> Sender::attempt(core::Operation& operation, const Target& target, std::string_view key,
                                             RegionRequest& request) {
  const core::Time began = loop_.now();
  if (target.address.empty()) {
    Verdict gone = store_is_gone(target.peer.store_id);
    record(operation, target, gone, {began, Delivery::not_sent});
    co_return std::move(gone);
  }
  Waiting waiting(*this, target, request);
  rpc::UnaryCall call(operation, calls_, start_of(target, request, operation.deadline()),
                      message_of(operation, target, key, request), &waiting);
  const rpc::UnaryAnswer answer = co_await call;
  co_return conclude(operation, target, request, began, answer);
}

std::string Sender::message_of(core::Operation& operation, const Target& target, std::string_view key,
                               RegionRequest& request) {
  std::string message = request.encode(*target.region);
  request.traits.cluster_id = pd_.cluster_id();
  append_context(message, *target.region, target.peer, operation.remaining(), request.traits);
  operation.note_request(target.region->id, target.peer.store_id, key, message.size());
  return message;
}

rpc::CallStart Sender::start_of(const Target& target, const RegionRequest& request, core::Time deadline) {
  rpc::CallStart start;
  start.address = target.address;
  start.method = request.method();
  start.bulk = target.alone || request.large_answer;
  start.deadline = std::min(deadline, target.patience);
  return start;
}

std::optional<Verdict> Sender::conclude(core::Operation& operation, const Target& target, RegionRequest& request,
                                        core::Time began, const rpc::UnaryAnswer& answer) {
  const core::Time now = loop_.now();
  const core::Duration waited = now - began;
  const std::uint64_t store = target.peer.store_id;
  if (answer.status.ok()) operation.note_answer(target.region->id, store, now, waited, answer.message.size());
  const bool lifeless = answer.status.failure == rpc::Failure::silent;
  const bool silent = answer.status.code == rpc::StatusCode::deadline_exceeded && now >= target.patience;
  std::optional<Verdict> verdict = lifeless ? judge_lifeless(target, waited, answer.delivery)
                                   : silent ? judge_silence(target, waited)
                                            : judge(answer, target, request);
  if (answer.status.ok() && is_short(request.method())) stores_.note_answer(now, store, waited);
  if (verdict) {
    record(operation, target, *verdict, {began, answer.delivery});
    const bool unreached = !answer.status.ok() && answer.delivery == Delivery::not_sent;
    if (unreached) pd_.addresses().explain_failure(operation, target.address, answer.status.message);
  }
  return verdict;
}

void Sender::record(core::Operation& operation, const Target& target, Verdict& verdict, const Sent& sent) {
  const std::string health = stores_.health(target.peer.store_id).describe(loop_.now());
  if (!health.empty()) verdict.text += " (" + health + ")";
  const core::Duration took = loop_.now() - sent.began;
  Attempt told;
  told.region_id = target.region->id;
  told.store_id = target.peer.store_id;
  told.address = target.address;
  told.started = core::to_microseconds(operation.elapsed() - took);
  told.took = core::to_microseconds(took);
  told.delivery = sent.delivery;
  told.outcome = verdict.text;
  operation.record(std::move(told));
}

core::Time Sender::patience(const RegionRequest& request, const Peer& peer, std::uint32_t times) {
  if (request.writes() || !is_short(request.method())) return core::never;
  const core::Time now = loop_.now();
  return saturating_add(now, stores_.health(peer.store_id).patience(now, times));
}

Verdict Sender::judge_silence(const Target& target, core::Duration waited) {
  stores_.note_silence(loop_.now(), target.peer.store_id, waited);
  Verdict verdict;
  verdict.silent = true;
  verdict.wait = core::BackoffKind::tikv_rpc;
  verdict.kind = ErrorKind::unavailable;
  verdict.next = probes_.take(loop_.now()) ? Next::next_peer : Next::again;
  verdict.text = "no answer for " + in_milliseconds(waited);
  return verdict;
}

void Sender::weigh(PeerChoice& choice, const Region& region) {
  const core::Time now = loop_.now();
  std::vector<Standing> standings = stores_.standings(now, region);
  if (calls_.any_silent()) {
    for (std::size_t i = 0; i < standings.size(); ++i) {
      if (!calls_.silent(stores_.known_address(region.peers[i].store_id))) continue;
      standings[i] = std::max(standings[i], Standing::silent);
    }
  }
  Standing& leader = standings[choice.current()];
  if (leader == Standing::silent && !choice.has_asked() && !probes_.take(now)) leader = Standing::slow;
  choice.weigh(region, standings);
}

Verdict Sender::judge_lifeless(const Target& target, core::Duration waited, Delivery delivery) {
  Verdict verdict;
  verdict.kind = ErrorKind::unavailable;
  verdict.in_doubt = delivery == Delivery::maybe_processed;
  verdict.text = "no sign of life for " + in_milliseconds(waited);
  if (!calls_.silent(target.address)) return verdict;  // by another connection, at once
  verdict.next = Next::next_peer;
  verdict.wait = core::BackoffKind::region_scheduling;
  return verdict;
}

std::optional<Verdict> Sender::judge(const rpc::UnaryAnswer& answer, const Target& target, RegionRequest& request) {
  if (!answer.status.ok()) {
    Verdict verdict = judge_failed_call(answer.delivery, answer.status);
    if (verdict.kind == ErrorKind::cluster_id_mismatch) {
      verdict.text = "the store is of another cluster than this client, whose cluster is " +
                     std::to_string(pd_.cluster_id()) + " (" + verdict.text +
                     "); check that the addresses that the stores advertise to PD lead to stores of that cluster";
    }
    return verdict;
  }
  if (!request.decode(answer.message)) return judge_unreadable_answer();
  if (const wire::errorpb::Error* error = request.region_error()) {
    const Verdict verdict = judge_region_error(*error, *target.region);
    take_news(verdict, *error, target);
    return verdict;
  }
  if (!request.server_error().empty()) return judge_server_error(request.server_error());
  return std::nullopt;
}

void Sender::take_news(const Verdict& verdict, const wire::errorpb::Error& error, const Target& target) {
  if (verdict.take_regions) {
    const std::vector<wire::metapb::Region>& told = error.epoch_not_match->current_regions;
    for (std::size_t i = 0; i < std::min(told.size(), core::limits::regions_of_an_error); ++i) {
      wire::metapb::Region current = told[i];
      if (localize(codec_, current) != KeyCodec::Place::inside) continue;
      const RegionPtr fresh = make_region(current, target.peer.store_id);
      // What has become of the region that was asked: of others the store was not asked.
      if (fresh && fresh->overlaps(target.region->start, target.region->end)) regions_.insert(fresh, "a store");
    }
  }
  if (verdict.take_buckets) {
    auto buckets = std::make_shared<Buckets>();
    const wire::errorpb::BucketVersionNotMatch& told = *error.bucket_version_not_match;
    if (!are_credible_cuts(told.keys)) return;
    buckets->version = told.version;
    buckets->keys = localize_cuts(codec_, told.keys);
    regions_.set_buckets(target.region, std::move(buckets));
  }
}

void Sender::learn(const Verdict& verdict, const Target& target) {
  if (verdict.leader_store != 0) {
    regions_.set_leader(target.region, verdict.leader_store);
    if (calls_.any_silent() && !calls_.silent(stores_.known_address(verdict.leader_store))) probes_.give_back();
  }
  if (verdict.forget_region) regions_.forget(target.region, verdict.text);
  if (verdict.forget_store) stores_.doubt(target.peer.store_id);
  if (verdict.store_refused) stores_.note_refused(loop_.now(), target.peer.store_id);
  if (verdict.forget_connections) calls_.forget(target.address);
}

}  // namespace tikv::region
