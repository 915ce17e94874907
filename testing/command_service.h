#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "testing/faults.h"
#include "testing/raw_service.h"
#include "testing/region_check.h"
#include "testing/region_error_name.h"
#include "testing/store_state.h"

namespace tikv::testing {

/// Serves single commands, those of batches too, with the misbehaviour that is asked of their store.
class CommandService {
 public:
  /// Of a cluster that `cluster_id` tells the id of.
  CommandService(RawService& raw, Faults& faults, const std::uint64_t& cluster_id)
      : raw_(raw), faults_(faults), cluster_id_(cluster_id) {}

  /// Not OK where the request names another cluster than the store's, and the store looks at that.
  template <class Request>
  [[nodiscard]] rpc::Status check_cluster(const StoreState& store, const Request& request, bool batched) const {
    return check_cluster(store, context_of(request).cluster_id, batched);
  }

  /// `name` like "RawPut". A status that is not OK takes the place of the answer.
  template <class Request, class Response>
  rpc::Status serve(StoreState& store, std::string_view name, const Request& request, Response& response) {
    auto instead = refusal(store, name);
    if (!instead) {
      raw_.serve(store, request, response);
      if (!response.region_error) instead = faults_.take(Node::of_store(store.meta.id), name, true);
    }
    if (instead) {
      response = {};
      if (!instead->status.ok()) return instead->status;
      response.region_error = instead->error;
    }
    if (response.region_error) count(store, *response.region_error);
    return {};
  }

  /// A status for the stream of command batches itself.
  [[nodiscard]] std::optional<Injection> take_for_stream(const StoreState& store, bool applied) {
    return faults_.take(Node::of_store(store.meta.id), "BatchCommands", applied);
  }

 private:
  [[nodiscard]] rpc::Status check_cluster(const StoreState& store, std::uint64_t asked, bool batched) const;
  [[nodiscard]] std::optional<Injection> refusal(const StoreState& store, std::string_view name);
  static void count(StoreState& store, const errorpb::Error& error);

  RawService& raw_;
  Faults& faults_;
  const std::uint64_t& cluster_id_;
};

}  // namespace tikv::testing
