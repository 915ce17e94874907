#include "connection.h"

#include <map>
#include <string_view>

#include "text.h"

namespace tikv::cli {

namespace {

constexpr const char* default_pd = "127.0.0.1:2379";

/// What may stand in a URL, the environment and a flag.
struct Parameter {
  const char* name;      ///< in the URL
  const char* variable;  ///< in the environment
  std::string ConnectionFlags::*flag;
};
constexpr Parameter parameters[] = {{"ca", "TIKV_CA", &ConnectionFlags::ca},
                                    {"cert", "TIKV_CERT", &ConnectionFlags::cert},
                                    {"key", "TIKV_KEY", &ConnectionFlags::key},
                                    {"keyspace", "TIKV_KEYSPACE", &ConnectionFlags::keyspace},
                                    {"api_version", "TIKV_API_VERSION", &ConnectionFlags::api_version},
                                    {"timeout", "TIKV_TIMEOUT", &ConnectionFlags::timeout}};

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

bool is_set(const char* value) { return value != nullptr && *value != '\0'; }

/// The parameters of a URL, as they are written there.
std::map<std::string, std::string, std::less<>> query_of(std::string_view url) {
  std::map<std::string, std::string, std::less<>> query;
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

}  // namespace

Result<ClientOptions> connection_options(const ConnectionFlags& flags, const Environment& environment) {
  std::string pd = flags.pd;
  if (pd.empty()) pd = is_set(environment("TIKV_PD")) ? environment("TIKV_PD") : default_pd;
  auto query = query_of(pd);
  for (const auto& [name, variable, flag] : parameters) {
    const std::string& said = flags.*flag;
    const char* in_environment = environment(variable);
    const std::string begin = std::string(name) + "=";
    if (!said.empty()) {
      query.insert_or_assign(name, begin + percent_encode(said));
    } else if (is_set(in_environment) && !query.contains(name)) {
      query.emplace(name, begin + percent_encode(in_environment));
    }
  }
  if (flags.atomic) query.insert_or_assign("atomic", "atomic=true");
  std::string url = pd.substr(0, pd.find('?'));
  if (!query.empty() && url.find("://") == std::string::npos) url.insert(0, "tikv://");
  char separator = '?';
  for (const auto& [name, pair] : query) {
    url += separator + pair;
    separator = '&';
  }
  return ClientOptions::parse(url);
}

}  // namespace tikv::cli
