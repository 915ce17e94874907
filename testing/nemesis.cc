#include "testing/nemesis.h"

#include <array>
#include <iterator>
#include <utility>

#include "testing/message_view.h"
#include "testing/region_error_name.h"

namespace tikv::testing {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

Nemesis::Nemesis(Simulation& simulation, const NemesisOptions& options)
    : simulation_(simulation),
      options_(options),
      random_(simulation.seed(), "nemesis"),
      message_random_(simulation.seed(), "message faults"),
      schedule_(simulation.loop()) {
  simulation_.network().set_plan(this);
  // A cluster splits its regions in one way or in the other.
  using KeepsId = RegionMap::KeepsId;
  const bool left = Random(simulation.seed(), "splits").chance(500);
  simulation_.cluster().regions().set_keeps_id(left ? KeepsId::left : KeepsId::right);
}

Nemesis::~Nemesis() {
  simulation_.network().set_plan(nullptr);
  schedule_.clear();
}

void Nemesis::start() {
  active_ = true;
  schedule_.after(random_.between(options_.least_pause, options_.most_pause), [this] { act(); });
}

void Nemesis::stop() {
  active_ = false;
  schedule_.clear();
  for (const auto& [number, mend] : std::exchange(mends_, {})) mend();
  simulation_.cluster().faults().clear();
  simulation_.cluster().pd().release_view();
  simulation_.timeline().note("nemesis", "rests");
}

void Nemesis::act() {
  static constexpr struct {
    const char* name;
    Deed deed;
    std::uint64_t weight;
  } deeds[] = {
      {"splits a region", &Nemesis::split, 5},
      {"merges regions", &Nemesis::merge, 2},
      {"moves a leader", &Nemesis::move_leader, 6},
      {"takes a leader away", &Nemesis::lose_leader, 2},
      {"restarts a store", &Nemesis::restart_store, 2},
      {"moves a store", &Nemesis::move_store, 2},
      {"swaps two stores", &Nemesis::swap_stores, 1},
      {"silences a node", &Nemesis::silence_node, 1},
      {"slows a node down", &Nemesis::slow_node, 2},
      {"breaks connections", &Nemesis::break_connections, 2},
      {"moves PD's leader", &Nemesis::move_pd_leader, 2},
      {"restarts a member of PD", &Nemesis::restart_pd, 1},
      {"holds PD's view", &Nemesis::hold_pd_view, 2},
      {"injects a region error", &Nemesis::inject_region_error, 6},
      {"keeps a store busy", &Nemesis::busy_store, 1},
      {"skews a clock", &Nemesis::skew_clock, 1},
  };
  std::uint64_t total = 0;
  for (const auto& each : deeds) total += each.weight;
  std::uint64_t drawn = random_.below(total);
  for (const auto& each : deeds) {
    if (drawn < each.weight) {
      if ((this->*each.deed)().empty()) ++deeds_[each.name];
      break;
    }
    drawn -= each.weight;
  }
  schedule_.after(random_.between(options_.least_pause, options_.most_pause), [this] { act(); });
}

void Nemesis::mend_later(const std::string& what, std::function<void()> mend) {
  const std::uint64_t number = next_mend_++;
  mends_.emplace(number, std::move(mend));
  simulation_.timeline().note("nemesis", what);
  schedule_.after(random_.between(milliseconds(50), seconds(4)), [this, number] {
    const auto found = mends_.find(number);
    if (found == mends_.end()) return;
    const std::function<void()> mending = std::move(found->second);
    mends_.erase(found);
    mending();
  });
}

Fate Nemesis::fate(const MessageSeen& message) {
  if (!active_ || !message_random_.chance(options_.message_faults)) return {};
  const std::vector<Fate> faults = message.to_client ? faults_to_client() : faults_to_server();
  Fate drawn = faults[message_random_.below(faults.size())];
  if (drawn.late_by.count() > 0) drawn.late_by = message_random_.between(milliseconds(1), seconds(30));
  ++deeds_["message faults"];
  return drawn;
}

std::uint64_t Nemesis::any_store() {
  const auto& stores = simulation_.cluster().regions().stores();
  return std::next(stores.begin(), static_cast<std::ptrdiff_t>(random_.below(stores.size())))->first;
}

std::uint64_t Nemesis::any_pd() {
  const auto& members = simulation_.cluster().pd().members().all();
  return members[random_.below(members.size())].id;
}

std::string Nemesis::any_key() {
  std::string key(1, static_cast<char>('a' + random_.below(8)));
  return key + static_cast<char>('0' + random_.below(10));
}

const RegionState& Nemesis::any_region() { return simulation_.cluster().regions().region_of(any_key()); }

std::string Nemesis::split() { return simulation_.split(any_key()); }

std::string Nemesis::merge() {
  const RegionState& region = any_region();
  const RegionState* before = simulation_.cluster().regions().region_before(region.meta.start_key);
  if (before == nullptr) return "there is no region before it";
  return random_.chance(500) ? simulation_.merge(before->meta.id, region.meta.id)
                             : simulation_.merge(region.meta.id, before->meta.id);
}

// Drawn one by one: compilers differ in the order in which they evaluate arguments.
std::string Nemesis::move_leader() {
  const std::uint64_t region = any_region().meta.id;
  const std::uint64_t store = any_store();
  return simulation_.move_leader(region, store);
}

std::string Nemesis::lose_leader() {
  const RegionState& region = any_region();
  const std::uint64_t id = region.meta.id;
  const std::uint64_t led = region.leader_store;
  if (led == 0) return "it has no leader";
  if (std::string why = simulation_.move_leader(id, 0); !why.empty()) return why;
  mend_later("takes the leader of a region away", [this, id, led] {
    const RegionState* now = simulation_.cluster().regions().region(id);
    if (now != nullptr && now->leader_store == 0 && !simulation_.move_leader(id, led).empty()) {
      simulation_.cluster().regions().balance_leader(id);
    }
  });
  return {};
}

std::string Nemesis::restart_store() {
  if (store_down_) return "another store is down";
  const std::uint64_t store = any_store();
  if (std::string why = simulation_.stop_store(store); !why.empty()) return why;
  store_down_ = true;
  mend_later("restarts a store", [this, store] {
    simulation_.start_store(store);
    store_down_ = false;
  });
  return {};
}

std::string Nemesis::move_store() {
  if (store_down_) return "another store is down";
  const std::uint64_t store = any_store();
  if (std::string why = simulation_.stop_store(store); !why.empty()) return why;
  store_down_ = true;
  mend_later("moves a store", [this, store, address = "moved" + std::to_string(next_address_++) + ":20160"] {
    simulation_.start_store(store, address);
    store_down_ = false;
  });
  return {};
}

std::string Nemesis::swap_stores() {
  if (store_down_) return "a store is down";
  const std::uint64_t one = any_store();
  const std::uint64_t other = any_store();
  return simulation_.swap_addresses(one, other);
}

std::string Nemesis::silence_node() {
  const Node node = random_.chance(500) ? Node::of_store(any_store()) : Node::pd(any_pd());
  simulation_.network().set_silent(node, true);
  mend_later("silences a node", [this, node] { simulation_.network().set_silent(node, false); });
  return {};
}

std::string Nemesis::slow_node() {
  const Node node = random_.chance(700) ? Node::of_store(any_store()) : Node::pd(any_pd());
  simulation_.network().set_slow(node, random_.between(milliseconds(1), milliseconds(800)));
  mend_later("slows a node down", [this, node] { simulation_.network().set_slow(node, {}); });
  return {};
}

std::string Nemesis::break_connections() {
  simulation_.network().break_connections(random_.chance(700) ? Node::of_store(any_store()) : Node::pd(any_pd()));
  simulation_.timeline().note("nemesis", "breaks the connections of a node");
  return {};
}

std::string Nemesis::move_pd_leader() {
  simulation_.timeline().note("nemesis", "moves PD's leader");
  const std::uint64_t member = any_pd();
  PdMembers& members = simulation_.cluster().pd().members();
  return members.running(member) ? members.transfer_leader(member) : "it is down";
}

std::string Nemesis::restart_pd() {
  if (pd_down_) return "another member is down";
  const std::uint64_t member = any_pd();
  if (std::string why = simulation_.cluster().stop_pd(member); !why.empty()) return why;
  pd_down_ = true;
  mend_later("restarts a member of PD", [this, member] {
    simulation_.cluster().start_pd(member);
    pd_down_ = false;
  });
  return {};
}

std::string Nemesis::hold_pd_view() {
  simulation_.cluster().pd().hold_view();
  mend_later("holds PD's view", [this] { simulation_.cluster().pd().release_view(); });
  return {};
}

std::string Nemesis::inject_region_error() {
  static const std::vector<wire::errorpb::Error> errors = every_region_error();
  Injection injection;
  injection.error = errors[random_.below(errors.size())];
  injection.count = 1 + random_.below(3);
  injection.applied = leaves_doubt(injection.error) && random_.chance(500);
  simulation_.timeline().note("nemesis", "injects " + std::string(region_error_name(injection.error)));
  simulation_.cluster().inject(std::move(injection));
  return {};
}

std::string Nemesis::busy_store() {
  const std::uint64_t store = any_store();
  StoreBehaviour* behaviour = simulation_.cluster().behaviour(store);
  if (behaviour == nullptr || behaviour->busy) return "it is busy already";
  behaviour->busy = true;
  mend_later("keeps a store busy", [this, store] { simulation_.cluster().behaviour(store)->busy = false; });
  return {};
}

std::string Nemesis::skew_clock() {
  const auto& clients = simulation_.clients();
  if (clients.empty()) return "there is nobody";
  clients[random_.below(clients.size())]->loop().set_wall_skew(random_.between(seconds(-30), seconds(30)));
  simulation_.timeline().note("nemesis", "skews a client's clock");
  return {};
}

std::vector<wire::errorpb::Error> every_region_error() {
  std::vector<wire::errorpb::Error> errors;
  const auto add = [&errors](const auto& set) {
    errors.emplace_back();
    errors.back().message = "injected";
    set(errors.back());
  };
  add([](auto& error) { error.not_leader.emplace(); });
  add([](auto& error) { error.region_not_found.emplace(); });
  add([](auto& error) { error.key_not_in_region.emplace(); });
  add([](auto& error) { error.epoch_not_match.emplace(); });
  add([](auto& error) { wire::ensure(error.server_is_busy).reason = "injected"; });
  add([](auto& error) { error.stale_command.emplace(); });
  add([](auto& error) { error.store_not_match.emplace(); });
  add([](auto& error) { error.raft_entry_too_large.emplace(); });
  add([](auto& error) { error.max_timestamp_not_synced.emplace(); });
  add([](auto& error) { error.read_index_not_ready.emplace(); });
  add([](auto& error) { error.proposal_in_merging_mode.emplace(); });
  add([](auto& error) { error.data_is_not_ready.emplace(); });
  add([](auto& error) { error.region_not_initialized.emplace(); });
  add([](auto& error) { error.disk_full.emplace(); });
  add([](auto& error) { error.recovery_in_progress.emplace(); });
  add([](auto& error) { error.flashback_in_progress.emplace(); });
  add([](auto& error) { error.flashback_not_prepared.emplace(); });
  add([](auto& error) { error.is_witness.emplace(); });
  add([](auto& error) { error.mismatch_peer_id.emplace(); });
  add([](auto& error) { error.bucket_version_not_match.emplace(); });
  add([](auto& error) { error.undetermined_result.emplace(); });
  add([](auto&) {});
  return errors;
}

}  // namespace tikv::testing
