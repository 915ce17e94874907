#include "region/request_context.h"

#include <algorithm>
#include <cstdint>

#include "wire/kvrpcpb.pb.h"

namespace tikv::region {

void append_context(std::string& message, const Region& region, const Peer& peer, core::Duration execution_limit,
                    const CallTraits& traits) {
  wire::kvrpcpb::Context context;
  context.set_region_id(region.id);
  context.mutable_region_epoch()->set_version(region.epoch.version);
  context.mutable_region_epoch()->set_conf_ver(region.epoch.conf_version);
  context.mutable_peer()->set_id(peer.id);
  context.mutable_peer()->set_store_id(peer.store_id);
  // Never 0, which the server takes for a day. It keeps a write from landing long after its caller left.
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(execution_limit).count();
  context.set_max_execution_duration_ms(static_cast<std::uint64_t>(std::clamp<std::int64_t>(limit, 1, 3'600'000)));
  context.set_priority(traits.priority);
  context.set_api_version(traits.api_version);
  context.set_keyspace_id(traits.keyspace_id);
  context.set_cluster_id(traits.cluster_id);

  constexpr char tag_of_context = 0x0a;
  message.push_back(tag_of_context);
  std::size_t length = context.ByteSizeLong();
  for (; length >= 0x80; length >>= 7) message.push_back(static_cast<char>((length & 0x7f) | 0x80));
  message.push_back(static_cast<char>(length));
  context.AppendToString(&message);
}

}  // namespace tikv::region
