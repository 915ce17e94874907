#include "testing/fault_sweep.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "testing/raw_runner.h"

namespace tikv::testing {

namespace {

/// What happens at the moment at which a message is sent.
enum class Moment : std::uint8_t {
  nothing,
  store_stops,
  store_stops_and_moves,
  region_splits,
  leader_moves,
  answered_with_nothing,
  cancelled,
  task_destroyed,
  deadline,
};

constexpr Moment moments[] = {Moment::store_stops,   Moment::store_stops_and_moves, Moment::region_splits,
                              Moment::leader_moves,  Moment::answered_with_nothing, Moment::cancelled,
                              Moment::task_destroyed};

const char* name(Moment moment) {
  switch (moment) {
    case Moment::nothing:
      return "nothing";
    case Moment::store_stops:
      return "the store stops for a while";
    case Moment::store_stops_and_moves:
      return "the store stops and comes back at another address";
    case Moment::region_splits:
      return "the regions split";
    case Moment::leader_moves:
      return "the leaders move";
    case Moment::answered_with_nothing:
      return "the next command in a batch is answered with nothing";
    case Moment::cancelled:
      return "the caller cancels";
    case Moment::task_destroyed:
      return "the task is destroyed";
    case Moment::deadline:
      return "the deadline passes";
  }
  return "unknown";
}

struct Shot {
  std::uint64_t message = 0;  ///< counted from the begin of the operation
  Fate fate{};
  Moment moment = Moment::nothing;
  core::Duration timeout{};  ///< of `deadline`
};

/// One message of the operation.
struct Sent {
  bool to_client = false;
  core::Duration after{};  ///< the begin of the operation
};

std::string describe(const Shot& shot) {
  return "message " + std::to_string(shot.message) + ": " +
         (shot.moment == Moment::nothing ? to_string(shot.fate) : std::string(name(shot.moment)));
}

/// Whoever may send again gets through this: there is time enough, and nothing is lost for good.
bool can_be_survived(const Shot& shot) {
  switch (shot.moment) {
    case Moment::nothing:
      return shot.fate.seen != Fate::Seen::silence;
    case Moment::cancelled:
    case Moment::task_destroyed:
    case Moment::deadline:
      return false;
    default:
      return true;
  }
}

/// Fires at one message and is kind to all others.
class OneShot final : public FaultPlan {
 public:
  OneShot(Simulation& simulation, RawRunner& runner, std::optional<Shot> shot)
      : simulation_(simulation), runner_(runner), shot_(std::move(shot)) {}

  void arm() { armed_ = true; }
  void disarm() { armed_ = false; }

  Fate fate(const MessageSeen& message) override {
    if (!armed_) return {};
    const std::uint64_t number = sent.size();
    sent.push_back({message.to_client, simulation_.loop().now() - runner_.history().back().began});
    if (!shot_ || number != shot_->message) return {};
    if (shot_->moment == Moment::nothing) return shot_->fate;
    happen(message);
    return {};
  }

  std::vector<Sent> sent;

 private:
  void happen(const MessageSeen& message);
  void stop_store(std::uint64_t store, const std::string& new_address);
  void split_all();
  void move_all_leaders();

  Simulation& simulation_;
  RawRunner& runner_;
  std::optional<Shot> shot_;
  bool armed_ = false;
};

void OneShot::happen(const MessageSeen& message) {
  const auto node = simulation_.cluster().node_at(message.address);
  switch (shot_->moment) {
    case Moment::nothing:
    case Moment::deadline:
      break;
    case Moment::store_stops:
    case Moment::store_stops_and_moves:
      if (node && node->kind == Node::Kind::store) {
        stop_store(node->id, shot_->moment == Moment::store_stops ? "" : "elsewhere:20160");
      }
      break;
    case Moment::region_splits:
      split_all();
      break;
    case Moment::leader_moves:
      move_all_leaders();
      break;
    case Moment::answered_with_nothing:
      if (node && node->kind == Node::Kind::store) {
        simulation_.cluster().regions().store(node->id)->behaviour.empty_answers = 1;
      }
      break;
    case Moment::cancelled:
      simulation_.loop().post([this] { runner_.cancel(); });
      break;
    case Moment::task_destroyed:
      simulation_.loop().post([this] { runner_.drop(); });
      break;
  }
}

void OneShot::stop_store(std::uint64_t store, const std::string& new_address) {
  simulation_.stop_store(store);
  simulation_.later(std::chrono::seconds(2),
                    [&simulation = simulation_, store, new_address] { simulation.start_store(store, new_address); });
}

void OneShot::split_all() {
  for (const std::string& key : runner_.history().back().keys()) simulation_.split(key);
  if (!runner_.history().back().start.empty()) simulation_.split(runner_.history().back().start + "5");
  simulation_.split("c5");
}

void OneShot::move_all_leaders() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> moves;
  simulation_.cluster().regions().each_region([&](const RegionState& region) {
    for (const auto& peer : region.meta.peers()) {
      if (peer.store_id() == region.leader_store) continue;
      moves.emplace_back(region.meta.id(), peer.store_id());
      break;
    }
  });
  for (const auto& [region, store] : moves) simulation_.move_leader(region, store);
}

/// One run: a cluster with data, a client, the operation with one fault in it, and the judgement.
class Run {
 public:
  Run(const SweepCase& one, std::optional<Shot> shot)
      : case_(one),
        simulation_({.seed = one.seed, .cluster = one.cluster, .lines_kept = 400}),
        runner_(std::make_unique<RawRunner>(simulation_)),
        must_succeed_(!shot || (can_be_survived(*shot) && (one.operation.resend || !one.operation.writes()))),
        timeout_(shot && shot->moment == Moment::deadline ? shot->timeout : one.operation.timeout),
        plan_(simulation_, *runner_, std::move(shot)) {
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
  SimClient& other = simulation_.add_client(simulation_.client_options());
  SimClient& client = simulation_.add_client(simulation_.client_options());
  if (!other.core()->connect() || !client.core()->connect()) return {"the clients did not meet the cluster"};
  fill(other);
  if (case_.warm) fill(client);
  RawOperation operation = case_.operation;
  operation.timeout = timeout_;
  if (operation.writes()) {
    for (KeyValue& pair : operation.pairs) pair.value = runner_->fresh_value();
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

std::vector<Shot> shots_at(const std::vector<Sent>& messages) {
  std::vector<Shot> shots;
  for (std::uint64_t i = 0; i < messages.size(); ++i) {
    for (const Fate& fate : messages[i].to_client ? faults_to_client() : faults_to_server()) {
      shots.push_back({i, fate, {}, {}});
    }
    for (const Moment moment : moments) shots.push_back({i, {}, moment, deadline_at(messages[i], 1)});
    shots.push_back({i, {}, Moment::deadline, deadline_at(messages[i], 0)});
  }
  return shots;
}

}  // namespace

SweepResult sweep(const SweepCase& one) {
  SweepResult result;
  Run clean(one, std::nullopt);
  for (const std::string& finding : clean.execute()) result.failures.push_back("without a fault: " + finding);
  result.messages = clean.messages().size();
  for (const Shot& shot : shots_at(clean.messages())) {
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
