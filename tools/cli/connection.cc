#include "connection.h"

#include <chrono>
#include <map>
#include <string_view>

#include "numbers.h"
#include "text.h"

namespace tikv::cli {

namespace {

constexpr const char* default_pd = "127.0.0.1:2379";

/// What may stand in a URL, the environment and a flag.
struct Parameter {
  const char* name;      ///< in the URL
  const char* option;    ///< on the command line
  const char* variable;  ///< in the environment
  std::string ConnectionFlags::*flag;
  Result<void> (*check)(std::string_view text);  ///< what the library would refuse, said without its URL
};

Result<void> anything(std::string_view) { return {}; }

Result<void> check_time(std::string_view text) {
  const Result<std::uint64_t> limit = parse_time_limit(text);
  return limit ? Result<void>() : Result<void>(limit.error());
}

Result<void> check_api_version(std::string_view text) {
  for (const ApiVersion version : {ApiVersion::v1, ApiVersion::v1ttl, ApiVersion::v2}) {
    if (text == to_string(version)) return {};
  }
  return Error(ErrorKind::invalid_argument, "there is no API version '" + escape(text) + "'; known: 1, 1ttl, 2");
}

using Flags = ConnectionFlags;
constexpr Parameter parameters[] = {
    {"ca", "--ca", "TIKV_CA", &Flags::ca, anything},
    {"cert", "--cert", "TIKV_CERT", &Flags::cert, anything},
    {"key", "--key", "TIKV_KEY", &Flags::key, anything},
    {"keyspace", "--keyspace", "TIKV_KEYSPACE", &Flags::keyspace, anything},
    {"api_version", "--api-version", "TIKV_API_VERSION", &Flags::api_version, check_api_version},
    {"timeout", "--timeout", "TIKV_TIMEOUT", &Flags::timeout, check_time},
    {"connect_timeout", "--connect-timeout", "TIKV_CONNECT_TIMEOUT", &Flags::connect_timeout, check_time}};

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char byte : text) {
    if (byte == '&' || byte == '%' || byte == '#' || static_cast<unsigned char>(byte) <= 0x20) {
      encoded += '%';
      append_hex(encoded, byte);
    } else {
      encoded += byte;
    }
  }
  return encoded;
}

/// The parameters of a URL by their names, each as `name=value`.
using Query = std::map<std::string, std::string, std::less<>>;

bool is_set(const char* value) { return value != nullptr && *value != '\0'; }

/// The parameters of a URL, as they are written there.
Query query_of(std::string_view url) {
  Query query;
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return query;
  url.remove_prefix(question + 1);
  while (!url.empty()) {
    const std::string_view pair = url.substr(0, url.find('&'));
    query.emplace(pair.substr(0, pair.find('=')), pair);
    url.remove_prefix(std::min(url.size(), pair.size() + 1));
  }
  return query;
}

/// Takes what flags and the environment say into the query. An error names the flag or the variable.
Result<void> add_settings(Query& query, const ConnectionFlags& flags, const Environment& environment) {
  for (const auto& [name, option, variable, flag, check] : parameters) {
    const bool said = !(flags.*flag).empty();
    const char* in_environment = environment(variable);
    if (!said && (!is_set(in_environment) || query.contains(name))) continue;
    const std::string text = said ? flags.*flag : in_environment;
    if (Result<void> checked = check(text); !checked) return checked.error().with_context(said ? option : variable);
    query.insert_or_assign(name, std::string(name) + "=" + percent_encode(text));
  }
  return {};
}

/// What fits by itself and not together, wherever it was said.
Result<void> check_together(const Query& query) {
  if (query.contains("cert") != query.contains("key")) {
    return Error(ErrorKind::invalid_argument,
                 "a certificate and its key go together: --cert and --key, TIKV_CERT and TIKV_KEY");
  }
  const auto version = query.find("api_version");
  if (query.contains("keyspace") && version != query.end() && version->second != "api_version=2") {
    return Error(ErrorKind::invalid_argument, "a keyspace needs --api-version 2, and " +
                                                  version->second.substr(version->second.find('=') + 1) + " is given");
  }
  return {};
}

}  // namespace

Result<ClientOptions> connection_options(const ConnectionFlags& flags, const Environment& environment) {
  const bool in_environment = flags.pd.empty() && is_set(environment("TIKV_PD"));
  const std::string pd = !flags.pd.empty() ? flags.pd : in_environment ? environment("TIKV_PD") : default_pd;
  Query query = query_of(pd);
  if (Result<void> added = add_settings(query, flags, environment); !added) return added.error();
  if (Result<void> fits = check_together(query); !fits) return fits.error();
  if (flags.atomic) query.insert_or_assign("atomic", "atomic=true");
  std::string url = pd.substr(0, pd.find('?'));
  if (!query.empty() && url.find("://") == std::string::npos) url.insert(0, "tikv://");
  char separator = '?';
  for (const auto& [name, pair] : query) {
    url += separator + pair;
    separator = '&';
  }
  Result<ClientOptions> options = ClientOptions::parse(url);
  if (!options) return options.error().with_context(in_environment ? "TIKV_PD" : "--pd");
  // Whoever waits for a command sees that it is slow. A URL may ask for the story.
  if (!query.contains("slow_operation")) options->slow_operation = std::chrono::milliseconds::max();
  return options;
}

}  // namespace tikv::cli
