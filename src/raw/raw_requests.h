#pragma once

#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/or_end.h"
#include "region/region_request.h"
#include "wire/kvrpcpb.pb.h"
#include "wire/parts.h"

namespace tikv::raw {

/// Where an answer has no error field of its own, one of its pairs tells.
template <class Pairs>
std::string_view error_in(const Pairs& pairs) {
  for (const auto& pair : pairs) {
    if (!pair.has_error()) continue;
    if (!pair.error().abort().empty()) return pair.error().abort();
    return pair.error().retryable().empty() ? std::string_view("an error without words") : pair.error().retryable();
  }
  return {};
}

/// A raw request and its answer, by their message types.
template <class Request, class Response>
class RawRequest : public region::RegionRequest {
 public:
  RawRequest(std::string_view method, bool writes, bool may_resend)
      : method_(method), writes_(writes), may_resend_(may_resend) {}

  [[nodiscard]] std::string_view method() const noexcept override { return method_; }
  [[nodiscard]] std::string encode(const region::Region& /*region*/) override { return message.SerializeAsString(); }
  [[nodiscard]] bool decode(const std::string& bytes) override {
    return core::or_end(
        [&] { return wire::parse(answer, bytes, wire::Inside::first, core::limits::parts_of_an_answer); });
  }
  [[nodiscard]] const wire::errorpb::Error* region_error() const noexcept override {
    return answer.has_region_error() ? &answer.region_error() : nullptr;
  }
  [[nodiscard]] std::string_view server_error() const noexcept override {
    if constexpr (requires { answer.error(); }) return answer.error();
    if constexpr (requires { answer.pairs(); }) return error_in(answer.pairs());
    if constexpr (requires { answer.kvs(); }) return error_in(answer.kvs());
    return {};
  }
  [[nodiscard]] bool writes() const noexcept override { return writes_; }
  [[nodiscard]] bool may_resend() const noexcept override { return may_resend_; }

  Request message;
  Response answer;

 private:
  std::string_view method_;
  bool writes_;
  bool may_resend_;
};

namespace pb = wire::kvrpcpb;

using Get = RawRequest<pb::RawGetRequest, pb::RawGetResponse>;
using BatchGet = RawRequest<pb::RawBatchGetRequest, pb::RawBatchGetResponse>;
using Put = RawRequest<pb::RawPutRequest, pb::RawPutResponse>;
using BatchPut = RawRequest<pb::RawBatchPutRequest, pb::RawBatchPutResponse>;
using Delete = RawRequest<pb::RawDeleteRequest, pb::RawDeleteResponse>;
using BatchDelete = RawRequest<pb::RawBatchDeleteRequest, pb::RawBatchDeleteResponse>;
using DeleteRange = RawRequest<pb::RawDeleteRangeRequest, pb::RawDeleteRangeResponse>;
using Scan = RawRequest<pb::RawScanRequest, pb::RawScanResponse>;
using CompareAndSwap = RawRequest<pb::RawCASRequest, pb::RawCASResponse>;
using GetKeyTtl = RawRequest<pb::RawGetKeyTTLRequest, pb::RawGetKeyTTLResponse>;
using Checksum = RawRequest<pb::RawChecksumRequest, pb::RawChecksumResponse>;
using Coprocessor = RawRequest<pb::RawCoprocessorRequest, pb::RawCoprocessorResponse>;

inline constexpr std::string_view get_method = "/tikvpb.Tikv/RawGet";
inline constexpr std::string_view batch_get_method = "/tikvpb.Tikv/RawBatchGet";
inline constexpr std::string_view put_method = "/tikvpb.Tikv/RawPut";
inline constexpr std::string_view batch_put_method = "/tikvpb.Tikv/RawBatchPut";
inline constexpr std::string_view delete_method = "/tikvpb.Tikv/RawDelete";
inline constexpr std::string_view batch_delete_method = "/tikvpb.Tikv/RawBatchDelete";
inline constexpr std::string_view delete_range_method = "/tikvpb.Tikv/RawDeleteRange";
inline constexpr std::string_view scan_method = "/tikvpb.Tikv/RawScan";
inline constexpr std::string_view compare_and_swap_method = "/tikvpb.Tikv/RawCompareAndSwap";
inline constexpr std::string_view get_key_ttl_method = "/tikvpb.Tikv/RawGetKeyTTL";
inline constexpr std::string_view checksum_method = "/tikvpb.Tikv/RawChecksum";
inline constexpr std::string_view coprocessor_method = "/tikvpb.Tikv/RawCoprocessor";

}  // namespace tikv::raw
