#pragma once

#include <optional>
#include <string_view>

#include "core/operation.h"
#include "rpc/transport.h"
#include "tikv/error.h"
#include "wire/pdpb.pb.h"

namespace tikv::pd {

/// The error of a call to PD that brought no message.
[[nodiscard]] Error unreachable(std::string_view address, const rpc::Status& status);
/// The error of an answer of PD that cannot be parsed.
[[nodiscard]] Error unreadable(std::string_view address, std::string_view method);
/// The error that PD put into the header of its answer, in words that can be shown; nothing if there is none.
[[nodiscard]] std::optional<Error> refusal(std::string_view address, const wire::pdpb::ResponseHeader& header);
/// Another try may help: PD was not there, or its leader moved.
[[nodiscard]] inline bool worth_another_try(const Error& error) { return error.kind() == ErrorKind::unavailable; }

/// Adds a failed call to the story of its operation.
void record_failure(core::Operation& operation, std::string_view address, std::string_view method,
                    const rpc::UnaryAnswer& answer, core::Time began);

}  // namespace tikv::pd
