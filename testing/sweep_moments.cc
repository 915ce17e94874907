#include "testing/sweep_moments.h"

#include <cstdint>
#include <utility>

#include "testing/message_view.h"
#include "testing/nemesis.h"
#include "testing/region_error_name.h"

namespace tikv::testing {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Target = std::optional<Node>;

bool is_store(const Target& target) { return target && target->kind == Node::Kind::store; }

void stop_store(Simulation& simulation, const Target& target, const std::string& new_address) {
  if (!is_store(target)) return;
  const std::uint64_t store = target->id;
  simulation.stop_store(store);
  simulation.later(seconds(2), [&simulation, store, new_address] { simulation.start_store(store, new_address); });
}

void split_all(Simulation& simulation, const RawOperation& operation, const Target& /*target*/) {
  for (const std::string& key : operation.keys()) simulation.split(key);
  if (!operation.start.empty()) simulation.split(operation.start + "5");
  simulation.split("c5");
}

/// The same in a cluster whose splits leave the id with the left part.
void split_all_keeping_left(Simulation& simulation, const RawOperation& operation, const Target& target) {
  simulation.cluster().regions().set_keeps_id(RegionMap::KeepsId::left);
  split_all(simulation, operation, target);
}

/// Each region is swallowed by the one before it, until one is left.
void merge_all(Simulation& simulation, const RawOperation& /*operation*/, const Target& /*target*/) {
  RegionMap& regions = simulation.cluster().regions();
  std::vector<std::uint64_t> ids;
  regions.each_region([&](const RegionState& region) { ids.push_back(region.meta.id); });
  for (std::size_t i = 1; i < ids.size(); ++i) simulation.merge(ids[i], ids[0]);
}

void move_all_leaders(Simulation& simulation, const RawOperation& /*operation*/, const Target& /*target*/) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> moves;
  simulation.cluster().regions().each_region([&](const RegionState& region) {
    for (const auto& peer : region.meta.peers) {
      if (peer.store_id == region.leader_store) continue;
      moves.emplace_back(region.meta.id, peer.store_id);
      break;
    }
  });
  for (const auto& [region, store] : moves) simulation.move_leader(region, store);
}

/// Also what is split off meanwhile finds a leader again.
void lose_all_leaders(Simulation& simulation, const RawOperation& /*operation*/, const Target& /*target*/) {
  std::vector<std::uint64_t> ids;
  simulation.cluster().regions().each_region([&](const RegionState& region) { ids.push_back(region.meta.id); });
  for (const std::uint64_t id : ids) simulation.move_leader(id, 0);
  simulation.later(seconds(1), [&simulation] {
    std::vector<std::uint64_t> leaderless;
    RegionMap& regions = simulation.cluster().regions();
    regions.each_region([&](const RegionState& region) {
      if (region.leader_store == 0) leaderless.push_back(region.meta.id);
    });
    for (const std::uint64_t id : leaderless) regions.balance_leader(id);
  });
}

void swap_addresses(Simulation& simulation, const RawOperation& /*operation*/, const Target& target) {
  if (!is_store(target)) return;
  for (const auto& [id, store] : simulation.cluster().regions().stores()) {
    if (id == target->id) continue;
    simulation.swap_addresses(target->id, id);
    return;
  }
}

void answer_with_nothing(Simulation& simulation, const RawOperation& /*operation*/, const Target& target) {
  if (is_store(target)) simulation.cluster().behaviour(target->id)->empty_answers = 1;
}

void slow_store(Simulation& simulation, const RawOperation& /*operation*/, const Target& target) {
  if (!is_store(target)) return;
  const std::uint64_t store = target->id;
  simulation.cluster().behaviour(store)->answer_delay = milliseconds(700);
  simulation.later(seconds(2), [&simulation, store] { simulation.cluster().behaviour(store)->answer_delay = {}; });
}

void busy_store(Simulation& simulation, const RawOperation& /*operation*/, const Target& target) {
  if (!is_store(target)) return;
  const std::uint64_t store = target->id;
  simulation.cluster().behaviour(store)->busy = true;
  simulation.later(seconds(3), [&simulation, store] { simulation.cluster().behaviour(store)->busy = false; });
}

void move_pd_leader(Simulation& simulation, const RawOperation& /*operation*/, const Target& /*target*/) {
  PdMembers& members = simulation.cluster().pd().members();
  const std::uint64_t next = members.leader() % members.all().size() + 1;
  members.transfer_leader(next);
}

void silence_pd_leader(Simulation& simulation, const RawOperation& /*operation*/, const Target& /*target*/) {
  const Node leader = Node::pd(simulation.cluster().pd().members().leader());
  simulation.network().set_silent(leader, true);
  simulation.later(seconds(6), [&simulation, leader] { simulation.network().set_silent(leader, false); });
}

void stop_pd_leader(Simulation& simulation, const RawOperation& /*operation*/, const Target& /*target*/) {
  const std::uint64_t leader = simulation.cluster().pd().members().leader();
  simulation.cluster().stop_pd(leader);
  simulation.later(seconds(2), [&simulation, leader] { simulation.cluster().start_pd(leader); });
}

/// PD tells for a while what was before everything moved.
void stale_pd(Simulation& simulation, const RawOperation& operation, const Target& target) {
  simulation.cluster().pd().hold_view();
  split_all(simulation, operation, target);
  move_all_leaders(simulation, operation, target);
  simulation.later(seconds(2), [&simulation] { simulation.cluster().pd().release_view(); });
}

void skew_clocks(Simulation& simulation, const RawOperation& /*operation*/, const Target& /*target*/) {
  for (const auto& client : simulation.clients()) client->loop().set_wall_skew(std::chrono::hours(1));
}

SweepMoment injection(const wire::errorpb::Error& error, bool applied) {
  SweepMoment moment;
  const std::string_view error_name = region_error_name(error);
  moment.name = (error_name.empty() ? std::string("an error without a name") : std::string(error_name)) +
                (applied ? " answers a request that is served" : " answers a request that is not");
  moment.at_requests_to_stores = true;
  moment.can_be_survived = !error.raft_entry_too_large.has_value() && !error.flashback_in_progress.has_value() &&
                           !error.flashback_not_prepared.has_value() && !error.undetermined_result.has_value();
  moment.happen = [error, applied](Simulation& simulation, const RawOperation& /*operation*/, const Target& target) {
    Injection injected;
    injected.node = target;
    injected.error = error;
    injected.applied = applied;
    simulation.cluster().inject(std::move(injected));
  };
  return moment;
}

}  // namespace

const std::vector<SweepMoment>& sweep_moments() {
  static const std::vector<SweepMoment> all{
      {"the store stops for a while", true, true,
       [](Simulation& simulation, const RawOperation&, const Target& target) { stop_store(simulation, target, ""); }},
      {"the store stops and comes back at another address", true, true,
       [](Simulation& simulation, const RawOperation&, const Target& target) {
         stop_store(simulation, target, "elsewhere:20160");
       }},
      {"the regions split", false, true, split_all},
      {"the regions split, and the left parts keep the ids", false, true, split_all_keeping_left},
      {"the regions merge", false, true, merge_all},
      {"the leaders move", false, true, move_all_leaders},
      {"no region has a leader for a while", false, true, lose_all_leaders},
      {"two stores swap their addresses", true, true, swap_addresses},
      {"the next command in a batch is answered with nothing", true, true, answer_with_nothing},
      {"the store is slow for a while", true, true, slow_store},
      {"the store is busy for a while", true, true, busy_store},
      {"PD's leader moves", false, true, move_pd_leader},
      {"PD's leader says nothing for a while", false, true, silence_pd_leader},
      {"PD's leader stops for a while", false, true, stop_pd_leader},
      {"PD lags while regions split and leaders move", false, true, stale_pd},
      {"the clocks of the clients jump", false, true, skew_clocks},
  };
  return all;
}

const std::vector<SweepMoment>& injected_region_errors() {
  static const std::vector<SweepMoment> all = [] {
    std::vector<SweepMoment> moments;
    for (const wire::errorpb::Error& error : every_region_error()) {
      moments.push_back(injection(error, false));
      if (leaves_doubt(error)) moments.push_back(injection(error, true));
    }
    return moments;
  }();
  return all;
}

}  // namespace tikv::testing
