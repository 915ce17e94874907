#include "testing/batch_stream.h"

#include <chrono>
#include <string>
#include <utility>

#include "region/store_calls.h"
#include "wire/tikvpb.h"

namespace tikv::testing {

namespace {

constexpr core::Duration health_interval = std::chrono::seconds(1);
constexpr std::uint32_t empty_command = 255;  // which does nothing

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
  std::vector<region::BatchedAnswer> commands;
  region::BatchFeedback none;
  if (!region::decode_batch(bytes, commands, none)) return end(malformed("/tikvpb.Tikv/BatchCommands").status);
  Batch batch;
  for (const region::BatchedAnswer& command : commands) {
    batch.push_back({command.id, command.command, std::string(command.body)});
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
  Batch answers;
  for (const Command& command : batch) {
    Command& answer = answers.emplace_back();
    answer.id = command.id;
    if (store_.behaviour.empty_answers > 0) {
      --store_.behaviour.empty_answers;
      continue;
    }
    if (rpc::Status status = serve(command, answer); !status.ok()) return end(status);
  }
  if (auto lost = context_.commands.take_for_stream(store_, true)) return end(lost->status);
  answer(std::move(answers));
}

// Those that came before a foreign one in the batch have been served by then.
rpc::Status BatchStream::serve(const Command& command, Command& answer) {
  rpc::Status status;
  region::with_batched_call(command.number, [&](auto call) {
    typename decltype(call)::Request request;
    if (!wire::decode(command.body, request)) {
      status = malformed("/tikvpb.Tikv/BatchCommands").status;
      return;
    }
    status = context_.commands.check_cluster(store_, request, true);
    if (!status.ok()) return;
    typename decltype(call)::Answer response;
    status = context_.commands.serve(store_, call.name, request, response);
    answer.number = command.number;
    answer.body = wire::encode(response);
  });
  if (command.number == empty_command) {
    wire::tikvpb::BatchCommandsEmptyRequest request;
    if (!wire::decode(command.body, request)) return malformed("/tikvpb.Tikv/BatchCommands").status;
    answer.number = command.number;
    answer.body = wire::encode(wire::tikvpb::BatchCommandsEmptyResponse{.test_id = request.test_id});
  }
  return status;
}

void BatchStream::answer(Batch answers) {
  if (store_.behaviour.answer_delay <= core::Duration::zero()) return send(answers);
  for (Command& answer : answers) {
    later(answer_delay(context_.loop, store_.behaviour),
          [one = Batch{std::move(answer)}](BatchStream& stream) { stream.send(one); });
  }
}

void BatchStream::send(const Batch& answers) {
  std::vector<region::BatchedRequest> entries;
  for (const Command& answer : answers) entries.push_back({answer.id, answer.number, answer.body});
  client_.on_message(region::encode_batch(entries) + about_itself());
}

// With the first answers of a stream, and then no more often than once in a while.
std::string BatchStream::about_itself() {
  wire::tikvpb::BatchCommandsResponse said;
  said.transport_layer_load = store_.behaviour.transport_load;
  const core::Time now = context_.loop.now();
  const bool lately = health_told_ && now - *health_told_ < health_interval;
  if (context_.health_feedback && store_.abilities.health_feedback && !lately) {
    health_told_ = now;
    said.health_feedback = {.store_id = store_.meta.id,
                            .feedback_seq_no = ++store_.health_reports,
                            .slow_score = store_.behaviour.slow_score};
  }
  return wire::encode(said);
}

void BatchStream::end(rpc::Status status) {
  if (!std::exchange(ended_, true)) client_.on_end(std::move(status));
}

}  // namespace tikv::testing
