#pragma once

#include <string>

#include "core/time.h"
#include "region/region.h"
#include "region/region_request.h"

namespace tikv::region {

/// Appends the context of one attempt to an encoded request: which region, at which epoch, by which
/// peer, for how long the server may work on it, and what the call says of itself. Every request of
/// `kvrpcpb` has its context as field 1, and messages merge by concatenation.
void append_context(std::string& message, const Region& region, const Peer& peer, core::Duration execution_limit,
                    const CallTraits& traits);

}  // namespace tikv::region
