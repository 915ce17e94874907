#pragma once

#include <string_view>

#include "wire/errorpb.h"

namespace tikv::testing {

/// The name of the variant that is set, as TiKV spells it: the first one, if several are. "Other"
/// where there is only a text, and an empty name where there is nothing at all.
[[nodiscard]] std::string_view region_error_name(const wire::errorpb::Error& error);

/// Sets that variant, with nothing in it. False for an unknown name.
bool set_region_error(std::string_view name, wire::errorpb::Error& error);

}  // namespace tikv::testing
