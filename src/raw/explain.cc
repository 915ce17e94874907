#include "raw/explain.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace tikv::raw {

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); });
  return text;
}

/// The same error with other words, still about the same keys.
Error reworded(const core::Operation& operation, const Error& error, std::string text) {
  std::vector<KeyFailure> failures = error.key_failures();
  for (KeyFailure& failure : failures) {
    if (failure.kind == ErrorKind::server_error) failure.kind = ErrorKind::unsupported;
  }
  return operation.tell(Error(ErrorKind::unsupported, std::move(text)).with_key_failures(std::move(failures)));
}

}  // namespace

Error explain(const core::Operation& operation, Error error, ApiVersion version) {
  if (error.kind() != ErrorKind::server_error) return error;
  const std::string words = lower_case(error.summary());
  // Some answers hold the sentence, some the name of TiKV's error.
  const auto say = [&words](std::string_view part) { return words.find(part) != std::string::npos; };
  const std::string client = "this client is set to API version " + std::string(to_string(version));
  if (say("ttl is not enabled") || say("ttlnotenabled")) {
    return reworded(operation, error,
                    "the call asks for a time to live, and the cluster keeps none (" + client +
                        "; the store says: " + error.summary() +
                        "); write without a TTL, or run the stores with storage.enable-ttl = true, which can be set "
                        "for a new cluster only");
  }
  if (say("api version") || say("apiversionnotmatched") || say("key mode") || say("invalidkeymode")) {
    return reworded(operation, error,
                    client + ", which the cluster does not take (the store says: " + error.summary() +
                        "); set ClientOptions::api_version (in a URL: api_version=1, 1ttl or 2) to what "
                        "storage.api-version and storage.enable-ttl of the stores say");
  }
  return error;
}

}  // namespace tikv::raw
