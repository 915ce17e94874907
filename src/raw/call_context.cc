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

region::CallTraits traits_of(const CallContext& context, ApiVersion version) noexcept {
  region::CallTraits traits;
  if (context.priority == Priority::low) traits.priority = wire::kvrpcpb::Low;
  if (context.priority == Priority::high) traits.priority = wire::kvrpcpb::High;
  if (version == ApiVersion::v1ttl) traits.api_version = wire::kvrpcpb::V1TTL;
  if (version == ApiVersion::v2) traits.api_version = wire::kvrpcpb::V2;
  return traits;
}

}  // namespace tikv::raw
