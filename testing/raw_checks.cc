// Judges what a client answered by what the stores applied.
#include <algorithm>
#include <set>
#include <utility>

#include "testing/cluster_model.h"
#include "testing/raw_history.h"
#include "testing/raw_store.h"

namespace tikv::testing {

namespace {

using Kind = RawOperation::Kind;
using Outcome = RawOperation::Outcome;
using Findings = std::vector<std::string>;

/// How much later than its deadline an operation may end.
constexpr core::Duration slack = std::chrono::milliseconds(50);

std::string shown(const RawTruth::Value& value) { return value ? printable(*value) : "absent"; }

RawTruth::Value written(const RawOperation& operation, const KeyValue& pair) {
  if (!operation.puts()) return std::nullopt;
  return pair.value;
}

void check_expiry(const RawOperation& operation, std::size_t place, const RawTruth::Applied& write,
                  Findings& findings) {
  const std::uint64_t ttl = operation.ttl_of(place);
  const std::string& key = operation.pairs[place].key;
  if (ttl == 0) {
    if (write.expires != core::never) findings.push_back(printable(key) + " expires, and should not");
    return;
  }
  // Stores count in whole seconds of their clock.
  const core::Time due = write.at + std::chrono::seconds(ttl);
  if (write.expires <= due && write.expires > due - std::chrono::seconds(1)) return;
  findings.push_back(printable(key) + " does not expire after " + std::to_string(ttl) + " s");
}

void check_success_of_write(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  for (std::size_t i = 0; i < operation.pairs.size(); ++i) {
    const KeyValue& pair = operation.pairs[i];
    const RawTruth::Applied* const write =
        truth.first_applied(pair.key, written(operation, pair), operation.began, operation.ended);
    if (write == nullptr) {
      findings.push_back("succeeded, but " + printable(pair.key) + " was not written meanwhile");
    } else if (operation.puts()) {
      check_expiry(operation, i, *write, findings);
    }
  }
}

void check_success_of_swap(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  const KeyValue& pair = operation.pairs.front();
  const RawTruth::Applied* const write = truth.first_applied(pair.key, pair.value, operation.began, operation.ended);
  if (!operation.swap->swapped) {
    if (truth.applied(pair.key, pair.value, operation.began, core::never))
      findings.emplace_back("swapped, and denies it");
    if (operation.swap->previous == operation.expected) findings.emplace_back("not swapped, but it was as expected");
    if (!truth.held(pair.key, operation.swap->previous, operation.began, operation.ended)) {
      findings.push_back("saw " + shown(operation.swap->previous) + ", which it was at no moment of the call");
    }
    return;
  }
  if (write == nullptr) {
    findings.emplace_back("says that it swapped, and did not");
    return;
  }
  check_expiry(operation, 0, *write, findings);
  const RawTruth::Value before = truth.before(pair.key, *write);
  if (before != operation.expected) findings.push_back("swapped although the key was " + shown(before));
  if (operation.swap->previous != operation.expected) findings.emplace_back("tells of another value than it expected");
}

/// A delete has no value of its own, so that another one may look like it: not judged here.
void check_failed_write(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  if (!operation.puts()) return;
  const std::set<std::string> named(operation.failed_keys.begin(), operation.failed_keys.end());
  for (const KeyValue& pair : operation.pairs) {
    if (!named.empty() && !named.contains(pair.key)) continue;
    if (truth.applied(pair.key, pair.value, operation.began, core::never)) {
      findings.push_back("failed for certain, but " + printable(pair.key) + " was written");
    }
  }
}

void check_lost_swap(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  if (!operation.value_seen) return;
  const KeyValue& pair = operation.pairs.front();
  if (!truth.held(pair.key, operation.value_seen->value, operation.began, operation.ended)) {
    findings.push_back("saw " + shown(operation.value_seen->value) + " afterwards, which it was at no moment");
  }
  if (operation.unique && operation.value_seen->value == pair.value) {
    findings.emplace_back("saw its own unique value and did not call it a success");
  }
}

void check_keys_read(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  auto next = operation.result.begin();
  for (const KeyValue& asked : operation.pairs) {
    RawTruth::Value seen;
    if (next != operation.result.end() && next->key == asked.key) seen = (next++)->value;
    if (!truth.held(asked.key, seen, operation.began, operation.ended)) {
      findings.push_back("read " + printable(asked.key) + " as " + shown(seen) +
                         ", which it was at no moment of the call");
    }
  }
  if (next != operation.result.end()) {
    findings.push_back("returned " + printable(next->key) + ", not asked for or out of order");
  }
}

void check_key_ttl(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  const std::string& key = operation.pairs.front().key;
  if (!operation.left) {
    if (!truth.held(key, std::nullopt, operation.began, operation.ended)) findings.emplace_back("was never absent");
    return;
  }
  const auto history = truth.keys().find(key);
  const bool fits = history != truth.keys().end() &&
                    std::any_of(history->second.begin(), history->second.end(), [&](const RawTruth::Applied& write) {
                      if (!write.value || write.at > operation.ended || write.expires < operation.began) return false;
                      if (!operation.left->left) return write.expires == core::never;
                      if (write.expires == core::never) return false;
                      const core::Duration left = *operation.left->left;
                      return left >= write.expires - operation.ended - std::chrono::seconds(1) &&
                             left <= write.expires - operation.began + std::chrono::seconds(1);
                    });
  if (!fits) findings.emplace_back("tells of a time to live that no value had");
}

/// What a scan is to give.
struct Asked {
  KeyRange range;
  bool reverse = false;
  std::size_t limit = 0;
};

void check_scanned_pairs(const RawOperation& operation, const Asked& asked, const std::vector<KeyValue>& result,
                         const RawTruth& truth, Findings& findings) {
  const std::string* before = nullptr;
  for (const KeyValue& pair : result) {
    const bool in_order = before == nullptr || (asked.reverse ? pair.key < *before : pair.key > *before);
    if (!in_order) findings.push_back(printable(pair.key) + " is out of order");
    if (!asked.range.contains(pair.key)) findings.push_back(printable(pair.key) + " is outside of the range");
    if (!truth.held(pair.key, pair.value, operation.began, operation.ended)) {
      findings.push_back(printable(pair.key) + " = " + printable(pair.value) + " held at no moment of the call");
    }
    before = &pair.key;
  }
  if (result.size() > asked.limit) findings.emplace_back("more pairs than the limit");
}

void check_scan(const RawOperation& operation, const Asked& asked, const std::vector<KeyValue>& result,
                const RawTruth& truth, Findings& findings) {
  check_scanned_pairs(operation, asked, result, truth, findings);
  const bool full = result.size() >= asked.limit;
  std::set<std::string_view> returned;
  for (const KeyValue& pair : result) returned.insert(pair.key);
  for (const auto& [key, history] : truth.keys()) {
    if (!asked.range.contains(key)) continue;
    const auto beyond = [&](const std::string& last) { return asked.reverse ? key < last : key > last; };
    if (full && (result.empty() || beyond(result.back().key))) continue;
    if (!returned.contains(key) && !truth.held(key, std::nullopt, operation.began, operation.ended)) {
      findings.push_back("misses " + printable(key) + ", which was there all the time");
    }
  }
}

void check_batch_scan(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  const std::vector<KeyRange> parts = operation.parts();
  if (operation.lists.size() != parts.size()) findings.emplace_back("gives not one list for each range");
  for (std::size_t i = 0; i < std::min(parts.size(), operation.lists.size()); ++i) {
    check_scan(operation, {parts[i], false, operation.limit}, operation.lists[i], truth, findings);
  }
}

/// Each key of the range was gone at some moment.
void check_deleted_range(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  for (const auto& [key, history] : truth.keys()) {
    if (!operation.range().contains(key)) continue;
    if (!truth.held(key, std::nullopt, operation.began, operation.ended)) {
      findings.push_back(printable(key) + " was there all the time");
    }
  }
}

/// Can be judged only if nothing changed meanwhile.
void check_sum(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  RangeChecksum expected;
  for (const auto& [key, history] : truth.keys()) {
    if (!operation.range().contains(key)) continue;
    if (!truth.constant(key, operation.began, operation.ended)) return;
    const RawTruth::Value value = truth.at(key, operation.began);
    if (!value) continue;
    expected.crc64_xor ^= crc64(*value, crc64(key));
    expected.bytes += key.size() + value->size();
    ++expected.kvs;
  }
  if (operation.sum != expected) findings.emplace_back("a wrong checksum");
}

/// Can be judged only if nothing changed meanwhile.
void check_count(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  std::uint64_t expected = 0;
  for (const auto& [key, history] : truth.keys()) {
    if (!operation.range().contains(key)) continue;
    if (!truth.constant(key, operation.began, operation.ended)) return;
    expected += truth.at(key, operation.began) ? 1U : 0U;
  }
  if (operation.counted != expected) findings.emplace_back("a wrong count of keys");
}

/// (Deletes have no value of their own to be told apart by.)
void check_not_repeated(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  if (!operation.puts()) return;
  for (const KeyValue& pair : operation.pairs) {
    if (truth.times_applied(pair.key, pair.value) < 2) continue;
    findings.push_back(printable(pair.key) + "=" + printable(pair.value) +
                       " was applied twice, and must not be resent");
  }
}

void check_success(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  switch (operation.kind) {
    case Kind::get:
    case Kind::batch_get:
      return check_keys_read(operation, truth, findings);
    case Kind::scan:
    case Kind::reverse_scan:
    case Kind::scanner:
      return check_scan(operation, {operation.range(), operation.reversed(), operation.limit}, operation.result, truth,
                        findings);
    case Kind::batch_scan:
      return check_batch_scan(operation, truth, findings);
    case Kind::get_key_ttl:
      return check_key_ttl(operation, truth, findings);
    case Kind::checksum:
      return check_sum(operation, truth, findings);
    case Kind::coprocessor:
      return check_count(operation, truth, findings);
    case Kind::delete_range:
      return check_deleted_range(operation, truth, findings);
    case Kind::compare_and_swap:
      return check_success_of_swap(operation, truth, findings);
    default:
      return check_success_of_write(operation, truth, findings);
  }
}

}  // namespace

std::vector<std::string> check(const RawOperation& operation, const RawTruth& truth, const InDoubt& in_doubt) {
  Findings findings;
  if (!operation.resend || operation.kind == Kind::compare_and_swap) check_not_repeated(operation, truth, findings);
  if (operation.outcome == Outcome::running) return {"never ended"};
  if (operation.outcome == Outcome::dropped) return findings;
  const bool one_deadline = operation.kind != Kind::scanner;
  if (one_deadline && operation.ended > operation.began + operation.timeout + slack) {
    findings.emplace_back("outlived its deadline");
  }
  switch (operation.outcome) {
    case Outcome::success:
      check_success(operation, truth, findings);
      break;
    case Outcome::failed:
      if (operation.writes()) check_failed_write(operation, truth, findings);
      break;
    default:
      if (!operation.writes()) findings.emplace_back("a read calls itself undetermined");
      if (!in_doubt(operation)) findings.emplace_back("undetermined, but none of its writes is in doubt");
      check_lost_swap(operation, truth, findings);
      break;
  }
  return findings;
}

}  // namespace tikv::testing
