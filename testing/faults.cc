#include "testing/faults.h"

#include <utility>

#include "testing/region_error_name.h"

namespace tikv::testing {

namespace {

bool matches(const Injection& injection, Node node, std::string_view method, bool applied) {
  if (injection.applied != applied || injection.count == 0) return false;
  // Neither PD nor a stream of commands has a place for a region error.
  const bool needs_status = node.kind == Node::Kind::pd || method == "BatchCommands";
  if (needs_status && injection.status.ok()) return false;
  return (!injection.node || *injection.node == node) && (injection.method.empty() || injection.method == method);
}

}  // namespace

std::optional<Injection> Faults::take(Node node, std::string_view method, bool applied) {
  for (auto waiting = waiting_.begin(); waiting != waiting_.end(); ++waiting) {
    if (!matches(*waiting, node, method, applied)) continue;
    Injection taken = *waiting;
    if (--waiting->count == 0) waiting_.erase(waiting);
    return taken;
  }
  return std::nullopt;
}

}  // namespace tikv::testing
