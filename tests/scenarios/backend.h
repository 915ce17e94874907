#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tikv/raw_client.h"

namespace tikv::scenarios {

/// What a scenario may need that not every cluster has.
enum class Need : std::uint8_t {
  ttl,          ///< values that expire
  ttl_per_key,  ///< different times to live in one batch
  compare_and_swap,
  compare_and_delete,  ///< by the flag that no release knows
  checksum,
  coprocessor,  ///< the call as such; no plugin is asked for
  families,     ///< column families beside the default one
  keyspaces,
  api_checks,      ///< stores refuse requests of another API version
  stopped_stores,  ///< stores can be stopped
};
[[nodiscard]] std::string_view name_of(Need need);

/// How a client of a scenario differs from the default.
struct ClientWish {
  bool atomic = false;
  std::string keyspace = {};           ///< empty: the default one
  std::optional<ApiVersion> api = {};  ///< another one than the cluster's
};

/// A cluster that scenarios run on, and the hands that move its regions.
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// `sandbox 8.5, API 1ttl`.
  [[nodiscard]] virtual std::string name() const = 0;
  /// Why the cluster lacks it; empty: it has it.
  [[nodiscard]] virtual std::string lacks(Need need) const = 0;
  [[nodiscard]] virtual ApiVersion api() const = 0;
  [[nodiscard]] virtual Result<RawClient> connect(const ClientWish& wish) = 0;

  /// Each answers an empty text, or why it could not be done.
  virtual std::string split(const std::string& key) = 0;
  /// Another store leads the region of `key`.
  virtual std::string move_leader(const std::string& key) = 0;
  /// The store that leads the region of `key` stops, and others take over; its name is given back.
  virtual std::string stop_leader(const std::string& key, std::string& store) = 0;
  virtual std::string start_store(const std::string& store) = 0;
  /// Time passes.
  virtual void pass(std::chrono::milliseconds span) = 0;
};

struct SandboxWish {
  std::string compat = "newest";
  std::string api = "1ttl";
};

[[nodiscard]] std::unique_ptr<Backend> make_simulator(const std::string& api);
[[nodiscard]] std::unique_ptr<Backend> make_sandbox(const SandboxWish& wish);
[[nodiscard]] std::unique_ptr<Backend> make_reference();

}  // namespace tikv::scenarios
