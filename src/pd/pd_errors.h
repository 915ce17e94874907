#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/operation.h"
#include "rpc/transport.h"
#include "tikv/error.h"
#include "tikv/result.h"
#include "wire/pdpb.h"

namespace tikv::pd {

/// The error of a call to PD that brought no message.
[[nodiscard]] Error unreachable(std::string_view address, const rpc::Status& status);
/// The error of an answer of a PD that belongs to another cluster than this client.
[[nodiscard]] Error of_another_cluster(std::string_view address, std::uint64_t theirs, std::uint64_t ours);
/// The error of an answer of PD that cannot be parsed.
[[nodiscard]] Error unreadable(std::string_view address, std::string_view method);
/// The error that PD put into the header of its answer, in words that can be shown; nothing if there is none.
[[nodiscard]] std::optional<Error> refusal(std::string_view address,
                                           const wire::Box<wire::pdpb::ResponseHeader>& header);
/// An error if the header of an answer of PD names another cluster than `expected`.
[[nodiscard]] Result<void> check_header(std::string_view address, const wire::Box<wire::pdpb::ResponseHeader>& header,
                                        std::uint64_t expected);
/// Decodes an answer of PD; false if it is none, or takes more memory than any answer should.
template <class Message>
[[nodiscard]] bool decode(const std::string& bytes, Message& message) {
  return wire::decode(bytes, message, core::limits::objects_of_an_answer);
}
/// Another try may help: PD was not there, or its leader moved.
[[nodiscard]] inline bool worth_another_try(const Error& error) { return error.kind() == ErrorKind::unavailable; }

/// Adds a failed call to the story of its operation.
void record_failure(core::Operation& operation, std::string_view address, std::string_view method,
                    const rpc::UnaryAnswer& answer, core::Time began);

}  // namespace tikv::pd
