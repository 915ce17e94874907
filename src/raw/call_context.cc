#include "raw/call_context.h"

namespace tikv::raw {

std::string name_of(ColumnFamily family) {
  switch (family) {
    case ColumnFamily::default_:
      return {};
    case ColumnFamily::lock:
      return "lock";
    case ColumnFamily::write:
      return "write";
  }
  return {};
}

region::CallTraits traits_of(const CallContext& context, const region::KeyCodec& codec) noexcept {
  region::CallTraits traits;
  if (context.priority == Priority::low) traits.priority = wire::kvrpcpb::CommandPri::low;
  if (context.priority == Priority::high) traits.priority = wire::kvrpcpb::CommandPri::high;
  // (Stores with TTL want V1 to be said, and refuse V1TTL.)
  if (codec.changes_keys()) traits.api_version = wire::kvrpcpb::APIVersion::v2;
  traits.keyspace_id = codec.keyspace_id();
  return traits;
}

}  // namespace tikv::raw
