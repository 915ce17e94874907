#pragma once

#include "core/operation.h"
#include "tikv/error.h"
#include "tikv/options.h"

namespace tikv::raw {

/// Where a store refused because it and this client are set up for different things, says so: both
/// sides, and what to change. Other errors stay as they are.
[[nodiscard]] Error explain(const core::Operation& operation, Error error, ApiVersion version);

}  // namespace tikv::raw
