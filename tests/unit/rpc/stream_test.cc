#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::RecordedStream;
using sim::ScriptedServer;
using sim::ServerCall;
using sim::ServerEvent;
using sim::TransportFixture;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(StreamTest, MessagesGoBothWaysInOrder) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  std::vector<std::string> sent;
  for (int i = 0; i < 100; ++i) {
    sent.push_back(std::string(static_cast<std::size_t>(i * 7), static_cast<char>('a' + i % 26)));
    EXPECT_EQ(stream.stream->send(sent.back()), static_cast<std::uint64_t>(i));
  }
  stream.stream->finish_sending();
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_EQ(stream.messages, sent);
  EXPECT_TRUE(stream.end->status.ok());
  EXPECT_EQ(stream.ended, 1);
  EXPECT_EQ(stream.told_after_end, 0);
}

TEST(StreamTest, PingPongWaitsForEachAnswer) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  stream.on_each = [&] {
    if (stream.messages.size() < 50) {
      stream.stream->send("ping");
    } else {
      stream.stream->finish_sending();
    }
  };
  stream.stream->send("ping");
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_EQ(stream.messages.size(), 50u);
}

TEST(StreamTest, InitialMetadataComesFirstAndTrailingAtTheEnd) {
  TransportFixture net;
  net.serve([](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event != ServerEvent::headers) return;
    server.send_headers(call.id, {{"x-initial", "1"}});
    server.send_message(call.id, "pushed");
    server.send_trailers(call.id, StatusCode::aborted, "enough", {{"x-trailing", "2"}});
  });
  RecordedStream stream;
  net.open(stream);
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_THAT(*stream.initial, ElementsAre(Pair("x-initial", "1")));
  EXPECT_THAT(stream.messages, ElementsAre("pushed"));
  EXPECT_EQ(stream.end->status.code, StatusCode::aborted);
  EXPECT_THAT(stream.end->trailing, ElementsAre(Pair("x-trailing", "2")));
}

TEST(StreamTest, EmptyStreamEndsWell) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  stream.stream->finish_sending();
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_TRUE(stream.end->status.ok());
  EXPECT_TRUE(stream.messages.empty());
}

TEST(StreamTest, DrainedIsToldOnceWhatWasStagedIsWithTheKernel) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  stream.stream->send("a");
  EXPECT_EQ(stream.stream->staged_bytes(), 6u);
  EXPECT_EQ(stream.stream->delivery(0), Delivery::not_sent);
  ASSERT_TRUE(net.wait_for([&] { return stream.drained == 1; }));
  EXPECT_EQ(stream.stream->staged_bytes(), 0u);
  EXPECT_EQ(stream.stream->delivery(0), Delivery::maybe_processed);
  net.loop.run_for(1s);
  EXPECT_EQ(stream.drained, 1);
  stream.stream->send("b");
  net.loop.run_for(1s);
  EXPECT_EQ(stream.drained, 2);
}

TEST(StreamTest, DrainedWaitsWhileTheKernelTakesNothing) {
  TransportFixture net;
  net.connector.plan.buffer = 300;
  net.connector.plan.delay = 1s;
  sim::ServerOptions wide;
  wide.initial_window = 1 << 20;
  net.serve(sim::echo_stream, wide);
  RecordedStream stream;
  net.open(stream);
  stream.stream->send(std::string(1000, 'x'));
  net.loop.run_for(2500ms);
  EXPECT_EQ(stream.drained, 0);
  EXPECT_GT(stream.stream->staged_bytes(), 0u);
  ASSERT_TRUE(net.wait_for([&] { return stream.drained == 1; }));
  EXPECT_EQ(stream.stream->staged_bytes(), 0u);
}

TEST(StreamTest, DeliveryOfEachMessageIsToldByItsOwnBytes) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedStream stream;
  net.open(stream, net.start(10s));
  net.loop.run_for(1s);
  net.servers[0]->mute = true;  // no window updates
  net.connector.plan.connecting = sim::LinkPlan::Connecting::hangs;
  stream.stream->send(std::string(60'000, 'a'));  // fits the server's window of 65,535
  stream.stream->send(std::string(10'000, 'b'));  // begins within it
  stream.stream->send(std::string(10'000, 'c'));  // waits for a window update that never comes
  net.loop.run_for(1s);
  EXPECT_EQ(stream.stream->delivery(0), Delivery::maybe_processed);
  EXPECT_EQ(stream.stream->delivery(1), Delivery::maybe_processed);
  EXPECT_EQ(stream.stream->delivery(2), Delivery::not_sent);
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_EQ(stream.end->status.code, StatusCode::deadline_exceeded);
  EXPECT_EQ(stream.stream->delivery(1), Delivery::maybe_processed);
  EXPECT_EQ(stream.stream->delivery(2), Delivery::not_sent);
  EXPECT_EQ(stream.stream->send("late"), 3u);
  EXPECT_EQ(stream.stream->delivery(3), Delivery::not_sent);
}

TEST(StreamTest, WhatWaitsForTheSocketIsUnsentOnlyOnceTheConnectionIsGone) {
  TransportFixture net;
  net.connector.plan.unreleased = 50;  // as TLS may hold bytes
  net.serve(nullptr);
  RecordedStream stream;
  net.open(stream, net.start(10s));
  stream.stream->send(std::string(200, 'a'));
  stream.stream->send(std::string(20, 'b'));
  net.loop.run_for(1s);
  EXPECT_EQ(stream.stream->delivery(0), Delivery::maybe_processed);
  EXPECT_EQ(stream.stream->delivery(1), Delivery::maybe_processed);
  net.connector.links[0]->fail_by_peer("gone");
  net.loop.run_ready();
  ASSERT_EQ(stream.ended, 1);
  EXPECT_EQ(stream.stream->delivery(0), Delivery::maybe_processed);
  EXPECT_EQ(stream.stream->delivery(1), Delivery::not_sent);
}

TEST(StreamTest, DeliveryOfManyMessagesStaysRight) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream, net.start(1000s));
  for (std::uint64_t i = 0; i < 2000; ++i) {
    EXPECT_EQ(stream.stream->send("m"), i);
    EXPECT_EQ(stream.stream->delivery(i), Delivery::not_sent);
    if (i % 3 == 0) net.loop.run_for(1ms);
    if (i % 3 == 0) {
      EXPECT_EQ(stream.stream->delivery(i), Delivery::maybe_processed);
    }
  }
  net.loop.run_for(1s);
  EXPECT_EQ(stream.messages.size(), 2000u);
}

TEST(StreamTest, CancelTellsTheEndAndResets) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  stream.stream->send("a");
  net.loop.run_for(1s);
  stream.stream->cancel();
  EXPECT_EQ(stream.ended, 0);
  net.loop.run_ready();
  EXPECT_EQ(stream.ended, 1);
  EXPECT_EQ(stream.end->status.code, StatusCode::cancelled);
  net.loop.run_for(1s);
  EXPECT_TRUE(net.servers[0]->calls.at(1).reset);
  stream.stream->cancel();
  net.loop.run_for(1s);
  EXPECT_EQ(stream.ended, 1);
}

TEST(StreamTest, MessagesThatCameBeforeTheEndAreToldBeforeIt) {
  TransportFixture net;
  net.serve([](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event != ServerEvent::end) return;
    server.send_headers(call.id);
    for (int i = 0; i < 10; ++i) server.send_message(call.id, std::to_string(i));
    server.send_trailers(call.id, StatusCode::data_loss, "bad");
  });
  RecordedStream stream;
  net.open(stream);
  stream.stream->send("go");
  stream.stream->finish_sending();
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_EQ(stream.messages.size(), 10u);
  EXPECT_EQ(stream.told_after_end, 0);
}

TEST(StreamTest, StreamDestroyedWithinAMessageHearsNoMore) {
  TransportFixture net;
  net.serve([](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event != ServerEvent::end) return;
    server.send_headers(call.id);
    for (int i = 0; i < 10; ++i) server.send_message(call.id, std::to_string(i));
    server.send_trailers(call.id, StatusCode::ok);
  });
  RecordedStream stream;
  net.open(stream);
  stream.on_each = [&] {
    if (stream.messages.size() == 3) stream.stream.reset();
  };
  stream.stream->finish_sending();
  net.loop.run_for(1s);
  EXPECT_EQ(stream.messages.size(), 3u);
  EXPECT_EQ(stream.ended, 0);
}

TEST(StreamTest, LargeBodiesPassThroughSmallWindowsBothWays) {
  TransportOptions options;
  options.receive_window = 65'535;
  TransportFixture net(options);
  net.connector.plan.delay = 10us;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  const std::string large(5'000'000, 'L');
  stream.stream->send(large);
  ASSERT_TRUE(net.wait_for([&] { return !stream.messages.empty() || stream.ended > 0; }));
  ASSERT_EQ(stream.messages.size(), 1u);
  EXPECT_TRUE(stream.messages[0] == large);
  EXPECT_GT(net.servers[0]->window_updates, 10u);
}

TEST(StreamTest, RefusedStreamRefusesItsMessages) {
  TransportFixture net;
  net.serve([](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::message) server.reset(call.id, 7);
  });
  RecordedStream stream;
  net.open(stream);
  stream.stream->send("a");
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_EQ(stream.end->status.code, StatusCode::unavailable);
  EXPECT_EQ(stream.stream->delivery(0), Delivery::refused);
  EXPECT_EQ(stream.stream->delivery(1), Delivery::not_sent);
}

TEST(StreamTest, MessageOverTheLimitEndsTheStream) {
  TransportOptions options;
  options.max_answer_size = 100;
  TransportFixture net(options);
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream);
  stream.stream->send("small");
  stream.stream->send(std::string(101, 'x'));
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_THAT(stream.messages, ElementsAre("small"));
  EXPECT_EQ(stream.end->status.failure, Failure::answer_too_large);
  net.loop.run_for(1s);
  EXPECT_TRUE(net.servers[0]->calls.at(1).reset);
}

TEST(StreamTest, StreamOnWhichNobodyWaitsIsNotPinged) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  RecordedStream stream;
  net.open(stream, net.start(1000s));
  stream.stream->send("a");
  stream.on_each = [&] { stream.stream->expect_answer(false); };
  ASSERT_TRUE(net.wait_for([&] { return !stream.messages.empty(); }));
  net.loop.run_for(100s);
  EXPECT_EQ(net.servers[0]->pings, 0u);
  net.servers[0]->mute = true;
  stream.stream->expect_answer(true);
  stream.stream->send("b");
  net.loop.run_for(100ms);
  EXPECT_EQ(net.servers[0]->pings, 1u) << "a connection that was idle is proven first";
  EXPECT_EQ(stream.stream->delivery(1), Delivery::not_sent);
  EXPECT_EQ(stream.ended, 0);
  net.loop.run_for(5s);
  EXPECT_EQ(stream.end->status.failure, Failure::connection_lost);
  EXPECT_EQ(stream.stream->delivery(1), Delivery::not_sent);
}

TEST(StreamTest, StreamThatWaitsIsPingedThoughAnotherDoesNot) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedStream idle;
  RecordedStream waiting;
  net.open(idle, net.start(1000s));
  idle.stream->expect_answer(false);  // before it has a connection
  net.open(waiting, net.start(1000s));
  net.loop.run_for(35s);
  EXPECT_EQ(net.servers[0]->pings, 7u);
  waiting.stream.reset();
  net.loop.run_for(100s);
  EXPECT_LE(net.servers[0]->pings, 8u) << "what was owed is owed, once";
  EXPECT_EQ(idle.ended, 0);
}

TEST(StreamTest, ServerThatIsGoingAwaySaysSoAndServesOn) {
  TransportFixture net;
  net.serve([](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::headers) {
      server.send_headers(call.id);
      server.goaway(call.id, 0, "maintenance");
    }
    if (event == ServerEvent::message) server.send_message(call.id, "served");
    if (event == ServerEvent::end) server.send_trailers(call.id, StatusCode::ok);
  });
  RecordedStream stream;
  net.open(stream);
  ASSERT_TRUE(net.wait_for([&] { return stream.going_away > 0; }));
  stream.stream->send("late");
  stream.stream->finish_sending();
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_EQ(stream.going_away, 1);
  EXPECT_THAT(stream.messages, ElementsAre("served"));
  EXPECT_TRUE(stream.end->status.ok());
  EXPECT_EQ(stream.told_after_end, 0);
}

}  // namespace
}  // namespace tikv::rpc
