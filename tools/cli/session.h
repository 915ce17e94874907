#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/client_core.h"
#include "pd/region_info.h"
#include "tikv/raw_client.h"

namespace tikv::cli {

/// A client and what is below it, for the questions that the public API has no verbs for.
struct Connection {
  std::shared_ptr<detail::ClientCore> core;
  RawClient client;
};

/// The connections of this program; made when they are first needed.
class Session {
 public:
  explicit Session(ClientOptions options) : options_(std::move(options)) {}

  [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }
  /// The client, as the options ask for it. `cancel` ends the attempt to connect.
  [[nodiscard]] Result<const RawClient*> client(const CancelScope& cancel);
  /// A client in atomic mode.
  [[nodiscard]] Result<const RawClient*> atomic_client(const CancelScope& cancel);

  /// Regions of a range in order, as PD knows them, cut to the keyspace and in its keys; at most `limit`.
  [[nodiscard]] Result<std::vector<pd::RegionInfo>> regions(KeyRange range, std::size_t limit, CancelScope& cancel);
  [[nodiscard]] Result<std::vector<wire::metapb::Store>> stores(CancelScope& cancel);
  [[nodiscard]] Result<std::uint64_t> timestamp(CancelScope& cancel);

 private:
  using Slot = std::optional<Connection>;
  [[nodiscard]] Result<Connection*> connected(Slot& slot, bool atomic, const CancelScope& cancel);

  ClientOptions options_;
  Slot plain_;
  Slot atomic_;
};

}  // namespace tikv::cli
