#include "testing/raw_history.h"

#include <cstdio>
#include <utility>

#include "testing/cluster_model.h"

namespace tikv::testing {

namespace {

using Kind = RawOperation::Kind;
using Outcome = RawOperation::Outcome;

std::string seconds(core::Time at) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", std::chrono::duration<double>(at.time_since_epoch()).count());
  return text;
}

}  // namespace

std::vector<std::string> RawOperation::keys() const {
  std::vector<std::string> keys;
  keys.reserve(pairs.size());
  for (const KeyValue& pair : pairs) keys.push_back(pair.key);
  return keys;
}

bool RawOperation::writes() const {
  return puts() || kind == Kind::delete_key || kind == Kind::batch_delete || kind == Kind::delete_range ||
         kind == Kind::coprocessor;  // for all that a client knows
}

bool RawOperation::ranged() const {
  switch (kind) {
    case Kind::delete_range:
    case Kind::scan:
    case Kind::reverse_scan:
    case Kind::batch_scan:
    case Kind::scanner:
    case Kind::checksum:
    case Kind::coprocessor:
      return true;
    default:
      return false;
  }
}

std::vector<KeyRange> RawOperation::parts() const {
  std::vector<KeyRange> parts;
  std::string from = start;
  for (const std::string& border : borders) {
    parts.push_back(KeyRange::half_open(from, border));
    from = border;
  }
  parts.push_back(end.empty() ? KeyRange::from(from) : KeyRange::half_open(from, end));
  return parts;
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
    case Kind::batch_delete:
      return "raw_batch_delete";
    case Kind::delete_range:
      return "raw_delete_range";
    case Kind::scan:
      return "raw_scan";
    case Kind::reverse_scan:
      return "raw_reverse_scan";
    case Kind::batch_scan:
      return "raw_batch_scan";
    case Kind::scanner:
      return "raw_scan page by page";
    case Kind::compare_and_swap:
      return "raw_compare_and_swap";
    case Kind::get_key_ttl:
      return "raw_get_key_ttl";
    case Kind::checksum:
      return "raw_checksum";
    case Kind::coprocessor:
      return "raw_coprocessor";
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
  if (operation.kind == Kind::compare_and_swap) {
    text += " if " + (operation.expected ? printable(*operation.expected) : "absent");
    if (operation.swap) text += operation.swap->swapped ? ", swapped" : ", not swapped";
  }
  if (operation.ttl != 0) text += " for " + std::to_string(operation.ttl) + " s";
  if (operation.ranged()) {
    text += " [" + printable(operation.start) + ", " + printable(operation.end) + ") limit " +
            std::to_string(operation.limit);
  }
  text += ", " + seconds(operation.began) + " to " + seconds(operation.ended) + ": " +
          std::string(to_string(operation.outcome));
  return operation.error.empty() ? text : text + " (" + operation.error + ")";
}

}  // namespace tikv::testing
