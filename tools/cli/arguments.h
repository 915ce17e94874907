#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "context.h"
#include "tikv/key_range.h"

namespace tikv::cli {

/// `[START] [END]` or `--prefix`.
struct RangeArguments {
  std::string start;
  std::string end;
  std::string prefix;

  void declare(CLI::App& app);
  [[nodiscard]] Result<KeyRange> range(const Context& context) const;
};

/// `--cf`.
void add_column_family(CLI::App& app, ColumnFamily& family);
/// `--ttl`, in seconds or with a unit.
void add_ttl(CLI::App& app, std::uint64_t& seconds);
/// What a number may be.
struct NumberRange {
  std::uint64_t least = 0;
  std::uint64_t most = UINT64_MAX;
};
/// An option that takes a whole number; what `target` holds is its default.
void add_number(CLI::App& app, const std::string& name, std::uint64_t& target, const NumberRange& range,
                const std::string& meaning);
/// An option whose values are the byte formats.
CLI::Option* add_byte_format(CLI::App& app, const std::string& name, std::optional<ByteFormat>& format,
                             const std::string& meaning);

/// The values that an option takes, for completion; empty: any.
[[nodiscard]] std::vector<std::string> option_values(const std::string& option);

}  // namespace tikv::cli
