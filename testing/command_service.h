#pragma once

#include <optional>
#include <string_view>

#include "testing/faults.h"
#include "testing/raw_service.h"
#include "testing/region_error_name.h"
#include "testing/store_state.h"

namespace tikv::testing {

/// Serves single commands, those of batches too, with the misbehaviour that is asked of their store.
class CommandService {
 public:
  CommandService(RawService& raw, Faults& faults) : raw_(raw), faults_(faults) {}

  /// `name` like "RawPut". A status that is not OK takes the place of the answer.
  template <class Request, class Response>
  rpc::Status serve(StoreState& store, std::string_view name, const Request& request, Response& response) {
    auto instead = refusal(store, name);
    if (!instead) {
      raw_.serve(store, request, response);
      if (!response.has_region_error()) instead = faults_.take(Node::of_store(store.meta.id()), name, true);
    }
    if (instead) {
      response.Clear();
      if (!instead->status.ok()) return instead->status;
      *response.mutable_region_error() = instead->error;
    }
    if (response.has_region_error()) count(store, response.region_error());
    return {};
  }

  /// A status for the stream of command batches itself.
  [[nodiscard]] std::optional<Injection> take_for_stream(const StoreState& store, bool applied) {
    return faults_.take(Node::of_store(store.meta.id()), "BatchCommands", applied);
  }

 private:
  [[nodiscard]] std::optional<Injection> refusal(const StoreState& store, std::string_view name);
  static void count(StoreState& store, const errorpb::Error& error);

  RawService& raw_;
  Faults& faults_;
};

}  // namespace tikv::testing
