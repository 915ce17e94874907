#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "region/batch_commands.h"
#include "support/rpc/recording_handlers.h"
#include "testing/sim_loop.h"
#include "wire/tikvpb.h"

namespace tikv::region {

using rpc::sim::RecordedCall;

/// What a test sees of a stream, and does to it.
struct ScriptedStream {
  rpc::StreamHandler* handler = nullptr;  // null once the client has destroyed the stream
  std::string address;
  std::vector<wire::tikvpb::BatchCommandsRequest> messages;
  bool busy = false;         // what is sent stays staged
  std::size_t released = 0;  // how many messages the kernel has
  std::size_t staged = 0;
  bool finished = false;
  bool expects_answer = true;
  bool refused = false;

  [[nodiscard]] bool alive() const noexcept { return handler != nullptr; }
  void drain() {
    released = messages.size();
    staged = 0;
    handler->on_drained();
  }
  void say(const wire::tikvpb::BatchCommandsResponse& response) { handler->on_message(wire::encode(response)); }
  /// Answers each of these ids, all of RawGet, with `value`.
  void answer(const std::vector<std::uint64_t>& ids, const std::string& value = "value") {
    wire::tikvpb::BatchCommandsResponse response;
    for (const std::uint64_t id : ids) {
      response.request_ids.push_back(id);
      wire::ensure(response.responses.emplace_back().raw_get).value = value;
    }
    say(response);
  }
  void end(rpc::Status status) { std::exchange(handler, nullptr)->on_end({std::move(status), {}}); }
  /// The id of request `index` of the last message.
  [[nodiscard]] std::uint64_t id(std::size_t index = 0) const { return messages.back().request_ids[index]; }
};

/// What a test sees of a call that rides no stream.
struct ScriptedCall {
  rpc::CallStart start;
  std::string request;
  rpc::UnaryHandler* handler = nullptr;
  std::shared_ptr<bool> cancelled;  // the client has destroyed it
};

/// A transport on which nothing happens but what a test does.
class ScriptedTransport final : public rpc::Transport {
 public:
  std::unique_ptr<rpc::Call> unary(rpc::CallStart start, std::string request, rpc::UnaryHandler& handler) override {
    auto cancelled = std::make_shared<bool>(false);
    calls.push_back({std::move(start), std::move(request), &handler, cancelled});
    return std::make_unique<CallOfIt>(std::move(cancelled));
  }
  std::unique_ptr<rpc::Stream> stream(rpc::CallStart start, rpc::StreamHandler& handler) override {
    auto state = std::make_shared<ScriptedStream>();
    state->handler = &handler;
    state->address = std::move(start.address);
    state->busy = busy;
    streams.push_back(state);
    return std::make_unique<StreamOfIt>(std::move(state));
  }
  void forget(std::string_view address) override { forgotten.emplace_back(address); }
  void close() override {}

  bool busy = false;  // of new streams
  std::vector<ScriptedCall> calls;
  std::vector<std::shared_ptr<ScriptedStream>> streams;
  std::vector<std::string> forgotten;

 private:
  class CallOfIt final : public rpc::Call {
   public:
    explicit CallOfIt(std::shared_ptr<bool> cancelled) : cancelled_(std::move(cancelled)) {}
    ~CallOfIt() override { *cancelled_ = true; }
    [[nodiscard]] Delivery delivery() const noexcept override { return Delivery::refused; }  // easy to tell

   private:
    std::shared_ptr<bool> cancelled_;
  };

  class StreamOfIt final : public rpc::Stream {
   public:
    explicit StreamOfIt(std::shared_ptr<ScriptedStream> state) : state_(std::move(state)) {}
    ~StreamOfIt() override { state_->handler = nullptr; }
    std::uint64_t send(std::string message) override {
      state_->messages.emplace_back();
      EXPECT_TRUE(wire::decode(message, state_->messages.back()));
      if (state_->busy) {
        state_->staged += message.size();
      } else {
        state_->released = state_->messages.size();
      }
      return state_->messages.size() - 1;
    }
    void finish_sending() override { state_->finished = true; }
    void cancel() override {}
    [[nodiscard]] Delivery delivery(std::uint64_t number) const noexcept override {
      if (number >= state_->released) return Delivery::not_sent;
      return state_->refused ? Delivery::refused : Delivery::maybe_processed;
    }
    [[nodiscard]] std::size_t staged_bytes() const noexcept override { return state_->staged; }
    void expect_answer(bool expected) override { state_->expects_answer = expected; }

   private:
    std::shared_ptr<ScriptedStream> state_;
  };
};

class BatchFixture : public ::testing::Test {
 protected:
  explicit BatchFixture(const BatchOptions& options = {}) { restart(options); }

  void restart(const BatchOptions& options) { batch = std::make_unique<BatchCommands>(loop, transport, options); }

  [[nodiscard]] rpc::CallStart start(std::string_view method = "/tikvpb.Tikv/RawGet") const {
    rpc::CallStart result;
    result.address = "store:1";
    result.method = method;
    result.deadline = loop.now() + std::chrono::seconds(20);
    return result;
  }
  static std::string get_of(const std::string& key) {
    wire::kvrpcpb::RawGetRequest request;
    request.key = key;
    return wire::encode(request);
  }
  void get(RecordedCall& into, const std::string& key = "key") { get(into, key, start()); }
  void get(RecordedCall& into, const std::string& key, rpc::CallStart how) {
    into.call = batch->unary(std::move(how), get_of(key), into);
    EXPECT_EQ(into.told, 0) << "told inside the call that started it";
  }
  /// Started together and on their way.
  void get_all(std::vector<RecordedCall>& calls) {
    for (RecordedCall& each : calls) get(each);
    loop.run_ready();
  }
  [[nodiscard]] ScriptedStream& stream(std::size_t number = 0) const { return *transport.streams.at(number); }
  static std::string value_of(const RecordedCall& call) {
    wire::kvrpcpb::RawGetResponse response;
    if (!call.answer || !call.answer->status.ok() || !wire::decode(call.answer->message, response)) return "(none)";
    return response.value;
  }

  testing::SimLoop loop;
  ScriptedTransport transport;
  std::unique_ptr<BatchCommands> batch;
};

inline rpc::Status lost() { return {rpc::StatusCode::unavailable, "it broke", rpc::Failure::connection_lost}; }

}  // namespace tikv::region
