#pragma once

#include <string>
#include <string_view>

#include "core/limits.h"
#include "region/region_request.h"
#include "region/store_calls.h"

namespace tikv::raw {

namespace pb = wire::kvrpcpb;

/// A raw request and its answer, by the row of their call.
template <class Call>
class RawRequest : public region::RegionRequest {
 public:
  /// `may_resend`: of a write, may it be sent again although an earlier copy may have been applied?
  explicit RawRequest(bool may_resend = true) : may_resend_(may_resend) {}

  [[nodiscard]] std::string_view method() const noexcept override { return Call::method; }
  [[nodiscard]] std::string encode(const region::Region& /*region*/) override { return wire::encode(message); }
  [[nodiscard]] bool decode(const std::string& bytes) override {
    return wire::decode(bytes, answer, core::limits::objects_of_an_answer);
  }
  [[nodiscard]] const wire::errorpb::Error* region_error() const noexcept override {
    return answer.region_error ? &*answer.region_error : nullptr;
  }
  [[nodiscard]] std::string_view server_error() const noexcept override {
    return region::words_in(answer.*Call::errors);
  }
  [[nodiscard]] bool writes() const noexcept override { return Call::access == region::Access::writes; }
  [[nodiscard]] bool may_resend() const noexcept override { return may_resend_; }

  typename Call::Request message;
  typename Call::Answer answer;

 private:
  bool may_resend_;
};

using Get = RawRequest<region::calls::RawGet>;
using BatchGet = RawRequest<region::calls::RawBatchGet>;
using Put = RawRequest<region::calls::RawPut>;
using BatchPut = RawRequest<region::calls::RawBatchPut>;
using Delete = RawRequest<region::calls::RawDelete>;
using BatchDelete = RawRequest<region::calls::RawBatchDelete>;
using DeleteRange = RawRequest<region::calls::RawDeleteRange>;
using Scan = RawRequest<region::calls::RawScan>;
using CompareAndSwap = RawRequest<region::calls::RawCompareAndSwap>;
using GetKeyTtl = RawRequest<region::calls::RawGetKeyTTL>;
using Checksum = RawRequest<region::calls::RawChecksum>;
using Coprocessor = RawRequest<region::calls::RawCoprocessor>;

}  // namespace tikv::raw
