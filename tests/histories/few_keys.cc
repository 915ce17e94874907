#include "histories/few_keys.h"

#include <chrono>
#include <optional>
#include <utility>

#include "testing/nemesis.h"
#include "testing/raw_runner.h"

namespace tikv::testing {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = RawOperation::Kind;
using Outcome = RawOperation::Outcome;

constexpr std::size_t clients = 4;
constexpr std::size_t operations_of_each = 15;
constexpr std::uint64_t keys = 4;

class FewKeys {
 public:
  FewKeys(std::uint64_t seed, bool atomic)
      : random_(seed, "few keys"),
        atomic_(atomic),
        simulation_({.seed = seed, .cluster = cluster_options()}),
        runner_(simulation_),
        nemesis_(simulation_, {}),
        seed_(seed) {}

  FewKeysResult run() {
    for (std::size_t i = 0; i < clients; ++i) {
      ClientOptions options = simulation_.client_options();
      options.atomic = atomic_;
      SimClient& client = simulation_.add_client(options);
      if (client.core()->connect()) work(client, operations_of_each);
    }
    nemesis_.start();
    simulation_.loop().run_until([&] { return waiting_ == 0; });
    nemesis_.stop();
    simulation_.loop().run_for(seconds(90));  // longer than any deadline, and than anything is late
    FewKeysResult result;
    for (const RawOperation& operation : runner_.history()) write_down(operation, result);
    for (const auto& client : simulation_.clients()) client->raw().close();
    simulation_.loop().run_for(seconds(60));
    return result;
  }

 private:
  static ClusterOptions cluster_options() {
    ClusterOptions options;
    options.stores = 4;
    options.regions = 3;
    options.election_delay = milliseconds(300);
    return options;
  }

  void work(SimClient& client, std::size_t left) {
    if (left == 0) return;
    ++waiting_;
    simulation_.later(random_.between({}, milliseconds(300)), [this, &client, left] {
      --waiting_;
      runner_.start(client, draw());
      work(client, left - 1);
    });
  }

  RawOperation draw() {
    RawOperation operation;
    KeyValue& pair = operation.pairs.emplace_back();
    pair.key = std::string(1, static_cast<char>('a' + 6 * random_.below(keys)));
    operation.timeout = random_.chance(300) ? milliseconds(50 + random_.below(2000)) : milliseconds(20'000);
    operation.resend = !atomic_;
    const std::uint64_t choice = random_.below(100);
    operation.kind = choice < 35 ? Kind::get : choice < 55 ? Kind::put : Kind::delete_key;
    if (choice >= 65) operation.kind = atomic_ ? Kind::compare_and_swap : Kind::put;
    if (operation.puts()) pair.value = runner_.fresh_value();
    if (operation.kind != Kind::compare_and_swap) return operation;
    operation.unique = random_.chance(300);
    if (random_.chance(800)) operation.expected = runner_.truth().at(pair.key, simulation_.loop().now());
    return operation;
  }

  void write_down(const RawOperation& operation, FewKeysResult& result);

  Random random_;
  bool atomic_;
  Simulation simulation_;
  RawRunner runner_;
  Nemesis nemesis_;
  std::uint64_t seed_;
  std::size_t waiting_ = 0;
};

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string quoted(const std::optional<std::string>& value) { return value ? quoted(*value) : "null"; }

std::string_view verb(Kind kind) {
  if (kind == Kind::get) return "get";
  if (kind == Kind::compare_and_swap) return "cas";
  return kind == Kind::put ? "put" : "delete";
}

std::string_view answer(Outcome outcome) {
  if (outcome == Outcome::success) return "ok";
  return outcome == Outcome::failed ? "failed" : "unknown";
}

void FewKeys::write_down(const RawOperation& operation, FewKeysResult& result) {
  const bool succeeded = operation.outcome == Outcome::success;
  const bool swaps = operation.kind == Kind::compare_and_swap;
  const KeyValue& pair = operation.pairs.front();
  std::string line = R"({"run":"seed )" + std::to_string(seed_) + R"(","client":)" + operation.client.substr(6);
  line += R"(,"begin":)" + std::to_string(operation.began.time_since_epoch().count());
  line += R"(,"end":)" + std::to_string(operation.ended.time_since_epoch().count());
  line += R"(,"op":)" + quoted(std::string(verb(operation.kind))) + R"(,"key":)" + quoted(pair.key);
  line += R"(,"answer":)" + quoted(std::string(answer(operation.outcome)));
  if (operation.kind == Kind::get && succeeded && !operation.result.empty()) {
    line += R"(,"value":)" + quoted(operation.result.front().value);
  }
  if (operation.puts()) line += R"(,"value":)" + quoted(pair.value);
  if (swaps) line += R"(,"expected":)" + quoted(operation.expected);
  if (swaps && succeeded) {
    const CasResult& swap = operation.swap.value();
    line += std::string(R"(,"swapped":)") + (swap.swapped ? "true" : "false");
    line += R"(,"previous":)" + quoted(swap.previous);
    result.swaps += swap.swapped ? 1U : 0U;
  }
  if (operation.writes() && !swaps && operation.resend) {
    std::size_t lost = runner_.wire().lost_copies(operation.client, pair.key, operation.began, operation.ended);
    if (!succeeded && lost > 0) --lost;  // the line itself says of one that it may be applied
    if (lost > 0) line += R"(,"copies":)" + std::to_string(lost);
    result.copies += lost;
  }
  result.history += line + "}\n";
  ++result.operations;
  result.unknown += answer(operation.outcome) == "unknown" ? 1U : 0U;
}

}  // namespace

FewKeysResult work_on_few_keys(std::uint64_t seed, bool atomic) { return FewKeys(seed, atomic).run(); }

}  // namespace tikv::testing
