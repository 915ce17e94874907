// Everything at once, in an order that a seed decides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "unit/region/batch_fixture.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;

class BatchRandomTest : public BatchFixture {
 protected:
  struct Asked {
    RecordedCall call;
    std::string key;
    bool cancelled = false;
  };

  static BatchOptions small() {
    BatchOptions options;
    options.streams_per_store = 2;
    options.max_batch = 3;
    options.max_bytes_in_flight = 120;
    options.idle_timeout = 100ms;
    return options;
  }
  BatchRandomTest() : BatchFixture(small()) {}

  std::size_t up_to(std::size_t bound) { return static_cast<std::size_t>(loop.random() % bound); }

  void ask() {
    auto asked = std::make_unique<Asked>();
    asked->key = "key" + std::to_string(all.size());
    rpc::CallStart how = start();
    how.deadline = loop.now() + std::chrono::milliseconds(up_to(60));
    Asked* self = asked.get();
    if (up_to(4) == 0) self->call.then = [self] { self->call.call.reset(); };
    all.push_back(std::move(asked));
    get(self->call, self->key, how);
  }
  void cancel() {
    if (all.empty()) return;
    Asked& asked = *all[up_to(all.size())];
    if (asked.call.told == 0) asked.cancelled = true;
    asked.call.call.reset();
  }
  ScriptedStream* some_stream() {
    std::vector<ScriptedStream*> alive;
    for (const auto& each : transport.streams) {
      if (each->alive()) alive.push_back(each.get());
    }
    return alive.empty() ? nullptr : alive[up_to(alive.size())];
  }
  /// Answers one request that ever was on the stream, perhaps for the second time, perhaps with nothing.
  void answer() {
    ScriptedStream* stream = some_stream();
    if (stream == nullptr || stream->released == 0) return;
    const auto& message = stream->messages[up_to(stream->released)];
    const std::size_t which = up_to(message.requests.size());
    wire::tikvpb::BatchCommandsResponse response;
    response.request_ids.push_back(message.request_ids[which]);
    auto* given = &response.responses.emplace_back();
    if (up_to(10) != 0) wire::ensure(given->raw_get).value = message.requests[which].raw_get->key;
    stream->say(response);
  }
  void end() {
    ScriptedStream* stream = some_stream();
    if (stream == nullptr) return;
    rpc::Status status = lost();
    if (up_to(3) == 0) status = {};
    if (up_to(6) == 0) status = {rpc::StatusCode::unimplemented, "unknown", rpc::Failure::none};
    note_released();
    stream->end(status);
  }
  void answer_alone() {
    if (transport.calls.empty()) return;
    const std::size_t which = up_to(transport.calls.size());
    const ScriptedCall call = transport.calls[which];
    transport.calls.erase(transport.calls.begin() + static_cast<std::ptrdiff_t>(which));
    if (*call.cancelled) return;
    wire::kvrpcpb::RawGetRequest request;
    ASSERT_TRUE(wire::decode(call.request, request));
    wire::kvrpcpb::RawGetResponse response;
    response.value = request.key;
    rpc::UnaryAnswer answer;
    answer.delivery = Delivery::answered;
    answer.message = wire::encode(response);
    call.handler->on_answer(std::move(answer));
  }
  void note_released() {
    for (const auto& each : transport.streams) {
      for (std::size_t i = 0; i < each->released; ++i) {
        for (const auto& request : each->messages[i].requests) released.insert(request.raw_get->key);
      }
    }
  }
  void step() {
    transport.busy = up_to(2) == 0;
    const std::size_t dice = up_to(20);
    if (dice < 7) {
      ask();
    } else if (dice < 11) {
      answer();
    } else if (dice < 12) {
      cancel();
    } else if (dice < 13) {
      end();
    } else if (dice < 15) {
      if (ScriptedStream* stream = some_stream()) stream->drain();
    } else if (dice < 16) {
      answer_alone();
    } else if (dice < 17 && up_to(5) == 0) {
      if (up_to(2) == 0) {
        batch->forget("store:1");
      } else if (ScriptedStream* stream = some_stream()) {
        stream->handler->on_going_away();
      }
    } else {
      loop.run_for(std::chrono::milliseconds(up_to(up_to(50) == 0 ? 200 : 4)));
    }
  }
  void check() {
    note_released();
    for (const auto& asked : all) {
      ASSERT_EQ(asked->call.told, asked->cancelled ? 0 : 1) << asked->key;
      if (asked->cancelled) continue;
      const rpc::UnaryAnswer& told = *asked->call.answer;
      if (told.status.ok()) {
        EXPECT_EQ(value_of(asked->call), asked->key);
        ++succeeded;
      } else if (told.delivery == Delivery::not_sent) {
        EXPECT_EQ(released.count(asked->key), 0u) << asked->key << " left and was reported as never sent";
        ++not_sent;
      } else {
        ++in_doubt;
      }
    }
  }

  std::vector<std::unique_ptr<Asked>> all;
  std::set<std::string> released;
  int succeeded = 0;
  int not_sent = 0;
  int in_doubt = 0;
};

TEST_F(BatchRandomTest, EachCallIsToldOnceAndTheTruthWhateverHappens) {
  for (int round = 0; round < 200; ++round) {
    restart(small());
    transport.streams.clear();
    transport.calls.clear();
    all.clear();
    released.clear();
    for (int i = 0; i < 400; ++i) step();
    while (!transport.calls.empty()) answer_alone();
    batch->close();
    loop.run_ready();
    check();
    all.clear();
    ASSERT_EQ(loop.pending(), 0u) << "round " << round;
    if (HasFailure()) break;
  }
  EXPECT_GT(succeeded, 1000);
  EXPECT_GT(not_sent, 1000);
  EXPECT_GT(in_doubt, 1000);
}

}  // namespace
}  // namespace tikv::region
