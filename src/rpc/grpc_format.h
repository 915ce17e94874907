#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"
#include "rpc/transport.h"

namespace tikv::rpc {

/// The small encodings of gRPC over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md), as pure functions.

/// Room for the value of a `grpc-timeout` header.
struct TimeoutText {
  char text[12];
  std::size_t size = 0;

  [[nodiscard]] std::string_view view() const noexcept { return {text, size}; }
};

/// A duration as at most eight digits and a unit (n, u, m, S, M, H): the finest unit that fits,
/// rounded up, so that the peer never gives up before we do.
[[nodiscard]] TimeoutText encode_timeout(core::Duration timeout) noexcept;

/// Undoes the percent-encoding of `grpc-message`. Bytes after a broken escape stay as they are.
[[nodiscard]] std::string percent_decode(std::string_view text);

/// Standard base64 without padding, as gRPC asks of senders.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Accepts padding and its absence. False if `text` is not base64.
[[nodiscard]] bool base64_decode(std::string_view text, std::string& bytes);

/// The status for an answer without one, from its HTTP status (http-grpc-status-mapping.md).
[[nodiscard]] StatusCode status_of_http(int http_status) noexcept;
/// The status for a stream that its peer reset (PROTOCOL-HTTP2.md, "Errors").
[[nodiscard]] StatusCode status_of_reset(std::uint32_t error_code) noexcept;
/// `"ENHANCE_YOUR_CALM"`: the name of an HTTP/2 error code.
[[nodiscard]] std::string_view name_of_reset(std::uint32_t error_code) noexcept;
/// The code of a `grpc-status` value; `unknown` if it is not one that exists.
[[nodiscard]] StatusCode parse_status(std::string_view text) noexcept;

/// True if the header's values travel as base64.
[[nodiscard]] inline bool is_binary_header(std::string_view name) noexcept { return name.ends_with("-bin"); }
/// What is wrong with a caller's header; empty if nothing is.
[[nodiscard]] std::string check_header(std::string_view name, std::string_view value);

}  // namespace tikv::rpc
