#pragma once

/// @file
/// What raw calls take and give besides keys, pairs and ranges.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tikv/key_range.h"

namespace tikv {
inline namespace v0 {

/// A key, its value, and how long that is to live.
struct KeyValueTtl {
  std::string key;
  std::string value;
  /// From the moment at which the store writes it; 0: for ever. See `WriteOptions::ttl`.
  std::chrono::seconds ttl{0};

  friend bool operator==(const KeyValueTtl&, const KeyValueTtl&) = default;
};

/// What came of a compare-and-swap that was answered.
struct CasResult {
  /// True if the key held what was expected and holds the new value now.
  bool swapped = false;
  /// What the key held before; nothing: it was absent. Absent and empty differ.
  std::optional<std::string> previous;

  friend bool operator==(const CasResult&, const CasResult&) = default;
};

/// How long a value that exists will live.
struct KeyTtl {
  /// Time left, in whole seconds; nothing: it lives for ever.
  std::optional<std::chrono::seconds> left;

  friend bool operator==(const KeyTtl&, const KeyTtl&) = default;
};

/// A checksum over the pairs of a range, as TiKV's tools compute it.
struct RangeChecksum {
  /// The CRC-64/XZ of each key followed by its value, all of them combined by exclusive or.
  std::uint64_t crc64_xor = 0;
  /// How many pairs.
  std::uint64_t kvs = 0;
  /// Bytes of all keys and values.
  std::uint64_t bytes = 0;

  friend bool operator==(const RangeChecksum&, const RangeChecksum&) = default;
};

/// A region, as a coprocessor call sees it.
struct CoprocessorRegion {
  std::uint64_t id = 0;
  /// First key of the region.
  std::string start;
  /// First key after it; empty: no end.
  std::string end;
};

/// Makes the bytes that a plugin gets with the ranges of one region. Called on the client's loop, once
/// for each request, in the order of the keys; again for parts of a region that was split meanwhile.
using CoprocessorData =
    std::function<std::string(const CoprocessorRegion& region, const std::vector<KeyRange>& ranges)>;

/// What a plugin answered for the ranges of one region.
struct CoprocessorAnswer {
  /// The parts of the caller's ranges that it was asked about.
  std::vector<KeyRange> ranges;
  /// What it gave.
  std::string data;
};

}  // namespace v0
}  // namespace tikv
