#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <utility>

#include "core/time.h"
#include "words.h"

namespace tikv::sandbox {

namespace {

using std::chrono::milliseconds;

// As good as for ever, and what is added to a clock does not overflow.
constexpr milliseconds longest_interval = std::chrono::hours(24) * 36525;

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::uint64_t& count_of_ms,
                          const std::string& meaning) {
  const std::map<std::string, std::uint64_t> units{{"ms", 1}, {"s", 1000}};
  return app.add_option(name, count_of_ms, meaning + ", like 500ms or 2s")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
      ->default_str(std::to_string(count_of_ms) + "ms");
}

/// No two sandboxes are the same cluster; a folder of data keeps the one that it was made for.
std::uint64_t random_cluster_id() {
  std::random_device source;
  return testing::drawn_cluster_id(std::uint64_t{source()} << 32 | source());
}

}  // namespace

std::optional<std::vector<std::string>> parse_keys(std::string_view list, std::string& error) {
  std::vector<std::string> keys(1);
  for (std::size_t at = 0; at < list.size();) {
    if (list[at] == ',') {
      keys.emplace_back();
      ++at;
    } else if (list[at] != '\\') {
      keys.back() += list[at++];
    } else if (const auto symbol = escaped_byte(list.substr(at))) {
      keys.back() += symbol->byte;
      at += symbol->length;
    } else {
      error = "broken escape at position " + std::to_string(at + 1) + ": \\xNN, \\\\ and \\, are known";
      return std::nullopt;
    }
  }
  for (const std::string& key : keys) {
    if (key.empty()) {
      error = "an empty key cannot be a boundary";
      return std::nullopt;
    }
  }
  return keys;
}

Parsed parse_options(int argc, const char* const* argv) {
  CLI::App app(
      "A TiKV cluster to try, develop and test with: the protocols of PD and TiKV over real gRPC, several\n"
      "stores and regions, on this machine alone (127.0.0.1). The data is in memory and is gone afterwards,\n"
      "unless --data-dir names a folder for it.",
      "tikv-sandbox");
  Options options;
  std::string split_keys;
  bool no_ttl = false;
  bool quiet = false;
  const CLI::Option* stores = app.add_option("--stores", options.cluster.stores, "Number of stores")
                                  ->check(CLI::Range(1, 64))
                                  ->capture_default_str();
  options.cluster.regions = 8;
  app.add_option("--regions", options.cluster.regions,
                 "Number of regions to begin with, cut evenly for text keys; with API version 2 in each keyspace")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--split-keys", split_keys,
                 "Where regions begin instead: keys with commas between them, \\xNN for any byte");
  options.cluster.region_max_keys = 10000;
  app.add_option("--region-max-keys", options.cluster.region_max_keys,
                 "A region with more keys is cut in two, and its parts get different leaders; 0: never")
      ->capture_default_str();
  app.add_option("--pd-port", options.pd_port, "Port of PD, where clients connect; 0: any free port")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  std::string api = "1ttl";
  const CLI::Option* api_version =
      app.add_option("--api-version", api,
                     "How stores keep raw data: 1 (no TTL, as TiKV by default), 1ttl or 2 (keyspaces)")
          ->check(CLI::IsMember({"1", "1ttl", "2"}))
          ->capture_default_str();
  app.add_flag("--no-ttl", no_ttl, "The same as --api-version 1")->excludes("--api-version");
  app.add_option("--keyspace", options.cluster.keyspaces,
                 "A keyspace beside DEFAULT, which has the id 0; may be repeated: they get 1, 2, ...")
      ->allow_extra_args(false);
  std::string version = options.cluster.version;
  app.add_option("--compat", version,
                 "As servers of this version: 5.0, 6.1, 7.1, 8.5, newest, or a full one like 6.5.3")
      ->capture_default_str();
  app.add_option(
      "--data-dir", options.data_dir,
      "Keep the data in this folder: it survives restarts, and kill -9. What is in it goes before --regions");
  app.add_option("--pd-members", options.cluster.pd_members, "Number of members of PD; the others take free ports")
      ->check(CLI::Range(1, 7))
      ->capture_default_str();
  std::uint64_t election_ms = 0;
  add_duration(app, "--election-delay", election_ms, "How long a region has no leader after its store has stopped");
  std::uint64_t interval_ms = 500;
  std::optional<std::uint64_t> seed;
  app.add_option("--chaos", seed, "Random faults from this seed, each printed as the command that makes it");
  add_duration(app, "--chaos-interval", interval_ms, "Time between two random faults")->check(CLI::PositiveNumber);
  app.add_flag("--quiet", quiet, "No report of stores and regions at the end");
  app.footer(
      "Prints 'ready: PD at HOST:PORT, ...' when it listens. SIGUSR1: a report of stores and regions now.\n"
      "Ends on SIGINT and SIGTERM, with the same report.\n"
      "'tikv-sandbox control --help' and 'tikv-cli sandbox --help' tell how a running one is made to misbehave.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& ended) {
    return {std::nullopt, app.exit(ended) == 0 ? 0 : 2};
  }
  options.stores_given = stores->count() > 0;
  options.api_given = api_version->count() > 0 || no_ttl;
  options.cluster.api = no_ttl || api == "1" ? testing::StorageApi::v1
                        : api == "1ttl"      ? testing::StorageApi::v1ttl
                                             : testing::StorageApi::v2;
  const auto known_version = testing::version_named(version);
  if (!known_version) {
    std::cerr << "--compat: '" << version << "' is no version; 5.0, 6.1, 7.1, 8.5, newest, or a full one like 6.5.3\n";
    return {std::nullopt, 2};
  }
  options.cluster.version = *known_version;
  if (options.data_dir.empty()) {
    if (const std::string problem = testing::problem_of(options.cluster); !problem.empty()) {
      std::cerr << "tikv-sandbox: " << problem << '\n';
      return {std::nullopt, 2};
    }
  }
  options.cluster.cluster_id = random_cluster_id();
  options.report_on_stop = !quiet;
  options.cluster.election_delay = core::saturating_duration(core::saturating_count<milliseconds>(election_ms));
  if (seed)
    options.chaos = {*seed, std::min(core::saturating_count<milliseconds>(interval_ms), longest_interval),
                     options.cluster.stores};
  if (!split_keys.empty()) {
    std::string error;
    auto keys = parse_keys(split_keys, error);
    if (!keys) {
      std::cerr << "--split-keys: " << error << '\n';
      return {std::nullopt, 2};
    }
    options.split_keys = std::move(*keys);
    options.cluster.regions = 1;
  }
  return {std::move(options), 0};
}

}  // namespace tikv::sandbox
