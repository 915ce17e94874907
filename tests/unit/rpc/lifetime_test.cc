#include <gtest/gtest.h>

#include <algorithm>

#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::RecordedCall;
using sim::RecordedStream;
using sim::ScriptedServer;
using sim::ServerCall;
using sim::ServerEvent;
using sim::TransportFixture;

TEST(LifetimeTest, TransportMayBeDestroyedWithinAnAnswer) {
  TransportFixture net;
  net.serve(sim::echo);
  std::vector<RecordedCall> three(3);
  for (RecordedCall& each : three) net.call(each);
  three[0].then = [&] { net.transport.reset(); };
  net.loop.run_for(1s);
  EXPECT_EQ(three[0].told, 1);
  for (const RecordedCall& each : three) EXPECT_EQ(each.told, 1);
}

TEST(LifetimeTest, TransportMayBeDestroyedWithinAMessage) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  for (int i = 0; i < 5; ++i) stream.stream->send("m");
  stream.on_each = [&] { net.transport.reset(); };
  net.loop.run_for(1s);
  EXPECT_EQ(stream.ended, 1);
  EXPECT_EQ(stream.told_after_end, 0);
}

TEST(LifetimeTest, TransportMayBeDestroyedWithinAFailure) {
  TransportFixture net;
  net.serve(nullptr);
  std::vector<RecordedCall> three(3);
  for (RecordedCall& each : three) net.call(each);
  for (RecordedCall& each : three) each.then = [&] { net.transport.reset(); };
  net.loop.run_for(1s);
  net.connector.links[0]->fail_by_peer("gone");
  net.loop.run_for(1s);
  for (const RecordedCall& each : three) EXPECT_EQ(each.told, 1);
}

TEST(LifetimeTest, CallsMayBeDestroyedWithinEachOthersAnswers) {
  for (int victim = 0; victim < 4; ++victim) {
    TransportFixture net;
    net.serve(sim::echo);
    std::vector<RecordedCall> four(4);
    for (RecordedCall& each : four) {
      net.call(each);
      each.then = [&] { four[static_cast<std::size_t>(victim)].call.reset(); };
    }
    net.loop.run_for(1s);
    for (int i = 0; i < 4; ++i) {
      // Whoever answers first destroys the victim, which then hears nothing (unless it was the first).
      EXPECT_EQ(four[static_cast<std::size_t>(i)].told, i == victim && victim != 0 ? 0 : 1) << i << " of " << victim;
    }
  }
}

TEST(LifetimeTest, CallMayBeDestroyedWithinItsOwnAnswer) {
  TransportFixture net;
  net.serve(sim::echo);
  RecordedCall recorded;
  net.call(recorded);
  recorded.then = [&] { recorded.call.reset(); };
  net.loop.run_for(1s);
  EXPECT_EQ(recorded.told, 1);
}

TEST(LifetimeTest, StreamStillTellsDeliveryAtItsEndAndMayBeDestroyedThere) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedStream stream;
  net.open(stream);
  stream.stream->send("m");
  Delivery at_end = Delivery::answered;
  stream.then = [&] {
    at_end = stream.stream->delivery(0);
    stream.stream.reset();
  };
  net.loop.run_for(1s);
  net.connector.links[0]->fail_by_peer("gone");
  net.loop.run_for(1s);
  EXPECT_EQ(at_end, Delivery::maybe_processed);
}

TEST(LifetimeTest, CallsMayOutliveTheTransport) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  RecordedStream stream;
  net.call(recorded);
  net.open(stream);
  net.loop.run_for(1s);
  net.transport.reset();
  EXPECT_EQ(recorded.call->delivery(), Delivery::maybe_processed);
  net.loop.run_for(1s);
  EXPECT_EQ(recorded.told, 1);
  EXPECT_EQ(recorded.answer->status.failure, Failure::closed);
  EXPECT_EQ(stream.ended, 1);
  stream.stream->send("nobody");
  stream.stream->finish_sending();
  stream.stream->cancel();
  net.loop.run_for(1s);
  EXPECT_EQ(stream.ended, 1);
}

TEST(LifetimeTest, NothingIsToldOnceTheCallIsDestroyedEvenIfItWasAboutTo) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  net.call(recorded);
  net.loop.run_for(1s);
  net.transport->close();  // the answer is posted
  recorded.call.reset();
  net.loop.run_for(1s);
  EXPECT_EQ(recorded.told, 0);
}

TEST(LifetimeTest, NewCallsMayBeStartedWithinAnswers) {
  TransportFixture net;
  net.serve(sim::echo);
  std::vector<RecordedCall> chain(50);
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    chain[i].then = [&net, &chain, i] {
      net.call(chain[i + 1]);
      EXPECT_EQ(chain[i + 1].told, 0);
    };
  }
  net.call(chain[0]);
  ASSERT_TRUE(net.wait_for([&] { return chain.back().told > 0; }));
  EXPECT_TRUE(chain.back().answer->status.ok());
}

TEST(LifetimeTest, LoopMayEndWithCallsUnderWay) {
  RecordedCall recorded;
  RecordedStream stream;
  TransportFixture net;
  net.serve(sim::echo_stream);
  net.call(recorded);
  net.open(stream);
  net.loop.run_for(1s);
  net.transport->close();  // the ends are posted and never run
  recorded.call.reset();
  stream.stream.reset();
}

TEST(LifetimeTest, ManyCallsCancelledBeforeAndAfterSendingLeaveTheConnectionSound) {
  TransportFixture net;
  sim::ServerOptions wide;
  wide.max_concurrent_streams = 100'000;
  net.serve(sim::echo, wide);
  EXPECT_TRUE(net.call_and_wait().status.ok());
  for (int round = 0; round < 3; ++round) {
    std::vector<RecordedCall> many(400);  // servers close connections with too many resets
    for (RecordedCall& each : many) net.call(each, std::string(200, 'x'));
    for (std::size_t i = 0; i < many.size(); i += 2) many[i].call.reset();
    if (round > 0) net.loop.run_ready();
    for (std::size_t i = 1; i < many.size(); i += 4) many[i].call.reset();
    net.loop.run_for(1s);
    for (std::size_t i = 3; i < many.size(); i += 4) EXPECT_EQ(many[i].told, 1);
    for (std::size_t i = 0; i < many.size(); i += 2) EXPECT_EQ(many[i].told, 0);
  }
  EXPECT_TRUE(net.call_and_wait().status.ok());
  EXPECT_EQ(net.connector.links.size(), 1u);
}

TEST(LifetimeTest, CallsDestroyedWhileTheirHeadersWaitForTheSocketLeaveNothingBehind) {
  for (const bool blocked : {true, false}) {
    TransportFixture net;
    sim::ServerOptions wide;
    wide.max_concurrent_streams = 1000;
    net.serve(sim::echo, wide);
    if (blocked) net.connector.plan.buffer = 100;
    std::vector<RecordedCall> many(100);
    for (RecordedCall& each : many) {
      CallStart start = net.start();
      start.metadata = {{"x-large", std::string(8000, '!')}};  // together more than one piece of output
      net.call(each, "request", std::move(start));
    }
    net.loop.run_for(blocked ? 1ms : 150us);
    std::size_t on_the_way = 0;
    for (std::size_t i = 0; i < many.size(); i += 2) {
      if (many[i].told == 0) ++on_the_way;
      many[i].call.reset();
    }
    EXPECT_GT(on_the_way, 10u);
    net.loop.run_for(10s);
    for (std::size_t i = 1; i < many.size(); i += 2) {
      ASSERT_EQ(many[i].told, 1);
      EXPECT_TRUE(many[i].answer->status.ok()) << many[i].answer->status.message;
    }
    EXPECT_TRUE(net.call_and_wait().status.ok());
    EXPECT_EQ(net.connector.links.size(), 1u);
  }
}

}  // namespace
}  // namespace tikv::rpc
