#include "testing/kv_model.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "wire/tikvpb.pb.h"

namespace tikv::testing {

namespace {

namespace tikvpb = wire::tikvpb;

template <class Request, class Response>
Answer unary(RawService& raw, StoreState& store, std::string_view method, std::string_view bytes) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return malformed(method);
  Response response;
  raw.serve(store, request, response);
  return {{}, response.SerializeAsString()};
}

using Unary = Answer (*)(RawService&, StoreState&, std::string_view, std::string_view);

const std::unordered_map<std::string_view, Unary>& unary_methods() {
  static const std::unordered_map<std::string_view, Unary> methods{
      {"/tikvpb.Tikv/RawGet", unary<kvrpcpb::RawGetRequest, kvrpcpb::RawGetResponse>},
      {"/tikvpb.Tikv/RawBatchGet", unary<kvrpcpb::RawBatchGetRequest, kvrpcpb::RawBatchGetResponse>},
      {"/tikvpb.Tikv/RawPut", unary<kvrpcpb::RawPutRequest, kvrpcpb::RawPutResponse>},
      {"/tikvpb.Tikv/RawBatchPut", unary<kvrpcpb::RawBatchPutRequest, kvrpcpb::RawBatchPutResponse>},
      {"/tikvpb.Tikv/RawDelete", unary<kvrpcpb::RawDeleteRequest, kvrpcpb::RawDeleteResponse>},
      {"/tikvpb.Tikv/RawBatchDelete", unary<kvrpcpb::RawBatchDeleteRequest, kvrpcpb::RawBatchDeleteResponse>},
      {"/tikvpb.Tikv/RawDeleteRange", unary<kvrpcpb::RawDeleteRangeRequest, kvrpcpb::RawDeleteRangeResponse>},
      {"/tikvpb.Tikv/RawScan", unary<kvrpcpb::RawScanRequest, kvrpcpb::RawScanResponse>},
      {"/tikvpb.Tikv/RawBatchScan", unary<kvrpcpb::RawBatchScanRequest, kvrpcpb::RawBatchScanResponse>},
      {"/tikvpb.Tikv/RawCompareAndSwap", unary<kvrpcpb::RawCASRequest, kvrpcpb::RawCASResponse>},
      {"/tikvpb.Tikv/RawGetKeyTTL", unary<kvrpcpb::RawGetKeyTTLRequest, kvrpcpb::RawGetKeyTTLResponse>},
      {"/tikvpb.Tikv/RawChecksum", unary<kvrpcpb::RawChecksumRequest, kvrpcpb::RawChecksumResponse>},
  };
  return methods;
}

/// The stream of command batches: each command is served by itself; the answers to one message
/// leave in one message. A command that the store does not know ends the stream, with all on it.
class BatchStream final : public StreamServer {
 public:
  BatchStream(RawService& raw, StoreState& store, StreamClient& client) : raw_(raw), store_(store), client_(client) {}

  void message(std::string_view bytes) override {
    if (ended_) return;
    tikvpb::BatchCommandsRequest batch;
    if (!batch.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return end(malformed("/tikvpb.Tikv/BatchCommands").status);
    }
    if (batch.requests_size() != batch.request_ids_size()) {
      return end({rpc::StatusCode::internal, "a batch has not as many ids as requests"});
    }
    tikvpb::BatchCommandsResponse answers;
    for (int i = 0; i < batch.requests_size(); ++i) {
      answers.add_request_ids(batch.request_ids(i));
      if (!serve(batch.requests(i), *answers.add_responses())) {
        return end({rpc::StatusCode::internal, "a batch holds a command that this store does not know"});
      }
    }
    client_.on_message(answers.SerializeAsString());
  }

  void half_close() override { end({}); }

 private:
  using Request = tikvpb::BatchCommandsRequest::Request;
  using Response = tikvpb::BatchCommandsResponse::Response;

  bool serve(const Request& request, Response& response) {
#define TIKV_TESTING_COMMAND(name, field)                             \
  case Request::k##name:                                              \
    raw_.serve(store_, request.field(), *response.mutable_##field()); \
    return true;
    switch (request.cmd_case()) {
      TIKV_TESTING_COMMAND(RawGet, rawget)
      TIKV_TESTING_COMMAND(RawBatchGet, rawbatchget)
      TIKV_TESTING_COMMAND(RawPut, rawput)
      TIKV_TESTING_COMMAND(RawBatchPut, rawbatchput)
      TIKV_TESTING_COMMAND(RawDelete, rawdelete)
      TIKV_TESTING_COMMAND(RawBatchDelete, rawbatchdelete)
      TIKV_TESTING_COMMAND(RawScan, rawscan)
      TIKV_TESTING_COMMAND(RawDeleteRange, rawdeleterange)
      TIKV_TESTING_COMMAND(RawBatchScan, rawbatchscan)
      case Request::kEmpty:
        response.mutable_empty()->set_test_id(request.empty().test_id());
        return true;
      case Request::CMD_NOT_SET:
        return false;
    }
#undef TIKV_TESTING_COMMAND
    return false;
  }

  void end(rpc::Status status) {
    if (!std::exchange(ended_, true)) client_.on_end(std::move(status));
  }

  RawService& raw_;
  StoreState& store_;
  StreamClient& client_;
  bool ended_ = false;
};

}  // namespace

KvModel::KvModel(RawService& raw, RegionMap& regions, bool ttl) : raw_(raw), regions_(regions), ttl_(ttl) {}

void KvModel::call(StoreState& store, std::string_view method, std::string_view request, const Reply& reply) {
  const auto found = unary_methods().find(method);
  if (found == unary_methods().end()) return reply(unknown_method(method));
  if (method == "/tikvpb.Tikv/RawGetKeyTTL" && !ttl_) {
    // A real store without TTL dies of this question.
    regions_.stop_store(store.meta.id());
    return reply(refuse(rpc::StatusCode::unavailable, "the store died: it has no TTL"));
  }
  reply(found->second(raw_, store, method, request));
}

std::unique_ptr<StreamServer> KvModel::stream(StoreState& store, std::string_view method, StreamClient& client) {
  if (method == "/tikvpb.Tikv/BatchCommands") return std::make_unique<BatchStream>(raw_, store, client);
  return nullptr;
}

}  // namespace tikv::testing
