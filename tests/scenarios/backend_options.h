#pragma once

#include <string>

#include "scenarios/backend.h"
#include "tikv/options.h"

namespace tikv::scenarios {

[[nodiscard]] inline ApiVersion api_named(const std::string& name) {
  if (name == "2") return ApiVersion::v2;
  return name == "1ttl" ? ApiVersion::v1ttl : ApiVersion::v1;
}

/// What no cluster of that API version has; empty: it may have it.
inline std::string lacks_by_api(ApiVersion api, Need need) {
  if (need == Need::compare_and_delete) return "no release of TiKV has it";
  if (api == ApiVersion::v1 && (need == Need::ttl || need == Need::ttl_per_key)) return "API 1 keeps no TTL";
  if (api != ApiVersion::v2 && need == Need::keyspaces) return "they are of API 2";
  if (api == ApiVersion::v2 && need == Need::families) return "API 2 knows one family only";
  return {};
}

/// Changes `options`, which reach a cluster of version `api`, as a scenario wishes.
inline ClientOptions fulfil(const ClientWish& wish, ApiVersion api, ClientOptions options) {
  options.api_version = wish.api.value_or(api);
  options.keyspace = wish.keyspace;
  options.atomic = wish.atomic;
  return options;
}

}  // namespace tikv::scenarios
