#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::cli {

/// How far an import has come: everything before it was acknowledged by the cluster.
struct ImportPosition {
  std::uint64_t offset = 0;     ///< bytes of the input
  std::uint64_t line = 0;       ///< lines of the input
  std::uint64_t pairs = 0;      ///< written
  std::uint64_t bytes = 0;      ///< of their keys and values
  std::uint64_t bad = 0;        ///< records that were left out
  std::uint64_t bad_bytes = 0;  ///< length of the file that tells of them

  friend bool operator==(const ImportPosition&, const ImportPosition&) = default;
};

/// What must be the same for an import to go on where another one ended.
struct ImportIdentity {
  std::string input;     ///< size and time of the last change
  std::string settings;  ///< formats, time to live, where to

  friend bool operator==(const ImportIdentity&, const ImportIdentity&) = default;
};

struct Checkpoint {
  ImportIdentity identity;
  ImportPosition position;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// A checkpoint as a small text, and the reverse.
[[nodiscard]] std::string to_text(const Checkpoint& checkpoint);
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);

/// Nothing if there is no such file.
[[nodiscard]] Result<std::optional<Checkpoint>> read_checkpoint(const std::string& path);
/// Whole or not at all: whoever is killed meanwhile leaves the old one or the new one.
[[nodiscard]] Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace tikv::cli
