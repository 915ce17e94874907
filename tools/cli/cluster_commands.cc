// regions, stores, tso.
#include <array>
#include <ctime>
#include <memory>
#include <ostream>

#include "arguments.h"
#include "commands.h"
#include "json_text.h"

namespace tikv::cli {

namespace {

std::string peers_text(const wire::metapb::Region& region) {
  std::string text;
  for (const wire::metapb::Peer& peer : region.peers) {
    text += (text.empty() ? "" : ",") + std::to_string(peer.store_id);
    if (peer.role == wire::metapb::PeerRole::learner) text += "(learner)";
    if (peer.is_witness) text += "(witness)";
  }
  return text;
}

std::string peers_json(const wire::metapb::Region& region) {
  std::string text;
  for (const wire::metapb::Peer& peer : region.peers) {
    text += (text.empty() ? "" : ",") + std::to_string(peer.store_id);
  }
  return "[" + text + "]";
}

void print(const Context& context, const pd::RegionInfo& region) {
  const wire::metapb::Region& meta = region.meta;
  const region::Epoch epoch = region::epoch_of(meta);
  if (context.output.json) {
    JsonObject object;
    object.add("region", meta.id);
    object.add("start", context.key_text(meta.start_key));
    object.add("end", context.key_text(meta.end_key));
    object.add("version", epoch.version);
    object.add("conf_version", epoch.conf_version);
    object.member("leader", region.leader.id == 0 ? "null" : std::to_string(region.leader.store_id));
    object.member("stores", peers_json(meta));
    context.out << object.text() << '\n';
    return;
  }
  const auto bound = [&](const std::string& key) { return key.empty() ? "-" : context.key_text(key); };
  context.out << meta.id << '\t' << bound(meta.start_key) << '\t' << bound(meta.end_key) << '\t'
              << (region.leader.id == 0 ? "none" : std::to_string(region.leader.store_id)) << '\t' << peers_text(meta)
              << '\t' << epoch.version << ':' << epoch.conf_version << '\n';
}

Result<ExitCode> regions(Context& context, const RangeArguments& arguments, std::size_t limit) {
  const Result<KeyRange> range = arguments.range(context);
  if (!range) return range.error();
  const auto found = context.session.regions(*range, limit == 0 ? SIZE_MAX : limit, context.cancel);
  if (!found) return found.error();
  if (!context.output.json) context.out << "region\tstart\tend\tleader\tstores\tepoch\n";
  for (const pd::RegionInfo& region : *found) print(context, region);
  return ExitCode::done;
}

std::string_view state_of(const wire::metapb::Store& store) {
  switch (store.state) {
    case wire::metapb::StoreState::up:
      return "up";
    case wire::metapb::StoreState::offline:
      return "offline";
    case wire::metapb::StoreState::tombstone:
      return "tombstone";
    default:
      return "unknown";
  }
}

Result<ExitCode> stores(Context& context) {
  const auto found = context.session.stores(context.cancel);
  if (!found) return found.error();
  if (!context.output.json) context.out << "store\taddress\tstate\tversion\n";
  for (const wire::metapb::Store& store : *found) {
    if (context.output.json) {
      JsonObject object;
      object.add("store", store.id);
      object.add("address", store.address);
      object.add("state", state_of(store));
      object.add("version", store.version);
      context.out << object.text() << '\n';
    } else {
      context.out << store.id << '\t' << store.address << '\t' << state_of(store) << '\t' << store.version << '\n';
    }
  }
  return ExitCode::done;
}

std::string time_of(std::uint64_t milliseconds) {
  const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(milliseconds % 1000 + 1000);
  return std::string(text.data()) + "." + fraction.substr(1) + "Z";
}

Result<ExitCode> tso(Context& context) {
  const Result<std::uint64_t> timestamp = context.session.timestamp(context.cancel);
  if (!timestamp) return timestamp.error();
  const std::uint64_t physical = *timestamp >> 18U;
  const std::uint64_t logical = *timestamp & ((1U << 18U) - 1);
  if (context.output.json) {
    JsonObject object;
    object.add("timestamp", std::to_string(*timestamp));  // as text: many programs read numbers as doubles
    object.add("time", time_of(physical));
    object.add("logical", logical);
    context.out << object.text() << '\n';
  } else {
    context.out << *timestamp << "  " << time_of(physical) << ", logical " << logical << '\n';
  }
  return ExitCode::done;
}

Action declare_regions(CLI::App& app) {
  struct Arguments {
    RangeArguments range;
    std::uint64_t limit = 1000;
  };
  auto arguments = std::make_shared<Arguments>();
  arguments->range.declare(app);
  add_number(app, "--limit", arguments->limit, {}, "the most regions to print; 0: all");
  return [arguments](Context& context) { return regions(context, arguments->range, arguments->limit); };
}

constexpr std::array<Command, 3> commands{
    {{"", "regions", "print regions: bounds, leaders, peers", declare_regions},
     {"", "stores", "print the stores", [](CLI::App&) { return Action(stores); }},
     {"", "tso", "print a timestamp of PD", [](CLI::App&) { return Action(tso); }}}};

}  // namespace

std::span<const Command> cluster_commands() { return commands; }

}  // namespace tikv::cli
