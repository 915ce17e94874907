#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "testing/raw_service.h"
#include "testing/region_check.h"

// Parts of RawService that its source files share.

namespace tikv::testing {

/// Puts a refusal where this kind of answer has room for it: in its own field, or in a pair.
template <class Response>
void refuse(Response& response, RawRefusal why) {
  if constexpr (requires { response.set_error(why.sentence); }) {
    response.set_error(std::move(why.sentence));
  } else if constexpr (requires { response.add_pairs(); }) {
    response.add_pairs()->mutable_error()->set_abort(std::move(why.debug));
  } else {
    response.add_kvs()->mutable_error()->set_abort(std::move(why.debug));
  }
}

template <class Request, class Response>
RawService::Place RawService::admit(StoreState& store, const Request& request, Response& response) {
  ++store.statistics.requests;
  const RawCommand command = command_of(request, store.abilities);
  if (Refused why = rules_.refusal(command, store.abilities)) {
    refuse(response, *std::move(why));
    return {};
  }
  errorpb::Error error;
  RegionState* region = check_region(regions_, store, request.context(), error);
  if (region != nullptr) {
    for (const std::string_view key : command.keys) {
      if (rules_.has_prefixes() ? check_key(*region, rules_.stored(key), error) : check_key(*region, key, error)) {
        continue;
      }
      region = nullptr;
      break;
    }
  }
  if (region == nullptr) {
    *response.mutable_region_error() = std::move(error);
    return {};
  }
  return {&store, region, RawStore::family(command.family).value_or(RawStore::Family::default_)};
}

}  // namespace tikv::testing
