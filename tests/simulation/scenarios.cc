#include "simulation/scenarios.h"

#include <optional>
#include <string>
#include <utility>

#include "testing/simulation.h"

namespace tikv::testing {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string in_seconds(core::Duration duration) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(duration).count()) + " ms";
}

/// A get with a timeout of its own, started now; what came of it within `patience`, if anything.
std::optional<Result<std::optional<std::string>>> get_within(Simulation& simulation, const AsyncRawClient& client,
                                                             milliseconds timeout, core::Duration patience) {
  // Shared: it may come later than anybody looks.
  auto result = std::make_shared<std::optional<Result<std::optional<std::string>>>>();
  client.spawn<std::optional<std::string>>(client.get("key", {.timeout = timeout}),
                                           [result](auto outcome) { result->emplace(std::move(outcome)); });
  simulation.loop().run_for(patience);
  return *result;
}

/// Whoever has an hour does not wait an hour for what does not come.
std::string a_region_without_leader_uses_up_a_budget() {
  Simulation simulation({.seed = 1});
  SimClient& client = simulation.add_client(simulation.client_options());
  if (!client.core()->connect()) return "the client did not meet the cluster";
  const std::uint64_t region = simulation.cluster().regions().region_of("key").meta.id;
  if (std::string why = simulation.move_leader(region, 0); !why.empty()) return why;
  const auto result = get_within(simulation, client.raw(), hours(1), minutes(10));
  if (!result) return "a get still waits after " + in_seconds(minutes(10)) + " for a region without a leader";
  return result->has_value() ? "a region without a leader answered" : "";
}

/// A placement driver that takes connections and says nothing must not hold a call beyond its deadline,
/// neither before its silence is noticed nor after.
std::string a_silent_pd_ends_with_the_deadline() {
  for (const auto timeout : {milliseconds(300), milliseconds(5000)}) {
    Simulation simulation({.seed = 1});
    SimClient& client = simulation.add_client(simulation.client_options());
    if (!client.core()->connect()) return "the client did not meet the cluster";
    simulation.network().set_silent(Node::pd(), true);
    const auto result = get_within(simulation, client.raw(), timeout, timeout * 6 / 5);
    const std::string with_timeout = "with a timeout of " + in_seconds(timeout);
    if (!result) return "a get " + with_timeout + " still waits for PD";
    if (result->has_value()) return "a silent PD answered";
    if (result->error().kind() != ErrorKind::deadline_exceeded) {
      return "the error " + with_timeout + " is " + result->error().message();
    }
  }
  return {};
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {"ARegionWithoutLeaderUsesUpABudget", a_region_without_leader_uses_up_a_budget},
      {"ASilentPdEndsWithTheDeadline", a_silent_pd_ends_with_the_deadline},
  };
  return all;
}

}  // namespace tikv::testing
