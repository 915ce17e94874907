#include "commands.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "command_list.h"
#include "injections.h"
#include "sandbox.h"

namespace tikv::sandbox {

namespace {

using testing::ClusterModel;
using testing::Node;
using testing::RegionMap;

/// A key of a command as the stores keep it: of the keyspace that the command names, else of the first
/// that the sandbox was started with.
std::string stored_key(ClusterModel& cluster, std::string_view key, const CommandArguments& arguments) {
  const std::vector<testing::Keyspace>& keyspaces = cluster.pd().keyspaces();
  const std::string name = arguments.option("keyspace", keyspaces[keyspaces.size() > 1 ? 1 : 0].name);
  const auto found = std::ranges::find(keyspaces, name, &testing::Keyspace::name);
  if (found == keyspaces.end()) throw WrongUsage{"there is no keyspace '" + name + "'"};
  return cluster.stored_key(key, found->id);
}

/// An id, or @KEY: the region of that key.
std::uint64_t find_region(ClusterModel& cluster, std::string_view word, const CommandArguments& arguments) {
  if (!word.starts_with('@')) return to_number(word);
  return cluster.regions().region_of(stored_key(cluster, word.substr(1), arguments)).meta.id;
}

std::string usage_of(std::string_view name) {
  for (const CommandHelp& help : command_list) {
    if (help.usage.substr(0, help.usage.find(' ')) == name) return std::string(help.usage);
  }
  return std::string(name);
}

}  // namespace

const std::vector<Commands::Known>& Commands::known() {
  static const std::vector<Known> commands{
      {"status", 0, 0, &Commands::status},         {"stores", 0, 0, &Commands::stores},
      {"regions", 0, 0, &Commands::regions},       {"members", 0, 0, &Commands::members},
      {"report", 0, 0, &Commands::report},         {"split", 1, 1, &Commands::split},
      {"merge", 1, 2, &Commands::merge},           {"move-leader", 2, 2, &Commands::move_leader},
      {"stop-store", 1, 1, &Commands::stop_store}, {"start-store", 1, 1, &Commands::start_store},
      {"slow-store", 2, 2, &Commands::slow_store}, {"busy-store", 2, 2, &Commands::busy_store},
      {"restart-pd", 0, 1, &Commands::restart_pd}, {"stop-pd", 1, 1, &Commands::stop_pd},
      {"start-pd", 1, 1, &Commands::start_pd},     {"move-pd-leader", 1, 1, &Commands::move_pd_leader},
      {"pd-lag", 1, 1, &Commands::pd_lag},         {"fail", 1, 1, &Commands::fail},
  };
  return commands;
}

void Commands::run(const std::vector<std::string>& words, control::Outcome& outcome) {
  try {
    const std::string name = words.empty() ? std::string() : words.front();
    const auto found = std::ranges::find(known(), name, &Known::name);
    if (found == known().end()) throw WrongUsage{"there is no command '" + name + "'"};
    const Arguments arguments(words);
    if (arguments.words.size() < found->fewest || arguments.words.size() > found->most) {
      throw WrongUsage{"usage: " + usage_of(name)};
    }
    outcome.problem = (this->*found->method)(arguments, outcome);
  } catch (const WrongUsage& wrong) {
    outcome.problem = wrong.why;
    outcome.wrong_usage = true;
  }
  if (!outcome.problem.empty()) outcome.note = {};
}

std::string Commands::split(const Arguments& arguments, control::Outcome& outcome) {
  std::string why;
  const std::string part = arguments.option("keeps-id", "");
  if (!part.empty() && part != "left" && part != "right") throw WrongUsage{"usage: " + usage_of("split")};
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    const std::string key = stored_key(cluster, arguments.words[0], arguments);
    if (!part.empty()) {
      cluster.regions().set_keeps_id(part == "left" ? RegionMap::KeepsId::left : RegionMap::KeepsId::right);
    }
    why = cluster.split(key);
    outcome.note =
        "region " + std::to_string(cluster.regions().region_of(key).meta.id) + " begins at " + cluster.shown(key);
  });
  return why;
}

std::string Commands::merge(const Arguments& arguments, control::Outcome& outcome) {
  std::string why;
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    RegionMap& regions = cluster.regions();
    const std::uint64_t source = find_region(cluster, arguments.words[0], arguments);
    std::uint64_t target = 0;
    if (arguments.words.size() == 2) {
      target = find_region(cluster, arguments.words[1], arguments);
    } else if (const testing::RegionState* merged = regions.region(source)) {
      if (merged->meta.end_key.empty()) {
        why = "there is no next region";
        return;
      }
      target = regions.region_of(merged->meta.end_key).meta.id;
    }
    why = cluster.merge(source, target);
    outcome.note = "region " + std::to_string(source) + " is part of region " + std::to_string(target);
  });
  return why;
}

std::string Commands::move_leader(const Arguments& arguments, control::Outcome& outcome) {
  std::string why;
  const std::uint64_t store = to_number(arguments.words[1]);
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    const std::uint64_t region = find_region(cluster, arguments.words[0], arguments);
    why = cluster.transfer_leader(region, store);
    outcome.note = "region " + std::to_string(region) +
                   (store == 0 ? std::string(" has no leader") : " is led by store " + std::to_string(store));
  });
  return why;
}

std::string Commands::stop_store(const Arguments& arguments, control::Outcome& outcome) {
  const std::uint64_t store = to_number(arguments.words[0]);
  outcome.note = "store " + std::to_string(store) + " is stopped";
  return sandbox_.stop_node(Node::of_store(store));
}

std::string Commands::start(Node node, const Arguments& arguments, control::Outcome& outcome) {
  std::string why = sandbox_.start_node(node, arguments.option("port", "same"));
  if (!why.empty()) return why;
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    const bool pd = node.kind == Node::Kind::pd;
    outcome.note =
        (pd ? "member " : "store ") + std::to_string(node.id) + " listens at " +
        (pd ? cluster.pd().members().member(node.id)->address : cluster.regions().store(node.id)->meta.address);
  });
  return {};
}

std::string Commands::start_store(const Arguments& arguments, control::Outcome& outcome) {
  return start(Node::of_store(to_number(arguments.words[0])), arguments, outcome);
}

std::string Commands::slow_store(const Arguments& arguments, control::Outcome& outcome) {
  std::string why = "no such store";
  const std::uint64_t wait = std::min<std::uint64_t>(to_number(arguments.words[1]), 3'600'000);
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    testing::StoreBehaviour* behaviour = cluster.behaviour(to_number(arguments.words[0]));
    if (behaviour == nullptr) return;
    behaviour->answer_delay = std::chrono::milliseconds(wait);
    behaviour->slow_score = wait == 0 ? 1 : 100;
    why.clear();
  });
  outcome.note = "answers take up to " + std::to_string(wait) + " ms more";
  return why;
}

std::string Commands::busy_store(const Arguments& arguments, control::Outcome& outcome) {
  std::string why = "no such store";
  const bool busy = arguments.words[1] != "off";
  const std::uint64_t wait = busy ? to_number(arguments.words[1]) : 0;
  if (wait > std::numeric_limits<std::uint32_t>::max()) throw WrongUsage{"that is too long"};
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    testing::StoreBehaviour* behaviour = cluster.behaviour(to_number(arguments.words[0]));
    if (behaviour == nullptr) return;
    behaviour->busy = busy;
    behaviour->estimated_wait_ms = static_cast<std::uint32_t>(wait);
    why.clear();
  });
  outcome.note = busy ? "the store is busy" : "the store serves";
  return why;
}

std::uint64_t Commands::pd_member(std::string_view word) {
  const std::uint64_t member = to_number(word);
  bool known_one = false;
  sandbox_.with_cluster([&](ClusterModel& cluster) { known_one = cluster.pd().members().member(member) != nullptr; });
  if (!known_one) throw WrongUsage{"PD has no member " + std::string(word)};
  return member;
}

// The member that was asked may be the one that stops: it answers first.
std::string Commands::restart_pd(const Arguments& arguments, control::Outcome& outcome) {
  std::uint64_t member = 0;
  if (arguments.words.empty()) {
    sandbox_.with_cluster(
        [&](ClusterModel& cluster) { member = std::max<std::uint64_t>(cluster.pd().members().leader(), 1); });
  } else {
    member = pd_member(arguments.words[0]);
  }
  outcome.note = "member " + std::to_string(member) + " of PD restarts";
  outcome.away = true;
  later_ = [this, node = Node::pd(member)]() -> std::string {
    if (std::string why = sandbox_.stop_node(node); !why.empty()) return why;
    return sandbox_.start_node(node, "same");
  };
  return {};
}

std::string Commands::stop_pd(const Arguments& arguments, control::Outcome& outcome) {
  const Node node = Node::pd(pd_member(arguments.words[0]));
  std::size_t running = 0;
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    running =
        static_cast<std::size_t>(std::ranges::count_if(cluster.pd().members().all(), &testing::PdMember::running));
  });
  if (running == 1) return "it is the last one, nobody could start it again: restart-pd stops it for a moment";
  outcome.note = "member " + std::to_string(node.id) + " of PD stops";
  later_ = [this, node] { return sandbox_.stop_node(node); };
  return {};
}

std::string Commands::start_pd(const Arguments& arguments, control::Outcome& outcome) {
  return start(Node::pd(pd_member(arguments.words[0])), arguments, outcome);
}

std::string Commands::move_pd_leader(const Arguments& arguments, control::Outcome& outcome) {
  std::string why;
  const std::uint64_t member = to_number(arguments.words[0]);
  sandbox_.with_cluster([&](ClusterModel& cluster) { why = cluster.pd().members().transfer_leader(member); });
  outcome.note = member == 0 ? "nobody leads PD" : "member " + std::to_string(member) + " leads PD";
  return why;
}

std::string Commands::pd_lag(const Arguments& arguments, control::Outcome& outcome) {
  const std::string& word = arguments.words[0];
  if (word != "on" && word != "off") throw WrongUsage{"usage: " + usage_of("pd-lag")};
  sandbox_.with_cluster(
      [&](ClusterModel& cluster) { word == "on" ? cluster.pd().hold_view() : cluster.pd().release_view(); });
  outcome.note = word == "on" ? "PD learns nothing new" : "PD knows how it is";
  return {};
}

std::string Commands::fail(const Arguments& arguments, control::Outcome& outcome) {
  testing::Injection injection = parse_injection(arguments);
  sandbox_.with_cluster([&](ClusterModel& cluster) { cluster.inject(std::move(injection)); });
  outcome.note = "the next " + arguments.option("count", "1") + " matching get " + arguments.words[0] +
                 (arguments.applied ? " after they were served" : "");
  return {};
}

}  // namespace tikv::sandbox
