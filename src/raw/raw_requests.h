#pragma once

#include <string>
#include <string_view>

#include "region/region_request.h"
#include "wire/kvrpcpb.pb.h"

namespace tikv::raw {

/// A raw request and its answer, by their message types.
template <class Request, class Response>
class RawRequest final : public region::RegionRequest {
 public:
  RawRequest(std::string_view method, bool writes, bool may_resend)
      : method_(method), writes_(writes), may_resend_(may_resend) {}

  [[nodiscard]] std::string_view method() const noexcept override { return method_; }
  [[nodiscard]] std::string encode(const region::Region& /*region*/) override { return message.SerializeAsString(); }
  [[nodiscard]] bool decode(const std::string& bytes) override { return answer.ParseFromString(bytes); }
  [[nodiscard]] const wire::errorpb::Error* region_error() const noexcept override {
    return answer.has_region_error() ? &answer.region_error() : nullptr;
  }
  [[nodiscard]] std::string_view server_error() const noexcept override {
    if constexpr (requires { answer.error(); }) return answer.error();
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

using Get = RawRequest<wire::kvrpcpb::RawGetRequest, wire::kvrpcpb::RawGetResponse>;
using BatchGet = RawRequest<wire::kvrpcpb::RawBatchGetRequest, wire::kvrpcpb::RawBatchGetResponse>;
using Put = RawRequest<wire::kvrpcpb::RawPutRequest, wire::kvrpcpb::RawPutResponse>;
using BatchPut = RawRequest<wire::kvrpcpb::RawBatchPutRequest, wire::kvrpcpb::RawBatchPutResponse>;
using Delete = RawRequest<wire::kvrpcpb::RawDeleteRequest, wire::kvrpcpb::RawDeleteResponse>;
using Scan = RawRequest<wire::kvrpcpb::RawScanRequest, wire::kvrpcpb::RawScanResponse>;

inline constexpr std::string_view get_method = "/tikvpb.Tikv/RawGet";
inline constexpr std::string_view batch_get_method = "/tikvpb.Tikv/RawBatchGet";
inline constexpr std::string_view put_method = "/tikvpb.Tikv/RawPut";
inline constexpr std::string_view batch_put_method = "/tikvpb.Tikv/RawBatchPut";
inline constexpr std::string_view delete_method = "/tikvpb.Tikv/RawDelete";
inline constexpr std::string_view scan_method = "/tikvpb.Tikv/RawScan";

}  // namespace tikv::raw
