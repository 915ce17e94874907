// Answers that are too large, alone or together, over the real transport: whom they hurt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "region/batch_commands.h"
#include "support/rpc/transport_fixture.h"
#include "wire/tikvpb.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using rpc::sim::RecordedCall;
using rpc::sim::ScriptedServer;
using rpc::sim::ServerCall;
using rpc::sim::ServerEvent;
using rpc::sim::TransportFixture;
using ::testing::HasSubstr;

constexpr std::size_t limit = std::size_t{1} << 20;

/// Answers each RawGet of a message at once, all in one message, with as many bytes as its key says.
class LargeAnswersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rpc::TransportOptions options;
    options.max_answer_size = limit;
    options.receive_window = limit;
    net = std::make_unique<TransportFixture>(options);
    net->serve([this](ScriptedServer& server, ServerCall& call, ServerEvent event) {
      if (event == ServerEvent::headers) server.send_headers(call.id);
      if (event == ServerEvent::end) server.send_trailers(call.id, rpc::StatusCode::ok);
      if (event == ServerEvent::message) serve(server, call);
    });
    batch = std::make_unique<BatchCommands>(net->loop, *net->transport, batch_options());
  }
  static BatchOptions batch_options() {
    BatchOptions options;
    options.max_answer_size = limit;
    return options;
  }
  void serve(ScriptedServer& server, ServerCall& call) {
    wire::tikvpb::BatchCommandsRequest asked;
    ASSERT_TRUE(wire::decode(call.messages.back(), asked));
    wire::tikvpb::BatchCommandsResponse response;
    response.request_ids = asked.request_ids;
    for (const auto& request : asked.requests) {
      auto* answer = &response.responses.emplace_back();
      if (request.raw_put.has_value()) {
        answer->raw_put.emplace();
      } else {
        wire::ensure(answer->raw_get).value = std::string(std::stoul(request.raw_get->key), 'v');
      }
    }
    server.send_message(call.id, edit ? edit(wire::encode(response)) : wire::encode(response));
  }
  void get(RecordedCall& into, std::size_t size) {
    wire::kvrpcpb::RawGetRequest request;
    request.key = std::to_string(size);
    into.call = batch->unary(start("/tikvpb.Tikv/RawGet"), wire::encode(request), into);
  }
  void put(RecordedCall& into) {
    into.call = batch->unary(start("/tikvpb.Tikv/RawPut"), wire::encode(wire::kvrpcpb::RawPutRequest()), into);
  }
  [[nodiscard]] rpc::CallStart start(std::string_view method) const {
    rpc::CallStart how = net->start(10s);
    how.method = method;
    return how;
  }
  static bool has(const RecordedCall& call, std::size_t size) {
    wire::kvrpcpb::RawGetResponse response;
    return call.told == 1 && call.answer->status.ok() && wire::decode(call.answer->message, response) &&
           response.value == std::string(size, 'v');
  }

  std::unique_ptr<TransportFixture> net;
  std::unique_ptr<BatchCommands> batch;
  std::function<std::string(std::string)> edit;
};

TEST_F(LargeAnswersTest, OneTooLargeAnswerEndsItsOwnCallAlone) {
  std::vector<RecordedCall> small(8);
  std::vector<RecordedCall> puts(8);
  RecordedCall large;
  for (int i = 0; i < 4; ++i) get(small[static_cast<std::size_t>(i)], 100);
  for (int i = 0; i < 4; ++i) put(puts[static_cast<std::size_t>(i)]);
  get(large, limit + 1);
  for (int i = 4; i < 8; ++i) get(small[static_cast<std::size_t>(i)], 100);
  for (int i = 4; i < 8; ++i) put(puts[static_cast<std::size_t>(i)]);
  net->loop.run_for(5s);
  for (const RecordedCall& each : small) EXPECT_TRUE(has(each, 100));
  for (const RecordedCall& each : puts) EXPECT_TRUE(each.told == 1 && each.answer->status.ok());
  ASSERT_EQ(large.told, 1);
  EXPECT_EQ(large.answer->status.failure, rpc::Failure::answer_too_large);
  EXPECT_THAT(large.answer->status.message, HasSubstr(std::to_string(limit)));
  EXPECT_EQ(batch->stats().streams, 1U);
  RecordedCall after;
  get(after, 10);
  net->loop.run_for(1s);
  EXPECT_TRUE(has(after, 10));
  EXPECT_EQ(batch->stats().streams, 1U) << "the stream lives on";
}

TEST_F(LargeAnswersTest, TheLimitCountsEachAnswerNotAllOfAMessage) {
  std::vector<RecordedCall> gets(10);
  for (RecordedCall& each : gets) get(each, 200'000);
  net->loop.run_for(5s);
  for (const RecordedCall& each : gets) EXPECT_TRUE(has(each, 200'000));
}

TEST_F(LargeAnswersTest, AnAnswerOfExactlyTheLimitIsTaken) {
  const std::size_t fits = limit - 4;  // a tag and a length of three bytes
  RecordedCall neighbour;
  RecordedCall exact;
  RecordedCall above;
  get(neighbour, 1);
  get(exact, fits);
  get(above, fits + 1);
  net->loop.run_for(5s);
  EXPECT_TRUE(has(neighbour, 1));
  EXPECT_TRUE(has(exact, fits));
  ASSERT_EQ(above.told, 1);
  EXPECT_EQ(above.answer->status.failure, rpc::Failure::answer_too_large);
}

TEST_F(LargeAnswersTest, ManyTooLargeAnswersLeaveTheConnectionAsItWas) {
  for (int i = 0; i < 30; ++i) {
    RecordedCall large;
    get(large, limit + static_cast<std::size_t>(i));
    ASSERT_TRUE(net->wait_for([&] { return large.told > 0; })) << i;
    ASSERT_EQ(large.answer->status.failure, rpc::Failure::answer_too_large) << i;
  }
  RecordedCall last;
  get(last, limit / 2);
  net->loop.run_for(5s);
  EXPECT_TRUE(has(last, limit / 2));
  EXPECT_EQ(net->servers.size(), 1U) << "one connection for all";
}

}  // namespace
}  // namespace tikv::region
