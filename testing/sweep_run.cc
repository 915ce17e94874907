#include "testing/sweep_run.h"

#include <algorithm>
#include <utility>

namespace tikv::testing {

namespace {

constexpr const char* name(SweepCaller caller) {
  switch (caller) {
    case SweepCaller::waits:
      return "waits";
    case SweepCaller::cancels:
      return "the caller cancels";
    case SweepCaller::drops_the_task:
      return "the task is destroyed";
    case SweepCaller::runs_out_of_time:
      return "the deadline passes";
  }
  return "unknown";
}

std::string describe(const SweepShot& shot) {
  std::string what = "message " + std::to_string(shot.message) + ":";
  if (shot.fate != Fate{}) what += " " + to_string(shot.fate);
  if (shot.moment != nullptr) what += (shot.fate != Fate{} ? ", and " : " ") + shot.moment->name;
  if (shot.caller != SweepCaller::waits) what += std::string(" ") + name(shot.caller);
  return what;
}

/// Whoever may send again gets through this: there is time enough, and nothing is lost for good.
bool can_be_survived(const SweepShot& shot) {
  if (shot.caller != SweepCaller::waits || shot.fate.seen == Fate::Seen::silence) return false;
  return shot.moment == nullptr || shot.moment->can_be_survived;
}

/// The first millisecond after a message was sent, and the one before.
core::Duration deadline_at(const SweepMessage& message, int rounding) {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(message.after);
  return std::max(std::chrono::milliseconds(1), whole + std::chrono::milliseconds(rounding));
}

SweepShots shots_of(const std::vector<SweepMoment>& moments, std::uint64_t number, const SweepMessage& message) {
  SweepShots shots;
  for (const SweepMoment& moment : moments) {
    if (moment.at_requests_to_stores && (message.to_client || !message.to_store)) continue;
    shots.push_back({number, {}, &moment, SweepCaller::waits, {}});
  }
  return shots;
}

core::Duration timeout_of(const SweepCase& one, const SweepShots& shots) {
  core::Duration timeout = one.operation.timeout;
  for (const SweepShot& shot : shots) {
    if (shot.caller == SweepCaller::runs_out_of_time) timeout = shot.timeout;
  }
  return timeout;
}

}  // namespace

std::string describe(const SweepShots& shots) {
  std::string text;
  for (const SweepShot& shot : shots) text += (text.empty() ? "" : "; ") + describe(shot);
  return text.empty() ? "without a fault" : text;
}

SweepShots fates_at(std::uint64_t number, const SweepMessage& message) {
  SweepShots shots;
  for (const Fate& fate : message.to_client ? faults_to_client() : faults_to_server()) {
    shots.push_back({number, fate, nullptr, SweepCaller::waits, {}});
  }
  return shots;
}

SweepShots moments_at(std::uint64_t number, const SweepMessage& message) {
  return shots_of(sweep_moments(), number, message);
}

SweepShots region_errors_at(std::uint64_t number, const SweepMessage& message) {
  return shots_of(injected_region_errors(), number, message);
}

SweepShots callers_at(std::uint64_t number, const SweepMessage& message) {
  SweepShots shots;
  for (const SweepCaller caller : {SweepCaller::cancels, SweepCaller::drops_the_task}) {
    shots.push_back({number, {}, nullptr, caller, {}});
  }
  for (const int rounding : {0, 1}) {
    shots.push_back({number, {}, nullptr, SweepCaller::runs_out_of_time, deadline_at(message, rounding)});
  }
  return shots;
}

Fate SweepPlan::fate(const MessageSeen& message) {
  if (!armed_) return {};
  const std::uint64_t number = sent.size();
  const bool to_store = message.method.starts_with("/tikvpb.");
  sent.push_back({message.to_client, to_store, simulation_.loop().now() - runner_.history().back().began});
  for (const SweepShot& shot : shots_) {
    if (number != shot.message) continue;
    if (shot.moment != nullptr) {
      shot.moment->happen(simulation_, runner_.history().back(), simulation_.cluster().node_at(message.address));
    }
    if (shot.caller == SweepCaller::cancels) {
      simulation_.loop().post([this] { runner_.cancel(); });
    } else if (shot.caller == SweepCaller::drops_the_task) {
      simulation_.loop().post([this] { runner_.drop(); });
    }
    return shot.fate;
  }
  return {};
}

SweepRun::SweepRun(const SweepCase& one, SweepShots shots)
    : case_(one),
      simulation_({.seed = one.seed, .cluster = one.cluster, .lines_kept = 400}),
      runner_(std::make_unique<RawRunner>(simulation_)),
      must_succeed_(std::all_of(shots.begin(), shots.end(), can_be_survived) &&
                    (shots.empty() || one.operation.resend || !one.operation.writes())),
      timeout_(timeout_of(one, shots)),
      plan_(simulation_, *runner_, std::move(shots)) {
  // Slow enough that deadlines, which count in milliseconds, fall between messages.
  simulation_.network().set_latency({std::chrono::milliseconds(1), std::chrono::milliseconds(8)});
}

void SweepRun::fill(SimClient& client) {
  RawOperation write;
  write.kind = RawOperation::Kind::batch_put;
  write.timeout = std::chrono::seconds(20);
  for (const char* const key : {"a1", "a2", "c3", "g4", "m5", "t6", "z7"}) {
    write.pairs.push_back(KeyValue{key, runner_->fresh_value()});
  }
  runner_->start(client, write);
  finish_all();
}

void SweepRun::start_operation(SimClient& client) {
  RawOperation operation = case_.operation;
  operation.timeout = timeout_;
  if (operation.writes()) {
    for (KeyValue& pair : operation.pairs) pair.value = runner_->fresh_value();
  }
  if (operation.kind == RawOperation::Kind::compare_and_swap) {
    operation.expected = case_.fails ? "something else" : runner_->truth().at(operation.pairs.front().key, core::never);
  }
  runner_->start(client, std::move(operation));
}

std::vector<std::string> SweepRun::execute() {
  ClientOptions options = simulation_.client_options();
  options.atomic = case_.operation.kind == RawOperation::Kind::compare_and_swap;
  options.api_version = ApiVersion::v1ttl;
  if (case_.one_by_one) options.max_parallel_regions = 1;
  SimClient& other = simulation_.add_client(options);
  SimClient& client = simulation_.add_client(options);
  if (!other.core()->connect() || !client.core()->connect()) return {"the clients did not meet the cluster"};
  fill(other);
  if (case_.warm) fill(client);
  start_operation(client);
  simulation_.network().set_plan(&plan_);
  plan_.arm();
  finish_all();
  plan_.disarm();
  outcome_ = runner_->history().back().outcome;
  simulation_.loop().run_for(std::chrono::seconds(90));  // what is late arrives
  std::vector<std::string> findings = runner_->check();
  if (must_succeed_ && outcome_ != RawOperation::Outcome::success) {
    findings.push_back("it could have been tried again, and was not: " + describe(runner_->history().back()));
  }
  check_removals(findings);
  check_leftovers(findings);
  return findings;
}

/// Nobody else writes here, so a key that is gone was removed by the operation. If that failed for
/// certain, an answer must have told of each such key: what no answer tells of is in doubt.
void SweepRun::check_removals(std::vector<std::string>& findings) {
  const RawOperation& operation = runner_->history().back();
  if (operation.outcome != RawOperation::Outcome::failed || !operation.writes() || operation.puts()) return;
  const std::vector<std::string> keys = operation.keys();
  for (const auto& [key, history] : runner_->truth().keys()) {
    const bool asked =
        operation.ranged() ? operation.range().contains(key) : std::find(keys.begin(), keys.end(), key) != keys.end();
    if (!asked || !runner_->truth().applied(key, std::nullopt, operation.began, core::never)) continue;
    if (runner_->wire().told_of_success(operation.client, key, operation.began, operation.ended)) continue;
    findings.push_back("failed for certain, but " + key +
                       " was removed, and no answer said so: " + describe(operation));
  }
}

void SweepRun::check_leftovers(std::vector<std::string>& findings) {
  for (const auto& client : simulation_.clients()) client->raw().close();
  simulation_.loop().run_for(std::chrono::seconds(60));
  Network& network = simulation_.network();
  if (network.open_calls() != 0) findings.push_back(std::to_string(network.open_calls()) + " calls are left open");
  if (network.open_streams() != 0) {
    findings.push_back(std::to_string(network.open_streams()) + " streams are left open");
  }
  if (simulation_.loop().pending() != 0) {
    findings.push_back(std::to_string(simulation_.loop().pending()) + " timers or posts are left");
  }
}

bool run_one(SweepRun& run, const SweepCase& one, const SweepShots& shots, SweepResult& result) {
  const std::vector<std::string> findings = run.execute();
  ++result.runs;
  ++result.outcomes[run.outcome()];
  result.splits_met += run.wire().region_errors("EpochNotMatch");
  result.leaders_met += run.wire().region_errors("NotLeader");
  if (findings.empty()) return true;
  std::string failure = one.name + ", " + describe(shots) + ":\n";
  for (const std::string& finding : findings) failure += "  " + finding + "\n";
  result.failures.push_back(failure + run.timeline());
  return result.failures.size() < one.enough_failures;
}

}  // namespace tikv::testing
