#pragma once

#include <string_view>

#include "testing/region_map.h"
#include "wire/errorpb.h"
#include "wire/kvrpcpb.h"

namespace tikv::testing {

/// The context of a request, an empty one if it has none.
template <class Request>
const wire::kvrpcpb::Context& context_of(const Request& request) {
  static const wire::kvrpcpb::Context none;
  return request.context ? *request.context : none;
}

/// The region that `context` names, if `store` may serve it: otherwise null, with the error that
/// TiKV would answer. The checks run in TiKV's order.
[[nodiscard]] RegionState* check_region(RegionMap& regions, const StoreState& store,
                                        const wire::kvrpcpb::Context& context, wire::errorpb::Error& error);

/// False, with the error, if `key` is outside of the region.
[[nodiscard]] bool check_key(const RegionState& region, std::string_view key, wire::errorpb::Error& error);

/// The same for a place to start a scan from, which may be the region's end.
[[nodiscard]] bool check_key_or_end(const RegionState& region, std::string_view key, wire::errorpb::Error& error);

/// The same for the end of a range, where an empty one is the end of all keys.
[[nodiscard]] bool check_range_end(const RegionState& region, std::string_view end, wire::errorpb::Error& error);

}  // namespace tikv::testing
