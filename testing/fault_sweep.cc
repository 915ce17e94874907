#include "testing/fault_sweep.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "testing/raw_runner.h"
#include "testing/sweep_moments.h"

namespace tikv::testing {

namespace {

/// What the caller does at the moment at which a message is sent.
enum class Caller : std::uint8_t { waits, cancels, drops_the_task, runs_out_of_time };

constexpr const char* name(Caller caller) {
  switch (caller) {
    case Caller::waits:
      return "waits";
    case Caller::cancels:
      return "the caller cancels";
    case Caller::drops_the_task:
      return "the task is destroyed";
    case Caller::runs_out_of_time:
      return "the deadline passes";
  }
  return "unknown";
}

/// One fault: of the message itself, of the cluster, or of the caller.
struct Shot {
  std::uint64_t message = 0;  ///< counted from the begin of the operation
  Fate fate{};
  const SweepMoment* moment = nullptr;
  Caller caller = Caller::waits;
  core::Duration timeout{};  ///< of `runs_out_of_time`
};

/// One message of the operation.
struct Sent {
  bool to_client = false;
  bool to_store = false;
  core::Duration after{};  ///< the begin of the operation
};

std::string describe(const Shot& shot) {
  const std::string what = shot.moment != nullptr         ? shot.moment->name
                           : shot.caller != Caller::waits ? std::string(name(shot.caller))
                                                          : to_string(shot.fate);
  return "message " + std::to_string(shot.message) + ": " + what;
}

/// Whoever may send again gets through this: there is time enough, and nothing is lost for good.
bool can_be_survived(const Shot& shot) {
  if (shot.caller != Caller::waits) return false;
  return shot.moment != nullptr ? shot.moment->can_be_survived : shot.fate.seen != Fate::Seen::silence;
}

/// Fires at one message and is kind to all others.
class OneShot final : public FaultPlan {
 public:
  OneShot(Simulation& simulation, RawRunner& runner, std::optional<Shot> shot)
      : simulation_(simulation), runner_(runner), shot_(shot) {}

  void arm() { armed_ = true; }
  void disarm() { armed_ = false; }

  Fate fate(const MessageSeen& message) override {
    if (!armed_) return {};
    const std::uint64_t number = sent.size();
    const bool to_store = message.method.starts_with("/tikvpb.");
    sent.push_back({message.to_client, to_store, simulation_.loop().now() - runner_.history().back().began});
    if (!shot_ || number != shot_->message) return {};
    if (shot_->moment != nullptr) {
      shot_->moment->happen(simulation_, runner_.history().back(), simulation_.cluster().node_at(message.address));
    } else if (shot_->caller == Caller::cancels) {
      simulation_.loop().post([this] { runner_.cancel(); });
    } else if (shot_->caller == Caller::drops_the_task) {
      simulation_.loop().post([this] { runner_.drop(); });
    }
    return shot_->fate;
  }

  std::vector<Sent> sent;

 private:
  Simulation& simulation_;
  RawRunner& runner_;
  std::optional<Shot> shot_;
  bool armed_ = false;
};

/// One run: a cluster with data, a client, the operation with one fault in it, and the judgement.
class Run {
 public:
  Run(const SweepCase& one, std::optional<Shot> shot)
      : case_(one),
        simulation_({.seed = one.seed, .cluster = one.cluster, .lines_kept = 400}),
        runner_(std::make_unique<RawRunner>(simulation_)),
        must_succeed_(!shot || (can_be_survived(*shot) && (one.operation.resend || !one.operation.writes()))),
        timeout_(shot && shot->caller == Caller::runs_out_of_time ? shot->timeout : one.operation.timeout),
        plan_(simulation_, *runner_, shot) {
    // Slow enough that deadlines, which count in milliseconds, fall between messages.
    simulation_.network().set_latency({std::chrono::milliseconds(1), std::chrono::milliseconds(8)});
  }
  ~Run() { simulation_.network().set_plan(nullptr); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  std::vector<std::string> execute();
  [[nodiscard]] const std::vector<Sent>& messages() const { return plan_.sent; }
  [[nodiscard]] RawOperation::Outcome outcome() const { return outcome_; }
  [[nodiscard]] const WireObserver& wire() const { return runner_->wire(); }
  [[nodiscard]] std::string timeline() { return simulation_.timeline().text(); }

 private:
  void finish_all() {
    simulation_.loop().run_until([&] { return runner_->running() == 0; });
  }
  void fill(SimClient& client);
  void check_leftovers(std::vector<std::string>& findings);

  const SweepCase& case_;
  Simulation simulation_;
  std::unique_ptr<RawRunner> runner_;
  bool must_succeed_;
  core::Duration timeout_;
  OneShot plan_;
  RawOperation::Outcome outcome_ = RawOperation::Outcome::running;
};

void Run::fill(SimClient& client) {
  RawOperation write;
  write.kind = RawOperation::Kind::batch_put;
  write.timeout = std::chrono::seconds(20);
  for (const char* const key : {"a1", "a2", "c3", "g4", "m5", "t6", "z7"}) {
    write.pairs.push_back(KeyValue{key, runner_->fresh_value()});
  }
  runner_->start(client, write);
  finish_all();
}

std::vector<std::string> Run::execute() {
  ClientOptions options = simulation_.client_options();
  options.atomic = case_.operation.kind == RawOperation::Kind::compare_and_swap;
  options.api_version = ApiVersion::v1ttl;
  SimClient& other = simulation_.add_client(options);
  SimClient& client = simulation_.add_client(options);
  if (!other.core()->connect() || !client.core()->connect()) return {"the clients did not meet the cluster"};
  fill(other);
  if (case_.warm) fill(client);
  RawOperation operation = case_.operation;
  operation.timeout = timeout_;
  if (operation.writes()) {
    for (KeyValue& pair : operation.pairs) pair.value = runner_->fresh_value();
  }
  if (operation.kind == RawOperation::Kind::compare_and_swap) {
    operation.expected = case_.fails ? "something else" : runner_->truth().at(operation.pairs.front().key, core::never);
  }
  runner_->start(client, std::move(operation));
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
  check_leftovers(findings);
  return findings;
}

void Run::check_leftovers(std::vector<std::string>& findings) {
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

/// The first millisecond after a message was sent, and the one before.
core::Duration deadline_at(const Sent& message, int rounding) {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(message.after);
  return std::max(std::chrono::milliseconds(1), whole + std::chrono::milliseconds(rounding));
}

std::vector<Shot> shots_at(const SweepCase& one, const std::vector<Sent>& messages) {
  std::vector<Shot> shots;
  for (std::uint64_t i = 0; i < messages.size(); ++i) {
    const Sent& message = messages[i];
    for (const Fate& fate : message.to_client ? faults_to_client() : faults_to_server()) {
      shots.push_back({i, fate, nullptr, Caller::waits, {}});
    }
    for (const std::vector<SweepMoment>* moments : {&sweep_moments(), &injected_region_errors()}) {
      if (moments == &injected_region_errors() && !one.region_errors) continue;
      for (const SweepMoment& moment : *moments) {
        if (moment.at_requests_to_stores && (message.to_client || !message.to_store)) continue;
        shots.push_back({i, {}, &moment, Caller::waits, {}});
      }
    }
    for (const Caller caller : {Caller::cancels, Caller::drops_the_task}) shots.push_back({i, {}, nullptr, caller, {}});
    for (const int rounding : {0, 1}) {
      shots.push_back({i, {}, nullptr, Caller::runs_out_of_time, deadline_at(message, rounding)});
    }
  }
  return shots;
}

}  // namespace

SweepResult sweep(const SweepCase& one) {
  SweepResult result;
  Run clean(one, std::nullopt);
  for (const std::string& finding : clean.execute()) result.failures.push_back("without a fault: " + finding);
  result.messages = clean.messages().size();
  for (const Shot& shot : shots_at(one, clean.messages())) {
    Run run(one, shot);
    const std::vector<std::string> findings = run.execute();
    ++result.runs;
    ++result.outcomes[run.outcome()];
    result.splits_met += run.wire().region_errors("EpochNotMatch");
    result.leaders_met += run.wire().region_errors("NotLeader");
    if (findings.empty()) continue;
    std::string failure = one.name + ", " + describe(shot) + ":\n";
    for (const std::string& finding : findings) failure += "  " + finding + "\n";
    result.failures.push_back(failure + run.timeline());
    if (result.failures.size() >= one.enough_failures) break;
  }
  return result;
}

}  // namespace tikv::testing
