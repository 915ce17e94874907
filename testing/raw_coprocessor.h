#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tikv::testing {

/// The one plug-in that the stores have loaded. It answers with the bytes that it is asked with and, as
/// digits behind them, the number of keys in the ranges, as far as they are in the region.
inline constexpr std::string_view plugin_name = "count";
inline constexpr std::string_view plugin_version = "1.2.3";

/// Why TiKV does not ask a plug-in, in its words; empty: it does.
[[nodiscard]] std::string refuse_plugin(std::string_view name, std::string_view version_requirement);

/// Whether a version fits a requirement as Cargo knows them ("^1.2", ">=1.0, <2", "~1.2.3", "1.*");
/// none if the requirement cannot be read.
[[nodiscard]] std::optional<bool> version_fits(const std::array<std::uint64_t, 3>& version,
                                               std::string_view requirement);

}  // namespace tikv::testing
