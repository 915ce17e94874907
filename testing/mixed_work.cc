#include "testing/mixed_work.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "testing/nemesis.h"
#include "testing/raw_runner.h"

namespace tikv::testing {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = RawOperation::Kind;

class MixedWork {
 public:
  explicit MixedWork(const MixedWorkOptions& options)
      : options_(options),
        random_(options.seed, "work"),
        atomic_(random_.chance(300)),
        simulation_({.seed = options.seed, .cluster = cluster_options(), .lines_kept = options.lines_kept}),
        runner_(simulation_),
        nemesis_(simulation_, {}) {}

  MixedWorkResult run();

 private:
  static ClusterOptions cluster_options() {
    ClusterOptions options;
    options.stores = 4;
    options.regions = 3;
    options.pd_members = 3;
    options.election_delay = milliseconds(300);
    return options;
  }

  bool connect(MixedWorkResult& result);
  void work(SimClient& client, std::size_t left);
  void meddle();
  void close_one_at_some_time();
  [[nodiscard]] RawOperation draw();
  [[nodiscard]] std::string draw_key();
  [[nodiscard]] std::vector<KeyValue> draw_pairs();
  [[nodiscard]] RawOperation::Kind draw_kind();
  void draw_range(RawOperation& operation);
  void draw_swap(RawOperation& operation);
  void finish(MixedWorkResult& result);
  void check_leftovers(MixedWorkResult& result);

  MixedWorkOptions options_;
  Random random_;
  bool atomic_;  // all clients are in atomic mode
  Simulation simulation_;
  RawRunner runner_;
  Nemesis nemesis_;
  std::size_t waiting_ = 0;  // operations that are still to be started
};

std::string MixedWork::draw_key() {
  std::string key(1, static_cast<char>('a' + random_.below(8)));
  return key + static_cast<char>('0' + random_.below(4));
}

std::vector<KeyValue> MixedWork::draw_pairs() {
  std::set<std::string> keys;
  const std::uint64_t count = 2 + random_.below(6);
  while (keys.size() < count) keys.insert(draw_key());
  std::vector<KeyValue> pairs;
  for (const std::string& key : keys) {
    KeyValue pair;
    pair.key = key;
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

Kind MixedWork::draw_kind() {
  static constexpr Kind often[] = {Kind::get,  Kind::get,        Kind::put,          Kind::put,
                                   Kind::put,  Kind::delete_key, Kind::batch_put,    Kind::batch_get,
                                   Kind::scan, Kind::put,        Kind::batch_delete, Kind::reverse_scan};
  static constexpr Kind seldom[] = {Kind::batch_scan, Kind::scanner, Kind::get_key_ttl, Kind::checksum};
  if (random_.chance(150)) return seldom[random_.below(std::size(seldom))];
  if (atomic_ && random_.chance(400)) return Kind::compare_and_swap;
  if (!atomic_ && random_.chance(30)) return Kind::delete_range;
  return often[random_.below(std::size(often))];
}

void MixedWork::draw_range(RawOperation& operation) {
  std::string one = draw_key();
  std::string other = draw_key();
  operation.start = std::min(one, other);
  if (one != other && random_.chance(700)) operation.end = std::max(one, other);
  operation.limit = 1 + random_.below(40);
  operation.page = 1 + random_.below(10);
  if (operation.kind != Kind::batch_scan) return;
  std::string border = draw_key();
  if (operation.range().contains(border)) operation.borders.push_back(std::move(border));
}

/// Mostly expects what the key holds just now, as a client that has read it.
void MixedWork::draw_swap(RawOperation& operation) {
  if (random_.chance(800)) {
    operation.expected = runner_.truth().at(operation.pairs.front().key, simulation_.loop().now());
  } else if (random_.chance(500)) {
    operation.expected = "v" + std::to_string(1 + random_.below(50));
  }
  operation.unique = random_.chance(500);
}

RawOperation MixedWork::draw() {
  RawOperation operation;
  operation.kind = draw_kind();
  operation.timeout = random_.chance(300) ? milliseconds(50 + random_.below(2000)) : milliseconds(20'000);
  operation.resend = random_.chance(700) && !atomic_;
  if (operation.ranged()) {
    draw_range(operation);
    return operation;
  }
  operation.pairs = draw_pairs();
  const bool many =
      operation.kind == Kind::batch_put || operation.kind == Kind::batch_get || operation.kind == Kind::batch_delete;
  if (!many) operation.pairs.resize(1);
  if (operation.puts()) {
    if (random_.chance(250)) operation.ttl = 1 + random_.below(5);
    for (KeyValue& pair : operation.pairs) pair.value = runner_.fresh_value();
  }
  if (operation.kind == Kind::compare_and_swap) draw_swap(operation);
  return operation;
}

// A client starts its next operation after a while, whatever has become of the last.
void MixedWork::work(SimClient& client, std::size_t left) {
  if (left == 0) return;
  simulation_.later(random_.between({}, milliseconds(400)), [this, &client, left] {
    --waiting_;
    runner_.start(client, draw());
    if (random_.chance(60)) meddle();
    work(client, left - 1);
  });
}

/// The user loses patience with what was started last.
void MixedWork::meddle() {
  const std::size_t number = runner_.history().size();
  const bool cancels = random_.chance(500);
  simulation_.later(random_.between({}, milliseconds(5)), [this, number, cancels] {
    const std::size_t back = runner_.history().size() - number;
    cancels ? runner_.cancel(back) : runner_.drop(back);
  });
}

/// In some seeds a client ends in the middle of its work.
void MixedWork::close_one_at_some_time() {
  if (!random_.chance(200)) return;
  simulation_.later(random_.between(seconds(1), seconds(4)), [this] {
    simulation_.timeline().note("user", "closes a client");
    simulation_.clients().front()->raw().close(milliseconds(0));
  });
}

bool MixedWork::connect(MixedWorkResult& result) {
  for (std::size_t i = 0; i < options_.clients; ++i) {
    ClientOptions options = simulation_.client_options();
    options.atomic = atomic_;
    options.api_version = ApiVersion::v1ttl;
    const Result<void> met = simulation_.add_client(options).core()->connect();
    if (met) continue;
    result.findings.push_back("a client did not meet the cluster: " + met.error().message());
    return false;
  }
  return true;
}

MixedWorkResult MixedWork::run() {
  MixedWorkResult result;
  if (connect(result)) {
    waiting_ = options_.clients * options_.operations;
    nemesis_.start();
    for (const auto& client : simulation_.clients()) work(*client, options_.operations);
    close_one_at_some_time();
    simulation_.loop().run_until([&] { return waiting_ == 0; });
    simulation_.loop().run_for(seconds(5));
    nemesis_.stop();
    simulation_.loop().run_for(seconds(25));  // longer than any deadline
    finish(result);
  }
  result.hash = simulation_.timeline().hash();
  result.events = simulation_.timeline().events();
  result.timeline = simulation_.timeline().text();
  return result;
}

void MixedWork::finish(MixedWorkResult& result) {
  simulation_.loop().run_for(seconds(60));  // what is late arrives
  result.findings = runner_.check();
  check_leftovers(result);
  for (const RawOperation& operation : runner_.history()) ++result.outcomes[std::string(to_string(operation.outcome))];
  for (const auto& [name, times] : runner_.wire().region_errors()) result.region_errors[name] = times;
  result.deeds = nemesis_.deeds();
}

void MixedWork::check_leftovers(MixedWorkResult& result) {
  for (const auto& client : simulation_.clients()) client->raw().close();
  simulation_.loop().run_for(seconds(60));
  const Network& network = simulation_.network();
  const auto expect_none = [&result](std::size_t left, const char* what) {
    if (left != 0) result.findings.push_back(std::to_string(left) + " " + what + " are left at the end");
  };
  expect_none(network.open_calls(), "calls");
  expect_none(network.open_streams(), "streams");
  expect_none(runner_.running(), "tasks");
  expect_none(simulation_.loop().pending(), "timers or posts");
}

}  // namespace

MixedWorkResult run_mixed_work(const MixedWorkOptions& options) { return std::make_unique<MixedWork>(options)->run(); }

}  // namespace tikv::testing
