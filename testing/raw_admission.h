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
  if constexpr (requires { response.error = why.sentence; }) {
    response.error = std::move(why.sentence);
  } else if constexpr (requires { response.pairs.emplace_back(); }) {
    wire::ensure(response.pairs.emplace_back().error).abort = std::move(why.debug);
  } else {
    wire::ensure(response.kvs.emplace_back().error).abort = std::move(why.debug);
  }
}

/// Nothing to write is nothing to propose. With the latch of compare-and-swap that is noticed in time.
template <class Request>
Refused refuse_empty(const Request& request) {
  const auto nothing = [&] {
    if constexpr (requires { request.pairs; }) return request.pairs.empty();
    if constexpr (requires { request.keys; }) return request.keys.empty();
    return false;
  };
  if constexpr (requires { request.for_cas; }) {
    if (!request.for_cas && nothing()) return RawRefusal{"an empty request", "Error(Kv(Error(EmptyRequest)))"};
  }
  return std::nullopt;
}

/// What is read outside of the region of the snapshot is refused in words; a batch tells it of each key
/// (`RawService::serve`), and a write when it is applied.
template <class Request, class Response>
bool RawService::keys_fit(const RegionState& region, const RawCommand& command, const Request& request,
                          Response& response) const {
  constexpr bool writes_blindly = requires { request.for_cas; };
  if constexpr (requires { response.pairs; }) return true;
  for (const std::string_view key : command.keys) {
    const std::string encoded = rules_.has_prefixes() ? rules_.stored(key) : std::string();
    const std::string_view stored = rules_.has_prefixes() ? std::string_view(encoded) : key;
    errorpb::Error error;
    if (check_key(region, stored, error)) continue;
    if constexpr (writes_blindly) {
      response.region_error = std::move(error);
    } else {
      refuse(response, outside_of_snapshot(region, stored));
    }
    return false;
  }
  return true;
}

template <class Request, class Response>
RawService::Place RawService::admit(StoreState& store, const Request& request, Response& response) {
  ++store.statistics.requests;
  const RawCommand command = command_of(request, store.abilities);
  if (Refused why = rules_.refuse_before_region(command, store.abilities)) {
    refuse(response, *std::move(why));
    return {};
  }
  if (Refused why = refuse_empty(request)) {
    refuse(response, *std::move(why));
    return {};
  }
  errorpb::Error error;
  RegionState* const region = check_region(regions_, store, context_of(request), error);
  if (region == nullptr) {
    response.region_error = std::move(error);
    return {};
  }
  if (Refused why = rules_.refuse_after_region(command, store.abilities)) {
    refuse(response, *std::move(why));
    return {};
  }
  if (!keys_fit(*region, command, request, response)) return {};
  return {&store, region, RawStore::family(command.family).value_or(RawStore::Family::default_)};
}

}  // namespace tikv::testing
