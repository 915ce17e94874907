#include "options.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace tikv::sandbox {

namespace {

std::optional<unsigned> hex_digit(char symbol) {
  if (symbol >= '0' && symbol <= '9') return static_cast<unsigned>(symbol - '0');
  if (symbol >= 'a' && symbol <= 'f') return static_cast<unsigned>(symbol - 'a' + 10);
  if (symbol >= 'A' && symbol <= 'F') return static_cast<unsigned>(symbol - 'A' + 10);
  return std::nullopt;
}

// The symbol that the escape at the start of `rest` stands for, and how long the escape is.
std::optional<std::pair<char, std::size_t>> unescape(std::string_view rest) {
  if (rest.size() < 2) return std::nullopt;
  if (rest[1] == '\\' || rest[1] == ',') return std::pair{rest[1], std::size_t{2}};
  if (rest[1] != 'x' || rest.size() < 4) return std::nullopt;
  const auto high = hex_digit(rest[2]);
  const auto low = hex_digit(rest[3]);
  if (!high || !low) return std::nullopt;
  return std::pair{static_cast<char>(*high * 16 + *low), std::size_t{4}};
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
    } else if (const auto symbol = unescape(list.substr(at))) {
      keys.back() += symbol->first;
      at += symbol->second;
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
      "stores and regions, on this machine alone (127.0.0.1). The data is in memory and is gone afterwards.",
      "tikv-sandbox");
  Options options;
  std::string split_keys;
  bool no_ttl = false;
  bool quiet = false;
  app.add_option("--stores", options.cluster.stores, "Number of stores")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  options.cluster.regions = 8;
  app.add_option("--regions", options.cluster.regions, "Number of regions to begin with, cut evenly for text keys")
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
  app.add_flag("--no-ttl", no_ttl, "Stores without TTL, as TiKV's are by default");
  app.add_flag("--quiet", quiet, "No report of stores and regions at the end");
  app.footer(
      "Prints 'ready: PD at HOST:PORT, ...' when it listens. SIGUSR1: a report of stores and regions now.\n"
      "Ends on SIGINT and SIGTERM, with the same report.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& ended) {
    return {std::nullopt, app.exit(ended) == 0 ? 0 : 2};
  }
  options.cluster.limits.ttl = !no_ttl;
  options.report_on_stop = !quiet;
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
