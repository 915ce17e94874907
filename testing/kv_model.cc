#include "testing/kv_model.h"

#include <string>
#include <unordered_map>
#include <utility>

namespace tikv::testing {

namespace {

template <class Request, class Response>
Answer unary(CommandService& commands, StoreState& store, std::string_view method, std::string_view bytes) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return malformed(method);
  if (rpc::Status foreign = commands.check_cluster(store, request, false); !foreign.ok()) return {foreign, {}};
  Response response;
  if (rpc::Status status = commands.serve(store, short_name(method), request, response); !status.ok()) {
    return {std::move(status), {}};
  }
  return {{}, response.SerializeAsString()};
}

struct Unary {
  Answer (*serve)(CommandService&, StoreState&, std::string_view, std::string_view);
  bool Abilities::*needs = nullptr;  ///< what a version must have to know the method; null: all do
};
using Method = std::pair<const std::string_view, Unary>;

const std::unordered_map<std::string_view, Unary>& unary_methods() {
  static const std::unordered_map<std::string_view, Unary> methods{
      {"/tikvpb.Tikv/RawGet", {unary<kvrpcpb::RawGetRequest, kvrpcpb::RawGetResponse>}},
      {"/tikvpb.Tikv/RawBatchGet", {unary<kvrpcpb::RawBatchGetRequest, kvrpcpb::RawBatchGetResponse>}},
      {"/tikvpb.Tikv/RawPut", {unary<kvrpcpb::RawPutRequest, kvrpcpb::RawPutResponse>}},
      {"/tikvpb.Tikv/RawBatchPut", {unary<kvrpcpb::RawBatchPutRequest, kvrpcpb::RawBatchPutResponse>}},
      {"/tikvpb.Tikv/RawDelete", {unary<kvrpcpb::RawDeleteRequest, kvrpcpb::RawDeleteResponse>}},
      {"/tikvpb.Tikv/RawBatchDelete", {unary<kvrpcpb::RawBatchDeleteRequest, kvrpcpb::RawBatchDeleteResponse>}},
      {"/tikvpb.Tikv/RawDeleteRange", {unary<kvrpcpb::RawDeleteRangeRequest, kvrpcpb::RawDeleteRangeResponse>}},
      {"/tikvpb.Tikv/RawScan", {unary<kvrpcpb::RawScanRequest, kvrpcpb::RawScanResponse>}},
      {"/tikvpb.Tikv/RawBatchScan", {unary<kvrpcpb::RawBatchScanRequest, kvrpcpb::RawBatchScanResponse>}},
      {"/tikvpb.Tikv/RawCompareAndSwap",
       {unary<kvrpcpb::RawCASRequest, kvrpcpb::RawCASResponse>, &Abilities::compare_and_swap}},
      {"/tikvpb.Tikv/RawGetKeyTTL", {unary<kvrpcpb::RawGetKeyTTLRequest, kvrpcpb::RawGetKeyTTLResponse>}},
      {"/tikvpb.Tikv/RawCoprocessor",
       {unary<kvrpcpb::RawCoprocessorRequest, kvrpcpb::RawCoprocessorResponse>, &Abilities::raw_coprocessor}},
      {"/tikvpb.Tikv/RawChecksum",
       {unary<kvrpcpb::RawChecksumRequest, kvrpcpb::RawChecksumResponse>, &Abilities::checksum}},
  };
  return methods;
}

/// A process of a store, which is gone when the store has stopped or started anew.
class Incarnation {
 public:
  explicit Incarnation(const StoreState& store) : store_(store), number_(store.incarnation) {}
  [[nodiscard]] bool alive() const { return store_.running && store_.incarnation == number_; }

 private:
  const StoreState& store_;
  std::uint64_t number_;
};

void serve(BatchContext& context, StoreState& store, const Method& method, std::string_view request,
           const Reply& reply) {
  const Incarnation process(store);
  Answer answer = method.second.serve(context.commands, store, method.first, request);
  if (!process.alive()) return reply(refuse(rpc::StatusCode::unavailable, "the store died of the request"));
  const core::Duration wait = answer_delay(context.loop, store.behaviour);
  if (wait <= core::Duration::zero()) return reply(std::move(answer));
  context.later.after(wait, [process, reply, answer = std::move(answer)] {
    if (process.alive()) reply(answer);
  });
}

}  // namespace

KvModel::KvModel(core::Loop& loop, CommandService& commands, OneShots& later, bool health_feedback)
    : context_{loop, commands, later, health_feedback} {}

void KvModel::call(StoreState& store, std::string_view method, std::string_view request, const Reply& reply) {
  const auto found = unary_methods().find(method);
  if (found == unary_methods().end()) return reply(unknown_method(method));
  if (found->second.needs != nullptr && !(store.abilities.*found->second.needs)) return reply(unknown_method(method));
  if (store.behaviour.apply_delay <= core::Duration::zero()) return serve(context_, store, *found, request, reply);
  context_.later.after(store.behaviour.apply_delay, [this, &store, process = Incarnation(store), &known = *found,
                                                     request = std::string(request), reply] {
    if (process.alive()) serve(context_, store, known, request, reply);
  });
}

std::unique_ptr<StreamServer> KvModel::stream(StoreState& store, std::string_view method, StreamClient& client) {
  if (method == "/tikvpb.Tikv/BatchCommands") return std::make_unique<BatchStream>(context_, store, client);
  return nullptr;
}

}  // namespace tikv::testing
