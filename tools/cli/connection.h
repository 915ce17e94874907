#pragma once

#include <functional>
#include <string>

#include "tikv/options.h"

namespace tikv::cli {

/// What the command line says about the cluster; an empty text: nothing.
struct ConnectionFlags {
  std::string pd;  ///< addresses or a URL
  std::string ca;
  std::string cert;
  std::string key;
  std::string keyspace;
  std::string api_version;
  std::string timeout;
  std::string connect_timeout;
  bool atomic = false;
};

/// The value of an environment variable; null: not set.
using Environment = std::function<const char*(const char* name)>;

/// Flags win over what the URL says, and that over the environment (TIKV_PD, TIKV_CA, …).
[[nodiscard]] Result<ClientOptions> connection_options(const ConnectionFlags& flags, const Environment& environment);

}  // namespace tikv::cli
