#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "testing/raw_truth.h"
#include "tikv/key_range.h"
#include "tikv/options.h"

namespace tikv::testing {

/// One call of a client, and what it answered.
struct RawOperation {
  enum class Kind : std::uint8_t { get, put, delete_key, batch_put, batch_get, scan };
  enum class Outcome : std::uint8_t {
    running,
    success,
    failed,        ///< certain not to have been applied
    undetermined,  ///< `Error::undetermined()`
    dropped,       ///< its task was destroyed: nobody was told anything
  };

  // What was asked.
  Kind kind = Kind::get;
  std::vector<KeyValue> pairs;  ///< of a read: its keys alone
  std::string start;            ///< of a scan
  std::string end;              ///< of a scan; empty: open
  std::size_t limit = 0;        ///< of a scan
  core::Duration timeout{};
  bool resend = true;

  // What came of it.
  std::string client;
  std::uint64_t number = 0;
  core::Time began{};
  core::Time ended{};
  Outcome outcome = Outcome::running;
  std::vector<KeyValue> result;
  std::vector<std::string> failed_keys;  ///< of a batch that failed: those it names
  std::string error;

  [[nodiscard]] bool writes() const { return kind == Kind::put || kind == Kind::delete_key || kind == Kind::batch_put; }
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
