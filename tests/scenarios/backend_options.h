#pragma once

#include <string>

#include "scenarios/backend.h"
#include "tikv/options.h"

namespace tikv::scenarios {

[[nodiscard]] inline ApiVersion api_named(const std::string& name) {
  if (name == "2") return ApiVersion::v2;
  return name == "1ttl" ? ApiVersion::v1ttl : ApiVersion::v1;
}

/// Changes `options`, which reach a cluster of version `api`, as a scenario wishes.
inline ClientOptions fulfil(const ClientWish& wish, ApiVersion api, ClientOptions options) {
  options.api_version = wish.api.value_or(api);
  options.keyspace = wish.keyspace;
  options.atomic = wish.atomic;
  return options;
}

}  // namespace tikv::scenarios
