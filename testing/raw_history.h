#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "testing/raw_truth.h"
#include "tikv/error.h"
#include "tikv/key_range.h"
#include "tikv/options.h"
#include "tikv/raw_types.h"

namespace tikv::testing {

/// One call of a client, and what it answered.
struct RawOperation {
  enum class Kind : std::uint8_t {
    get,
    put,
    delete_key,
    batch_put,
    batch_get,
    batch_delete,
    delete_range,
    scan,
    reverse_scan,
    batch_scan,  ///< of the range, cut at `borders`
    scanner,     ///< page by page, to the end
    compare_and_swap,
    get_key_ttl,
    checksum,
    coprocessor,  ///< the plugin that counts keys
  };
  enum class Outcome : std::uint8_t {
    running,
    success,
    failed,        ///< certain not to have been applied
    undetermined,  ///< `Error::undetermined()`
    dropped,       ///< its task was destroyed: nobody was told anything
  };

  // What was asked.
  Kind kind = Kind::get;
  std::vector<KeyValue> pairs;       ///< of a read: its keys alone
  std::string start;                 ///< of a call about a range
  std::string end;                   ///< of a call about a range; empty: open
  std::vector<std::string> borders;  ///< inside the range
  std::size_t limit = 0;             ///< of a scan; of each part of `batch_scan`
  std::size_t page = 0;              ///< of a scanner
  RawTruth::Value expected;          ///< of a compare-and-swap
  bool unique = false;               ///< its value is its writer's alone
  std::uint64_t ttl = 0;             ///< of what is written; in a batch one second more for each further key
  core::Duration timeout{};          ///< of a scanner: for each page
  bool resend = true;

  // What came of it.
  std::string client;
  std::uint64_t number = 0;
  core::Time began{};
  core::Time ended{};
  Outcome outcome = Outcome::running;
  std::vector<KeyValue> result;
  std::vector<std::vector<KeyValue>> lists;  ///< of `batch_scan`
  std::optional<CasResult> swap;
  std::optional<KeyTtl> left;  ///< of a key that has a value
  RangeChecksum sum;
  std::uint64_t counted = 0;             ///< by the plugin
  std::optional<ValueSeen> value_seen;   ///< after a lost answer
  std::vector<std::string> failed_keys;  ///< of a batch that failed: those it names
  std::string error;

  [[nodiscard]] bool writes() const;
  /// Puts values; other writes remove them.
  [[nodiscard]] bool puts() const {
    return kind == Kind::put || kind == Kind::batch_put || kind == Kind::compare_and_swap;
  }
  /// Is about a range, not about single keys.
  [[nodiscard]] bool ranged() const;
  [[nodiscard]] bool reversed() const { return kind == Kind::reverse_scan; }
  [[nodiscard]] KeyRange range() const { return end.empty() ? KeyRange::from(start) : KeyRange::half_open(start, end); }
  /// The parts of the range between the borders.
  [[nodiscard]] std::vector<KeyRange> parts() const;
  /// Seconds that the value at a place of `pairs` lives; 0: for ever.
  [[nodiscard]] std::uint64_t ttl_of(std::size_t place) const { return ttl == 0 ? 0 : ttl + place; }
  [[nodiscard]] std::vector<std::string> keys() const;
};

[[nodiscard]] std::string_view to_string(RawOperation::Kind kind);
[[nodiscard]] std::string_view to_string(RawOperation::Outcome outcome);
/// `client1 #7 raw_put a1=v7, 1.250000 to 1.251200: success`.
[[nodiscard]] std::string describe(const RawOperation& operation);

/// What the network knows of an operation: whether one of its writes is really in doubt.
using InDoubt = std::function<bool(const RawOperation&)>;

/// What is wrong with an operation, one line each; nothing if all is well. Every write of a history
/// must have a value of its own. To be asked when nothing is under way any more: what comes late
/// counts, too.
[[nodiscard]] std::vector<std::string> check(const RawOperation& operation, const RawTruth& truth,
                                             const InDoubt& in_doubt);

}  // namespace tikv::testing
