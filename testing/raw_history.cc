#include "testing/raw_history.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "testing/cluster_model.h"

namespace tikv::testing {

namespace {

using Kind = RawOperation::Kind;
using Outcome = RawOperation::Outcome;
using Findings = std::vector<std::string>;

/// How much later than its deadline an operation may end.
constexpr core::Duration slack = std::chrono::milliseconds(50);

std::string seconds(core::Time at) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", std::chrono::duration<double>(at.time_since_epoch()).count());
  return text;
}

RawTruth::Value written(const RawOperation& operation, const KeyValue& pair) {
  if (operation.kind == Kind::delete_key) return std::nullopt;
  return pair.value;
}

void check_success_of_write(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  for (std::size_t i = 0; i < operation.pairs.size(); ++i) {
    const KeyValue& pair = operation.pairs[i];
    if (!truth.applied(pair.key, written(operation, pair), operation.began, operation.ended)) {
      findings.push_back("succeeded, but " + printable(pair.key) + " was not written meanwhile");
    }
  }
}

/// A delete has no value of its own, so that another one may look like it: not judged here.
void check_failed_write(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  if (operation.kind == Kind::delete_key) return;
  const std::set<std::string> named(operation.failed_keys.begin(), operation.failed_keys.end());
  for (const KeyValue& pair : operation.pairs) {
    if (!named.empty() && !named.contains(pair.key)) continue;
    if (truth.applied(pair.key, pair.value, operation.began, core::never)) {
      findings.push_back("failed for certain, but " + printable(pair.key) + " was written");
    }
  }
}

void check_keys_read(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  auto next = operation.result.begin();
  for (const KeyValue& asked : operation.pairs) {
    RawTruth::Value seen;
    if (next != operation.result.end() && next->key == asked.key) seen = (next++)->value;
    if (!truth.held(asked.key, seen, operation.began, operation.ended)) {
      findings.push_back("read " + printable(asked.key) + " as " + (seen ? printable(*seen) : "absent") +
                         ", which it was at no moment of the call");
    }
  }
  if (next != operation.result.end()) {
    findings.push_back("returned " + printable(next->key) + ", not asked for or out of order");
  }
}

void check_scanned_pairs(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  const std::string* before = nullptr;
  for (const KeyValue& pair : operation.result) {
    if (before != nullptr && pair.key <= *before) findings.push_back(printable(pair.key) + " is out of order");
    if (pair.key < operation.start || (!operation.end.empty() && pair.key >= operation.end)) {
      findings.push_back(printable(pair.key) + " is outside of the range");
    }
    if (!truth.held(pair.key, pair.value, operation.began, operation.ended)) {
      findings.push_back(printable(pair.key) + " = " + printable(pair.value) + " held at no moment of the call");
    }
    before = &pair.key;
  }
  if (operation.result.size() > operation.limit) findings.emplace_back("more pairs than the limit");
}

void check_scan(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  check_scanned_pairs(operation, truth, findings);
  const bool full = operation.result.size() >= operation.limit;
  std::set<std::string_view> returned;
  for (const KeyValue& pair : operation.result) returned.insert(pair.key);
  for (const auto& [key, history] : truth.keys()) {
    if (key < operation.start || (!operation.end.empty() && key >= operation.end)) continue;
    if (full && (operation.result.empty() || key > operation.result.back().key)) continue;
    if (!returned.contains(key) && !truth.held(key, std::nullopt, operation.began, operation.ended)) {
      findings.push_back("misses " + printable(key) + ", which was there all the time");
    }
  }
}

/// (Deletes have no value of their own to be told apart by.)
void check_not_repeated(const RawOperation& operation, const RawTruth& truth, Findings& findings) {
  if (operation.kind != Kind::put && operation.kind != Kind::batch_put) return;
  for (const KeyValue& pair : operation.pairs) {
    if (truth.times_applied(pair.key, pair.value) < 2) continue;
    findings.push_back(printable(pair.key) + "=" + printable(pair.value) +
                       " was applied twice, and must not be resent");
  }
}

}  // namespace

std::vector<std::string> RawOperation::keys() const {
  std::vector<std::string> keys;
  keys.reserve(pairs.size());
  for (const KeyValue& pair : pairs) keys.push_back(pair.key);
  return keys;
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::get:
      return "raw_get";
    case Kind::put:
      return "raw_put";
    case Kind::delete_key:
      return "raw_delete";
    case Kind::batch_put:
      return "raw_batch_put";
    case Kind::batch_get:
      return "raw_batch_get";
    case Kind::scan:
      return "raw_scan";
  }
  return "unknown";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::running:
      return "still running";
    case Outcome::success:
      return "success";
    case Outcome::failed:
      return "failed";
    case Outcome::undetermined:
      return "undetermined";
    case Outcome::dropped:
      return "dropped";
  }
  return "unknown";
}

std::string describe(const RawOperation& operation) {
  std::string text = operation.client + " operation " + std::to_string(operation.number) + " " +
                     std::string(to_string(operation.kind));
  for (const KeyValue& pair : operation.pairs) {
    text += " " + printable(pair.key) + (pair.value.empty() ? "" : "=" + printable(pair.value));
  }
  if (operation.kind == Kind::scan) {
    text += " [" + printable(operation.start) + ", " + printable(operation.end) + ") limit " +
            std::to_string(operation.limit);
  }
  text += ", " + seconds(operation.began) + " to " + seconds(operation.ended) + ": " +
          std::string(to_string(operation.outcome));
  return operation.error.empty() ? text : text + " (" + operation.error + ")";
}

std::vector<std::string> check(const RawOperation& operation, const RawTruth& truth, const InDoubt& in_doubt) {
  Findings findings;
  if (!operation.resend) check_not_repeated(operation, truth, findings);
  if (operation.outcome == Outcome::running) return {"never ended"};
  if (operation.outcome == Outcome::dropped) return findings;
  if (operation.ended > operation.began + operation.timeout + slack) findings.emplace_back("outlived its deadline");
  switch (operation.outcome) {
    case Outcome::success:
      if (operation.writes()) {
        check_success_of_write(operation, truth, findings);
      } else if (operation.kind == Kind::scan) {
        check_scan(operation, truth, findings);
      } else {
        check_keys_read(operation, truth, findings);
      }
      break;
    case Outcome::failed:
      if (operation.writes()) check_failed_write(operation, truth, findings);
      break;
    default:
      if (!operation.writes()) findings.emplace_back("a read calls itself undetermined");
      if (!in_doubt(operation)) findings.emplace_back("undetermined, but none of its writes is in doubt");
      break;
  }
  return findings;
}

}  // namespace tikv::testing
