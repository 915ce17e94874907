// BatchCommands over the real transport and a scripted HTTP/2 server, broken at every byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "region/batch_commands.h"
#include "support/rpc/transport_fixture.h"
#include "wire/tikvpb.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using rpc::sim::Breakage;
using rpc::sim::LinkPlan;
using rpc::sim::RecordedCall;
using rpc::sim::ScriptedServer;
using rpc::sim::ServerCall;
using rpc::sim::ServerEvent;
using rpc::sim::TransportFixture;

/// Answers each RawGet with its key, and remembers whom it has served.
class GrpcBatchTest : public ::testing::Test {
 protected:
  void start(const LinkPlan& plan) { start(plan, {}); }
  void start(const LinkPlan& plan, const rpc::TransportOptions& options) {
    batch.reset();
    net = std::make_unique<TransportFixture>(options);
    net->connector.plan = plan;
    served.clear();
    net->serve([this](ScriptedServer& server, ServerCall& call, ServerEvent event) {
      if (event == ServerEvent::headers) server.send_headers(call.id);
      if (event == ServerEvent::end) server.send_trailers(call.id, rpc::StatusCode::ok);
      if (event != ServerEvent::message) return;
      wire::tikvpb::BatchCommandsRequest batch_of_them;
      ASSERT_TRUE(wire::decode(call.messages.back(), batch_of_them));
      wire::tikvpb::BatchCommandsResponse response;
      response.request_ids = batch_of_them.request_ids;
      for (const auto& request : batch_of_them.requests) {
        served.insert(request.raw_get->key);
        wire::ensure(response.responses.emplace_back().raw_get).value = request.raw_get->key;
      }
      server.send_message(call.id, wire::encode(response));
    });
    batch = std::make_unique<BatchCommands>(net->loop, *net->transport);
  }
  void get(RecordedCall& into, const std::string& key) {
    rpc::CallStart how = net->start(10s);
    how.method = "/tikvpb.Tikv/RawGet";
    wire::kvrpcpb::RawGetRequest request;
    request.key = key;
    into.call = batch->unary(std::move(how), wire::encode(request), into);
  }
  /// Six requests: two at once, two while those are under way, two after their answers.
  void talk() {
    calls = std::vector<RecordedCall>(6);
    get(calls[0], "a");
    get(calls[1], "b");
    net->loop.run_for(250us);
    get(calls[2], "c");
    get(calls[3], "d");
    net->loop.run_for(2ms);
    get(calls[4], "e");
    get(calls[5], "f");
    net->loop.run_for(30s);
  }
  void check() {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const std::string key(1, static_cast<char>('a' + i));
      ASSERT_EQ(calls[i].told, 1) << key;
      const rpc::UnaryAnswer& answer = *calls[i].answer;
      if (answer.status.ok()) {
        wire::kvrpcpb::RawGetResponse response;
        ASSERT_TRUE(wire::decode(answer.message, response));
        EXPECT_EQ(response.value, key);
        EXPECT_EQ(answer.delivery, Delivery::answered);
        ++succeeded;
      } else if (answer.delivery == Delivery::not_sent || answer.delivery == Delivery::refused) {
        EXPECT_EQ(served.count(key), 0u) << key << " was served and yet reported as never sent";
        ++not_applied;
      } else {
        EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
        ++in_doubt;
      }
    }
  }

  std::set<std::string> served;
  std::unique_ptr<TransportFixture> net;
  std::unique_ptr<BatchCommands> batch;
  std::vector<RecordedCall> calls;
  int succeeded = 0;
  int not_applied = 0;
  int in_doubt = 0;
};

TEST_F(GrpcBatchTest, RequestsAndAnswersGoThrough) {
  start({});
  talk();
  check();
  EXPECT_EQ(succeeded, 6);
  EXPECT_EQ(batch->stats().streams, 1u);
  EXPECT_EQ(batch->stats().messages, 3u);
  EXPECT_EQ(net->servers[0]->pings, 0u);
}

TEST_F(GrpcBatchTest, UnusedStreamIsNotPingedAndEndsAfterAWhile) {
  start({});
  talk();
  net->loop.run_for(60s);
  EXPECT_EQ(net->servers[0]->pings, 0u);
  EXPECT_FALSE(net->servers[0]->calls.at(1).ended);
  net->loop.run_for(3min);
  EXPECT_EQ(net->servers[0]->pings, 0u);
  EXPECT_TRUE(net->servers[0]->calls.at(1).ended);
  EXPECT_FALSE(net->servers[0]->calls.at(1).reset);
}

/// How long a get takes that starts while 4 MiB are on their way over links of 64 MB/s.
class SlowLinkTest : public GrpcBatchTest {
 protected:
  core::Duration get_beside_large_body(std::size_t bulk_threshold) {
    LinkPlan slow;
    slow.delay = 1ms;
    slow.buffer = std::size_t{64} << 10;
    rpc::TransportOptions options;
    options.bulk_threshold = bulk_threshold;
    start(slow, options);
    talk();
    RecordedCall proof;  // that the connection lives, which was idle
    get(proof, "proof");
    net->loop.run_for(20ms);
    RecordedCall large;
    get(large, std::string(std::size_t{4} << 20, 'L'));
    net->loop.run_for(20ms);
    EXPECT_EQ(large.told, 0);
    RecordedCall small;
    const core::Time begin = net->loop.now();
    get(small, "small");
    net->wait_for([&] { return small.told > 0; });
    EXPECT_TRUE(small.answer->status.ok());
    return net->loop.now() - begin;
  }
};

TEST_F(SlowLinkTest, LargeBodyDoesNotDelayASmallGetWithAConnectionOfItsOwn) {
  EXPECT_LE(get_beside_large_body(std::size_t{64} << 10), 3ms);  // there and back: 2 ms
}

TEST_F(SlowLinkTest, OnOneConnectionItWaitsForWhatIsOnItsWayNotForTheWholeBody) {
  EXPECT_LE(get_beside_large_body(0), 8ms);  // the body takes 64 ms
}

TEST_F(GrpcBatchTest, WhateverBreaksNobodyIsForgottenOrToldWrong) {
  start({});
  talk();
  const std::size_t sent = net->connector.links.at(0)->sent.size();
  const std::size_t answered = net->connector.links.at(0)->answered.size();
  for (const Breakage how : {Breakage::close, Breakage::fail, Breakage::stall}) {
    for (std::size_t at = 0; at <= sent; ++at) {
      LinkPlan plan;
      plan.to_server = how;
      plan.to_server_after = at;
      start(plan);
      talk();
      check();
    }
    for (std::size_t at = 0; at <= answered; ++at) {
      LinkPlan plan;
      plan.to_client = how;
      plan.to_client_after = at;
      start(plan);
      talk();
      check();
    }
  }
  std::printf("[   SWEEP  ] %zu runs: %d succeeded, %d never applied, %d in doubt\n", 3 * (sent + answered + 2),
              succeeded, not_applied, in_doubt);
  EXPECT_GT(succeeded, 0);
  EXPECT_GT(not_applied, 0);
  EXPECT_GT(in_doubt, 0);
}

}  // namespace
}  // namespace tikv::region
