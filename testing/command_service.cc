#include "testing/command_service.h"

#include <string>

namespace tikv::testing {

std::optional<Injection> CommandService::refusal(const StoreState& store, std::string_view name) {
  if (auto injected = faults_.take(Node::of_store(store.meta.id), name, false)) return injected;
  if (!store.behaviour.busy) return std::nullopt;
  Injection busy;
  busy.error.message = "store " + std::to_string(store.meta.id) + " is busy";
  wire::ensure(busy.error.server_is_busy).reason = "the store has more to do than it can";
  wire::ensure(busy.error.server_is_busy).estimated_wait_ms = store.behaviour.estimated_wait_ms;
  return busy;
}

rpc::Status CommandService::check_cluster(const StoreState& store, std::uint64_t asked, bool batched) const {
  const std::uint64_t ours = store.behaviour.other_cluster == 0 ? cluster_id_ : store.behaviour.other_cluster;
  if (!store.abilities.cluster_ids || asked == 0 || asked == ours) return {};
  return {rpc::StatusCode::invalid_argument, batched ? "cluster of request=" + std::to_string(asked) +
                                                           " does not match TiKV cluster id=" + std::to_string(ours)
                                                     : "the cluster id of the request does not match the TiKV cluster"};
}

void CommandService::count(StoreState& store, const errorpb::Error& error) {
  const std::string_view name = region_error_name(error);
  ++store.statistics.region_errors[std::string(name.empty() ? std::string_view("Empty") : name)];
}

}  // namespace tikv::testing
