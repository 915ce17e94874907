#include "pd/pd_errors.h"

#include <string>
#include <utility>

#include "core/printable.h"

namespace tikv::pd {

namespace {
constexpr std::string_view one_cluster = "; check that all PD addresses and the cluster_id option name one cluster";
}

Error unreachable(std::string_view address, const rpc::Status& status) {
  const std::string text = "PD at " + std::string(address) + " did not answer: " + std::string(to_string(status.code)) +
                           (status.message.empty() ? "" : ": " + core::printable(status.message));
  switch (status.failure) {
    case rpc::Failure::protocol:
      return {ErrorKind::protocol_error, text};
    case rpc::Failure::answer_too_large:
      return {ErrorKind::answer_too_large, text};
    case rpc::Failure::closed:
      return {ErrorKind::client_closed, text};
    default:
      break;
  }
  // PD tells some things in words alone.
  const auto says = [&status](std::string_view words) { return status.message.find(words) != std::string::npos; };
  if (says("mismatch cluster id")) return {ErrorKind::cluster_id_mismatch, text + std::string(one_cluster)};
  if (says("invalid store ID")) return {ErrorKind::server_error, text};
  if (status.code == rpc::StatusCode::unimplemented) return {ErrorKind::unsupported, text};
  return {ErrorKind::unavailable, text};
}

Error of_another_cluster(std::string_view address, std::uint64_t theirs, std::uint64_t ours) {
  return {ErrorKind::cluster_id_mismatch, "PD at " + std::string(address) + " belongs to cluster " +
                                              std::to_string(theirs) + ", this client to cluster " +
                                              std::to_string(ours) + std::string(one_cluster)};
}

Result<void> check_header(std::string_view address, const wire::Box<wire::pdpb::ResponseHeader>& header,
                          std::uint64_t expected) {
  const std::uint64_t theirs = header ? header->cluster_id : 0;
  // What PD says before it knows its own cluster is an error, and names none.
  const bool knows_none = theirs == 0 && header && header->error;
  if (theirs == expected || knows_none) return {};
  return of_another_cluster(address, theirs, expected);
}

Error unreadable(std::string_view address, std::string_view method) {
  return {ErrorKind::protocol_error,
          "PD at " + std::string(address) + " sent an answer to " + std::string(method) + " that cannot be parsed"};
}

std::optional<Error> refusal(std::string_view address, const wire::Box<wire::pdpb::ResponseHeader>& header) {
  if (!header || !header->error || header->error->type == wire::pdpb::ErrorType::ok) return std::nullopt;
  // What PD does not have it will not have a moment later; anything else may pass.
  const bool final = header->error->type == wire::pdpb::ErrorType::entry_not_found;
  return Error(final ? ErrorKind::server_error : ErrorKind::unavailable,
               "PD at " + std::string(address) + " says: " + core::printable(header->error->message));
}

void record_failure(core::Operation& operation, std::string_view address, std::string_view method,
                    const rpc::UnaryAnswer& answer, core::Time began) {
  const core::Duration took = operation.loop().now() - began;
  Attempt attempt;
  attempt.address = "PD " + std::string(address);
  attempt.delivery = answer.delivery;
  const std::string words = core::printable(answer.status.message);
  attempt.outcome = std::string(method.substr(method.rfind('/') + 1)) + " " +
                    std::string(to_string(answer.status.code)) + " " + words;
  attempt.started = core::to_microseconds(operation.elapsed() - took);
  attempt.took = core::to_microseconds(took);
  operation.record(std::move(attempt));
  if (operation.logs(LogLevel::info)) {
    operation.log(LogLevel::info, "PD at " + std::string(address) + " failed: " + words);
  }
}

}  // namespace tikv::pd
