#include "testing/batch_stream.h"

#include <chrono>
#include <string>
#include <utility>

namespace tikv::testing {

namespace {

constexpr core::Duration health_interval = std::chrono::seconds(1);

}  // namespace

core::Duration answer_delay(core::Loop& loop, const StoreBehaviour& behaviour) {
  const core::Duration most = behaviour.answer_delay;
  if (most <= core::Duration::zero()) return {};
  return most / 2 + core::random_up_to(loop, most / 2);
}

BatchStream::BatchStream(BatchContext& context, StoreState& store, StreamClient& client)
    : context_(context),
      store_(store),
      client_(client),
      self_(std::make_shared<BatchStream*>(this)),
      incarnation_(store.incarnation) {}

bool BatchStream::alive() const { return !ended_ && store_.running && store_.incarnation == incarnation_; }

void BatchStream::later(core::Duration wait, std::function<void(BatchStream&)> work) {
  ++waiting_;
  context_.later.after(wait, [weak = std::weak_ptr(self_), work = std::move(work)] {
    const auto self = weak.lock();
    if (!self) return;
    BatchStream& stream = **self;
    --stream.waiting_;
    if (!stream.alive()) return;
    work(stream);
    if (stream.half_closed_ && stream.waiting_ == 0) stream.end({});
  });
}

void BatchStream::message(std::string_view bytes) {
  if (!alive()) return;
  Batch batch;
  if (!batch.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return end(malformed("/tikvpb.Tikv/BatchCommands").status);
  }
  if (batch.requests_size() != batch.request_ids_size()) {
    return end({rpc::StatusCode::internal, "a batch has not as many ids as requests"});
  }
  if (store_.behaviour.apply_delay <= core::Duration::zero()) return serve(batch);
  later(store_.behaviour.apply_delay, [batch](BatchStream& stream) { stream.serve(batch); });
}

void BatchStream::half_close() {
  half_closed_ = true;
  if (alive() && waiting_ == 0) end({});
}

void BatchStream::serve(const Batch& batch) {
  if (auto refused = context_.commands.take_for_stream(store_, false)) return end(refused->status);
  Answers answers;
  for (int i = 0; i < batch.requests_size(); ++i) {
    answers.add_request_ids(batch.request_ids(i));
    if (store_.behaviour.empty_answers > 0) {
      --store_.behaviour.empty_answers;
      answers.add_responses();
      continue;
    }
    if (rpc::Status status = serve(batch.requests(i), *answers.add_responses()); !status.ok()) return end(status);
  }
  if (auto lost = context_.commands.take_for_stream(store_, true)) return end(lost->status);
  answer(std::move(answers));
}

// Those that came before a foreign one in the batch have been served by then.
template <class Request, class Response>
rpc::Status BatchStream::serve_one(std::string_view name, const Request& request, Response& response) {
  if (rpc::Status foreign = context_.commands.check_cluster(store_, request, true); !foreign.ok()) return foreign;
  return context_.commands.serve(store_, name, request, response);
}

rpc::Status BatchStream::serve(const Batch::Request& request, Answers::Response& response) {
#define TIKV_TESTING_COMMAND(name, field) \
  case Batch::Request::k##name:           \
    return serve_one(#name, request.field(), *response.mutable_##field());
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
    case Batch::Request::kEmpty:
      response.mutable_empty()->set_test_id(request.empty().test_id());
      return {};
    case Batch::Request::CMD_NOT_SET:
      return {};
  }
#undef TIKV_TESTING_COMMAND
  return {};
}

void BatchStream::answer(Answers answers) {
  if (store_.behaviour.answer_delay <= core::Duration::zero()) return send(std::move(answers));
  for (int i = 0; i < answers.responses_size(); ++i) {
    Answers one;
    one.add_request_ids(answers.request_ids(i));
    *one.add_responses() = std::move(*answers.mutable_responses(i));
    later(answer_delay(context_.loop, store_.behaviour), [one](BatchStream& stream) { stream.send(one); });
  }
}

void BatchStream::send(Answers answers) {
  answers.set_transport_layer_load(store_.behaviour.transport_load);
  add_health(answers);
  client_.on_message(answers.SerializeAsString());
}

// With the first answers of a stream, and then no more often than once in a while.
void BatchStream::add_health(Answers& answers) {
  if (!context_.health_feedback || !store_.abilities.health_feedback) return;
  const core::Time now = context_.loop.now();
  if (health_told_ && now - *health_told_ < health_interval) return;
  health_told_ = now;
  auto& feedback = *answers.mutable_health_feedback();
  feedback.set_store_id(store_.meta.id());
  feedback.set_feedback_seq_no(++store_.health_reports);
  feedback.set_slow_score(store_.behaviour.slow_score);
}

void BatchStream::end(rpc::Status status) {
  if (!std::exchange(ended_, true)) client_.on_end(std::move(status));
}

}  // namespace tikv::testing
