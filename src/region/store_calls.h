#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/call.h"
#include "wire/kvrpcpb.h"

namespace tikv::region {

enum class Access : std::uint8_t { reads, writes };

/// A call to a store for one region. `batch_number`: its number in the messages of a BatchCommands stream; 0: it
/// must not ride one, and a store that does not know a command there may abort. `error_field`: where its answer
/// says what went wrong besides the region error.
template <wire::Literal path, class Request, class Answer, std::uint32_t batch_number, Access kind, auto error_field>
struct StoreCall : wire::Call<path, Request, Answer> {
  static constexpr std::uint32_t number = batch_number;
  static constexpr Access access = kind;
  static constexpr auto errors = error_field;
};

// --- The rows: tikvpb.Tikv ---

namespace calls {

namespace pb = wire::kvrpcpb;
inline constexpr Access reads = Access::reads;
inline constexpr Access writes = Access::writes;

using RawGet = StoreCall<"/tikvpb.Tikv/RawGet", pb::RawGetRequest, pb::RawGetResponse,  //
                         13, reads, &pb::RawGetResponse::error>;
using RawBatchGet = StoreCall<"/tikvpb.Tikv/RawBatchGet", pb::RawBatchGetRequest, pb::RawBatchGetResponse,  //
                              14, reads, &pb::RawBatchGetResponse::pairs>;
using RawPut = StoreCall<"/tikvpb.Tikv/RawPut", pb::RawPutRequest, pb::RawPutResponse,  //
                         15, writes, &pb::RawPutResponse::error>;
using RawBatchPut = StoreCall<"/tikvpb.Tikv/RawBatchPut", pb::RawBatchPutRequest, pb::RawBatchPutResponse,  //
                              16, writes, &pb::RawBatchPutResponse::error>;
using RawDelete = StoreCall<"/tikvpb.Tikv/RawDelete", pb::RawDeleteRequest, pb::RawDeleteResponse,  //
                            17, writes, &pb::RawDeleteResponse::error>;
using RawBatchDelete = StoreCall<"/tikvpb.Tikv/RawBatchDelete", pb::RawBatchDeleteRequest, pb::RawBatchDeleteResponse,
                                 18, writes, &pb::RawBatchDeleteResponse::error>;
using RawScan = StoreCall<"/tikvpb.Tikv/RawScan", pb::RawScanRequest, pb::RawScanResponse,  //
                          19, reads, &pb::RawScanResponse::kvs>;
using RawDeleteRange = StoreCall<"/tikvpb.Tikv/RawDeleteRange", pb::RawDeleteRangeRequest, pb::RawDeleteRangeResponse,
                                 20, writes, &pb::RawDeleteRangeResponse::error>;
using RawBatchScan = StoreCall<"/tikvpb.Tikv/RawBatchScan", pb::RawBatchScanRequest, pb::RawBatchScanResponse,  //
                               21, reads, &pb::RawBatchScanResponse::kvs>;
using RawCompareAndSwap = StoreCall<"/tikvpb.Tikv/RawCompareAndSwap", pb::RawCASRequest, pb::RawCASResponse,  //
                                    0, writes, &pb::RawCASResponse::error>;
using RawGetKeyTTL = StoreCall<"/tikvpb.Tikv/RawGetKeyTTL", pb::RawGetKeyTTLRequest, pb::RawGetKeyTTLResponse,  //
                               0, reads, &pb::RawGetKeyTTLResponse::error>;
using RawChecksum = StoreCall<"/tikvpb.Tikv/RawChecksum", pb::RawChecksumRequest, pb::RawChecksumResponse,  //
                              0, reads, &pb::RawChecksumResponse::error>;
/// A plug-in may write.
using RawCoprocessor = StoreCall<"/tikvpb.Tikv/RawCoprocessor", pb::RawCoprocessorRequest, pb::RawCoprocessorResponse,
                                 0, writes, &pb::RawCoprocessorResponse::error>;

using All = wire::CallList<RawGet, RawBatchGet, RawPut, RawBatchPut, RawDelete, RawBatchDelete, RawScan, RawDeleteRange,
                           RawBatchScan, RawCompareAndSwap, RawGetKeyTTL, RawChecksum, RawCoprocessor>;

}  // namespace calls

/// Calls `visit` with the row of a method, `/tikvpb.Tikv/RawGet`; false if it is no call of ours.
template <class Visit>
bool with_call(std::string_view method, const Visit& visit) {
  return calls::All::find([method](auto call) { return call.method == method; }, visit);
}

/// The same for a number in a BatchCommands stream.
template <class Visit>
bool with_batched_call(std::uint32_t number, const Visit& visit) {
  return calls::All::find([number](auto call) { return call.number != 0 && call.number == number; }, visit);
}

// --- The store's words, wherever they are ---

[[nodiscard]] inline std::string_view words_in(const std::string& error) noexcept { return error; }
[[nodiscard]] inline std::string_view words_in(const std::vector<wire::kvrpcpb::KvPair>& pairs) noexcept {
  for (const wire::kvrpcpb::KvPair& pair : pairs) {
    if (!pair.error) continue;
    if (!pair.error->abort.empty()) return pair.error->abort;
    return pair.error->retryable.empty() ? std::string_view("an error without words") : pair.error->retryable;
  }
  return {};
}

}  // namespace tikv::region
