#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/operation.h"
#include "region/region.h"
#include "wire/errorpb.h"
#include "wire/kvrpcpb.h"

namespace tikv::region {

/// What the context of a request says of the call, whichever region and store it goes to.
struct CallTraits {
  wire::kvrpcpb::CommandPri priority = wire::kvrpcpb::CommandPri::normal;
  wire::kvrpcpb::APIVersion api_version = wire::kvrpcpb::APIVersion::v1;
  std::uint32_t keyspace_id = 0;
  /// The cluster that it is meant for: stores of another one refuse it, from version 8.1 on.
  std::uint64_t cluster_id = 0;
};

/// Answers that are expected to be larger come by the connection for large bodies, so that small ones need not
/// wait behind them.
inline constexpr std::size_t large_answer_bytes = std::size_t{128} << 10;

/// A request that goes to one region: what the layer above knows of it. The sender adds the context
/// and repeats it as the rules allow.
class RegionRequest {
 public:
  RegionRequest() = default;
  RegionRequest(const RegionRequest&) = delete;
  RegionRequest& operator=(const RegionRequest&) = delete;
  virtual ~RegionRequest() = default;

  /// `/tikvpb.Tikv/RawGet`; a literal.
  [[nodiscard]] virtual std::string_view method() const noexcept = 0;
  /// The message for this region without its context.
  [[nodiscard]] virtual std::string encode(const Region& region) = 0;
  /// Takes an answer; false if it cannot be parsed. `region_error()` and `server_error()` tell of it.
  [[nodiscard]] virtual bool decode(const std::string& message) = 0;
  [[nodiscard]] virtual const wire::errorpb::Error* region_error() const noexcept = 0;
  /// The store's own words of why it refused; empty if it did not.
  [[nodiscard]] virtual std::string_view server_error() const noexcept { return {}; }
  /// A request that only reads is never in doubt.
  [[nodiscard]] virtual bool writes() const noexcept { return false; }
  /// May a write whose answer was lost be sent again?
  [[nodiscard]] virtual bool may_resend() const noexcept { return true; }

  /// Whether an earlier copy of it may have been applied unseen.
  core::Doubt doubt;
  CallTraits traits;
  /// The answer is expected to be larger than `large_answer_bytes`.
  bool large_answer = false;
};

}  // namespace tikv::region
