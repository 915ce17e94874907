#include "testing/command_service.h"

#include <string>

namespace tikv::testing {

std::optional<Injection> CommandService::refusal(const StoreState& store, std::string_view name) {
  if (auto injected = faults_.take(Node::of_store(store.meta.id()), name, false)) return injected;
  if (!store.behaviour.busy) return std::nullopt;
  Injection busy;
  busy.error.set_message("store " + std::to_string(store.meta.id()) + " is busy");
  busy.error.mutable_server_is_busy()->set_reason("the store has more to do than it can");
  busy.error.mutable_server_is_busy()->set_estimated_wait_ms(store.behaviour.estimated_wait_ms);
  return busy;
}

void CommandService::count(StoreState& store, const errorpb::Error& error) {
  const std::string_view name = region_error_name(error);
  ++store.statistics.region_errors[std::string(name.empty() ? std::string_view("Empty") : name)];
}

}  // namespace tikv::testing
