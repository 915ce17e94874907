#include "region/request_context.h"

#include <algorithm>
#include <cstdint>

#include "wire/kvrpcpb.h"

namespace tikv::region {

void append_context(std::string& message, const Region& region, const Peer& peer, core::Duration execution_limit,
                    const CallTraits& traits) {
  // Never 0, which the server takes for a day. It keeps a write from landing long after its caller left.
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(execution_limit).count();
  wire::kvrpcpb::Context context;
  context.region_id = region.id;
  context.region_epoch = {.conf_ver = region.epoch.conf_version, .version = region.epoch.version};
  context.peer = {.id = peer.id, .store_id = peer.store_id};
  context.priority = traits.priority;
  context.max_execution_duration_ms = static_cast<std::uint64_t>(std::clamp<std::int64_t>(limit, 1, 3'600'000));
  context.api_version = traits.api_version;
  context.keyspace_id = traits.keyspace_id;
  context.cluster_id = traits.cluster_id;
  wire::append_field<1>(message, context);
}

}  // namespace tikv::region
