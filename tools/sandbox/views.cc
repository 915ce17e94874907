// The commands that only look.
#include "commands.h"
#include "sandbox.h"

namespace tikv::sandbox {

namespace {

using testing::ClusterModel;

void add(control::Row& row, const std::string& name, std::uint64_t value) {
  control::Field& field = row.fields.emplace_back();
  field.name = name;
  field.text = std::to_string(value);
  field.number = true;
}

void add(control::Row& row, const std::string& name, const std::string& value) {
  control::Field& field = row.fields.emplace_back();
  field.name = name;
  field.text = value;
}

std::string peers_of(const testing::RegionState& region) {
  std::string text;
  for (const testing::metapb::Peer& peer : region.meta.peers) {
    text += (text.empty() ? "" : ",") + std::to_string(peer.store_id);
    if (peer.role != testing::metapb::PeerRole::voter) text += "(learner)";
    if (peer.is_witness) text += "(witness)";
  }
  return text;
}

std::string errors_of(const testing::StoreStatistics& done) {
  std::string text;
  for (const auto& [name, count] : done.region_errors) {
    text += (text.empty() ? "" : ",") + std::to_string(count) + " " + name;
  }
  return text;
}

}  // namespace

std::string Commands::status(const Arguments&, control::Outcome& outcome) {
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    std::uint64_t running = 0;
    for (const auto& [id, store] : cluster.regions().stores()) running += store.running ? 1 : 0;
    control::Row& row = outcome.rows.emplace_back();
    add(row, "cluster", cluster.cluster_id());
    add(row, "version", cluster.options().version);
    add(row, "api_version", std::string(to_string(cluster.options().api)));
    add(row, "regions", cluster.regions().region_count());
    add(row, "leaderless", cluster.regions().leaders_on(0));
    add(row, "stores", cluster.regions().stores().size());
    add(row, "running", running);
    add(row, "pd_members", cluster.pd().members().all().size());
    add(row, "pd_leader", cluster.pd().members().leader());
  });
  return {};
}

std::string Commands::stores(const Arguments&, control::Outcome& outcome) {
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    for (const auto& [id, store] : cluster.regions().stores()) {
      control::Row& row = outcome.rows.emplace_back();
      add(row, "store", id);
      add(row, "address", store.meta.address);
      add(row, "state", std::string(store.running ? "running" : "stopped"));
      add(row, "version", store.meta.version);
      add(row, "leaders", cluster.regions().leaders_on(id));
      add(row, "requests", store.statistics.requests);
      add(row, "read", store.statistics.keys_read);
      add(row, "written", store.statistics.keys_written);
      add(row, "errors", errors_of(store.statistics));
    }
  });
  return {};
}

std::string Commands::regions(const Arguments&, control::Outcome& outcome) {
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    cluster.regions().each_region([&](const testing::RegionState& region) {
      control::Row& row = outcome.rows.emplace_back();
      add(row, "region", region.meta.id);
      add(row, "start", cluster.shown(region.meta.start_key));
      add(row, "end", cluster.shown(region.meta.end_key));
      add(row, "version", region.meta.region_epoch->version);
      add(row, "conf_ver", region.meta.region_epoch->conf_ver);
      add(row, "leader", region.leader_store);
      add(row, "peers", peers_of(region));
      add(row, "keys", region.keys);
    });
  });
  return {};
}

std::string Commands::members(const Arguments&, control::Outcome& outcome) {
  sandbox_.with_cluster([&](ClusterModel& cluster) {
    for (const testing::PdMember& member : cluster.pd().members().all()) {
      control::Row& row = outcome.rows.emplace_back();
      add(row, "member", member.id);
      add(row, "address", member.address);
      add(row, "state", std::string(member.running ? "running" : "stopped"));
      add(row, "leads", std::string(member.id == cluster.pd().members().leader() ? "yes" : "no"));
    }
  });
  return {};
}

std::string Commands::report(const Arguments&, control::Outcome& outcome) {
  std::string text = sandbox_.report();
  if (!text.empty()) text.pop_back();
  outcome.note = text;
  return {};
}

}  // namespace tikv::sandbox
