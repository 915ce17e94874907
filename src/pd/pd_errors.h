#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/operation.h"
#include "core/or_end.h"
#include "rpc/transport.h"
#include "tikv/error.h"
#include "tikv/result.h"
#include "wire/parts.h"
#include "wire/pdpb.pb.h"

namespace tikv::pd {

/// The error of a call to PD that brought no message.
[[nodiscard]] Error unreachable(std::string_view address, const rpc::Status& status);
/// The error of an answer of a PD that belongs to another cluster than this client.
[[nodiscard]] Error of_another_cluster(std::string_view address, std::uint64_t theirs, std::uint64_t ours);
/// The error of an answer of PD that cannot be parsed.
[[nodiscard]] Error unreadable(std::string_view address, std::string_view method);
/// The error that PD put into the header of its answer, in words that can be shown; nothing if there is none.
[[nodiscard]] std::optional<Error> refusal(std::string_view address, const wire::pdpb::ResponseHeader& header);
/// An error if the header of an answer of PD names another cluster than `expected`.
template <class Header>
[[nodiscard]] Result<void> check_header(std::string_view address, const Header& header, std::uint64_t expected) {
  // What PD says before it knows its own cluster is an error, and names none.
  if (header.cluster_id() == expected || (header.cluster_id() == 0 && header.has_error())) return {};
  return of_another_cluster(address, header.cluster_id(), expected);
}
/// Parses an answer of PD; false if it is none, or has more parts than any answer should.
template <class Message>
[[nodiscard]] bool parse(Message& message, const std::string& bytes) {
  return core::or_end([&] { return wire::parse(message, bytes, wire::Inside::all, core::limits::parts_of_an_answer); });
}
/// Another try may help: PD was not there, or its leader moved.
[[nodiscard]] inline bool worth_another_try(const Error& error) { return error.kind() == ErrorKind::unavailable; }

/// Adds a failed call to the story of its operation.
void record_failure(core::Operation& operation, std::string_view address, std::string_view method,
                    const rpc::UnaryAnswer& answer, core::Time began);

}  // namespace tikv::pd
