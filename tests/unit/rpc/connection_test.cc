#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "rpc/session.h"
#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::Breakage;
using sim::RecordedCall;
using sim::RecordedStream;
using sim::ScriptedServer;
using sim::ServerCall;
using sim::ServerEvent;
using sim::TransportFixture;
using testing::AllOf;
using testing::HasSubstr;

std::vector<RecordedCall> calls(std::size_t count) { return std::vector<RecordedCall>(count); }

bool all_told(const std::vector<RecordedCall>& recorded) {
  return std::all_of(recorded.begin(), recorded.end(), [](const RecordedCall& each) { return each.told > 0; });
}

TEST(ConnectionTest, CallsOfOneTurnLeaveInOneWrite) {
  TransportFixture net;
  net.serve(sim::echo);
  (void)net.call_and_wait();
  net.loop.run_for(1s);
  const std::size_t before = net.connector.links[0]->writes.size();
  auto many = calls(10);
  for (RecordedCall& each : many) net.call(each);
  net.loop.run_ready();
  EXPECT_EQ(net.connector.links[0]->writes.size(), before + 1);
  ASSERT_TRUE(net.wait_for([&] { return all_told(many); }));
  EXPECT_EQ(net.connector.links.size(), 1u);
}

TEST(ConnectionTest, RequestsWaitForTheSettingsOfTheServer) {
  TransportFixture net;
  net.connector.plan.delay = 1ms;
  net.serve(sim::echo);
  RecordedCall recorded;
  net.call(recorded);
  net.loop.run_for(1500us);
  EXPECT_EQ(recorded.call->delivery(), Delivery::not_sent);
  EXPECT_GT(net.connector.links[0]->sent.size(), 24u);  // the preface is out
  ASSERT_TRUE(net.wait_for([&] { return recorded.told > 0; }));
  EXPECT_TRUE(recorded.answer->status.ok());
}

TEST(ConnectionTest, CallerThatRepeatsDoomedCallsForEverLeavesTheLoopAlive) {
  TransportFixture net;
  net.transport->close();
  RecordedCall recorded;
  bool stop = false;
  recorded.then = [&] {
    if (!stop) net.call(recorded);
  };
  net.call(recorded);
  net.loop.run_turn();
  net.loop.run_turn();
  EXPECT_GT(recorded.told, 1000);
  stop = true;
  net.loop.run_for(1s);
}

TEST(ConnectionTest, BytesThatTlsHeldAndThenReleasedCountWhenTheConnectionDies) {
  for (const std::size_t held : {0u, 1000u}) {
    TransportFixture net;
    net.connector.plan.unreleased = 1000;
    net.serve(nullptr);
    RecordedCall recorded;
    RecordedStream stream;
    net.call(recorded);
    net.open(stream);
    stream.stream->send("m");
    net.loop.run_for(1s);
    EXPECT_EQ(recorded.call->delivery(), Delivery::maybe_processed);  // while it lives they may still leave
    net.connector.links[0]->plan.unreleased = held;
    net.connector.links[0]->fail_by_peer("gone");
    net.loop.run_ready();
    const Delivery expected = held == 0 ? Delivery::maybe_processed : Delivery::not_sent;
    ASSERT_EQ(recorded.told + stream.ended, 2);
    EXPECT_EQ(recorded.answer->delivery, expected);
    EXPECT_EQ(stream.stream->delivery(0), expected);
  }
}

TEST(ConnectionTest, ServerLimitOfStreamsIsKeptAndCallsQueue) {
  TransportFixture net;
  sim::ServerOptions two;
  two.max_concurrent_streams = 2;
  std::vector<std::int32_t> held;
  net.serve(
      [&](ScriptedServer&, ServerCall& call, ServerEvent event) {
        if (event == ServerEvent::end) held.push_back(call.id);
      },
      two);
  auto five = calls(5);
  for (RecordedCall& each : five) net.call(each);
  net.loop.run_for(1s);
  EXPECT_EQ(held.size(), 2u);
  EXPECT_EQ(five[4].call->delivery(), Delivery::not_sent);
  for (std::size_t i = 0; i < 5; ++i) {
    net.servers[0]->answer(held.at(i), "done");
    net.loop.run_for(10ms);
  }
  EXPECT_TRUE(all_told(five));
  EXPECT_EQ(net.servers[0]->most_open, 2u);
  EXPECT_EQ(net.connector.links.size(), 1u);
}

TEST(ConnectionTest, DeadlineInTheQueueForAStreamSaysSo) {
  TransportFixture net;
  sim::ServerOptions one;
  one.max_concurrent_streams = 1;
  net.serve(nullptr, one);
  RecordedCall holder;
  net.call(holder);
  const UnaryAnswer answer = net.call_and_wait("x", net.start(1s));
  EXPECT_EQ(answer.status.code, StatusCode::deadline_exceeded);
  EXPECT_THAT(answer.status.message, HasSubstr("a free stream"));
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
}

TEST(ConnectionTest, LimitThatIsRaisedLaterLetsMoreIn) {
  TransportFixture net;
  sim::ServerOptions one;
  one.max_concurrent_streams = 1;
  net.serve(nullptr, one);
  auto three = calls(3);
  for (RecordedCall& each : three) net.call(each);
  net.loop.run_for(100ms);
  EXPECT_EQ(net.servers[0]->calls.size(), 1u);
  net.servers[0]->set_max_concurrent_streams(10);
  net.loop.run_for(100ms);
  EXPECT_EQ(net.servers[0]->calls.size(), 3u);
}

TEST(ConnectionTest, GoawayFinishesWhatItCoversRefusesTheRestAndMovesOn) {
  TransportFixture net;
  std::vector<std::int32_t> held;
  net.serve([&](ScriptedServer&, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::end) held.push_back(call.id);
  });
  RecordedCall covered;
  RecordedCall above;
  net.call(covered);
  net.call(above);
  net.loop.run_for(2s);
  ASSERT_EQ(held.size(), 2u);
  net.servers[0]->goaway(1, 0, "maintenance");
  net.loop.run_for(10ms);
  ASSERT_EQ(above.told, 1);
  EXPECT_EQ(above.answer->delivery, Delivery::refused);
  EXPECT_THAT(above.answer->status.message, HasSubstr("maintenance"));
  EXPECT_EQ(covered.told, 0);

  RecordedCall next;
  net.call(next);
  net.loop.run_for(10ms);
  ASSERT_EQ(net.connector.links.size(), 2u);
  net.servers[0]->answer(1, "covered");
  net.servers[1]->answer(1, "next");
  net.loop.run_for(10ms);
  ASSERT_EQ(covered.told, 1);
  EXPECT_EQ(covered.answer->message, "covered");
  ASSERT_EQ(next.told, 1);
  EXPECT_EQ(next.answer->message, "next");
  EXPECT_TRUE(net.connector.links[0]->client_gone);
  EXPECT_FALSE(net.connector.links[1]->client_gone);
}

TEST(ConnectionTest, CallsCoveredByGoawayAreInDoubtWhenTheConnectionThenCloses) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  net.call(recorded);
  net.loop.run_for(10ms);
  net.servers[0]->goaway(1, 0xb, "too_many_pings");
  net.connector.links[0]->close_by_peer();
  ASSERT_TRUE(net.wait_for([&] { return recorded.told > 0; }));
  EXPECT_EQ(recorded.answer->delivery, Delivery::maybe_processed);
  EXPECT_EQ(recorded.answer->status.failure, Failure::connection_lost);
  EXPECT_THAT(recorded.answer->status.message, AllOf(HasSubstr("ENHANCE_YOUR_CALM"), HasSubstr("too_many_pings")));
}

TEST(ConnectionTest, QueuedCallsGoToTheNewConnectionAfterGoaway) {
  TransportFixture net;
  sim::ServerOptions one;
  one.max_concurrent_streams = 1;
  net.serve(nullptr, one);
  RecordedCall holder;
  RecordedCall queued;
  net.call(holder);
  net.call(queued);
  net.loop.run_for(2s);
  net.serve(sim::echo);
  net.servers[0]->goaway(1);
  net.loop.run_for(10ms);
  ASSERT_EQ(queued.told, 1);
  EXPECT_TRUE(queued.answer->status.ok());
  EXPECT_EQ(holder.told, 0);
}

TEST(ConnectionTest, SilentConnectionWithOpenCallsIsPingedThenLost) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  net.call(recorded, "x", net.start(100s));
  net.loop.run_for(1s);
  net.connector.links[0]->plan.to_client = Breakage::stall;
  net.servers[0]->mute = true;
  net.connector.plan.connecting = sim::LinkPlan::Connecting::hangs;
  EXPECT_EQ(net.servers[0]->pings, 1u);
  net.loop.run_for(14s);
  EXPECT_EQ(net.servers[0]->pings, 2u);
  EXPECT_EQ(recorded.told, 0);
  net.loop.run_for(5s);
  ASSERT_EQ(recorded.told, 1);
  EXPECT_EQ(recorded.answer->status.failure, Failure::connection_lost);
  EXPECT_THAT(recorded.answer->status.message, HasSubstr("did not answer a ping within 13 s"));
  EXPECT_EQ(recorded.answer->delivery, Delivery::maybe_processed);
}

TEST(ConnectionTest, TheConnectionThatIsTriedBesideASilentOneIsCounted) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  net.call(recorded, "x", net.start(100s));
  net.loop.run_for(400ms);
  EXPECT_EQ(holdings(*net.transport).connections, 1U);
  net.connector.links[0]->plan.to_client = Breakage::stall;
  net.servers[0]->mute = true;
  net.connector.plan.connecting = sim::LinkPlan::Connecting::hangs;
  net.loop.run_for(5s);
  EXPECT_EQ(recorded.told, 0);
  EXPECT_EQ(holdings(*net.transport).connections, 2U);
}

TEST(ConnectionTest, AnsweredPingsKeepTheConnectionAndStayFiveSecondsApart) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  net.call(recorded, "x", net.start(1000s));
  net.loop.run_for(101s);
  EXPECT_EQ(recorded.told, 0);
  EXPECT_GE(net.servers[0]->pings, 19u);
  EXPECT_LE(net.servers[0]->pings, 21u);
}

TEST(ConnectionTest, IdleConnectionIsNeitherPingedNorClosed) {
  TransportFixture net;
  net.serve(sim::echo);
  EXPECT_TRUE(net.call_and_wait().status.ok());
  net.loop.run_for(1000s);
  EXPECT_EQ(net.servers[0]->pings, 0u);
  EXPECT_TRUE(net.call_and_wait().status.ok());
  EXPECT_EQ(net.connector.links.size(), 1u);
}

TEST(ConnectionTest, DeadConnectionIsFoundOutByCallsShorterThanTheInterval) {
  TransportFixture net;
  net.serve(sim::echo);
  EXPECT_TRUE(net.call_and_wait().status.ok());
  net.servers[0]->mute = true;
  int failed = 0;
  while (!net.call_and_wait("x", net.start(4s)).status.ok() && failed < 10) ++failed;
  EXPECT_LE(failed, 4);
  EXPECT_EQ(net.connector.links.size(), 2u);
}

TEST(ConnectionTest, StreamIdsThatRunOutMakeANewConnection) {
  SessionOptions options;
  options.address = "store:1";
  options.first_stream_id = 0x7fff'fffd;
  options.max_answer_size = 100;
  Session session(options);
  ASSERT_TRUE(session.produce());
  session.accept_output(session.output().size());
  ASSERT_TRUE(session.receive(std::string_view("\0\0\0\x04\0\0\0\0\0", 9)));
  struct Silent final : Exchange {
    Silent() : Exchange("/a/b", {}) {}
    void on_initial_metadata(Metadata) override {}
    void on_message(std::string) override {}
    void on_drained() override {}
    void on_ended(Ending) override {}
    bool single_answer() const noexcept override { return true; }
  };
  Silent first;
  Silent second;
  Silent third;
  EXPECT_TRUE(session.start(first, 1s));
  EXPECT_TRUE(session.start(second, 1s));
  EXPECT_FALSE(session.draining());
  EXPECT_FALSE(session.start(third, 1s));
  EXPECT_TRUE(session.draining());
  EXPECT_FALSE(third.active());
  EXPECT_FALSE(session.can_open());
}

TEST(ConnectionTest, ReceiveWindowIsTold) {
  TransportOptions options;
  options.receive_window = 1'000'000;
  TransportFixture net(options);
  net.serve(sim::echo);
  EXPECT_TRUE(net.call_and_wait().status.ok());
  EXPECT_EQ(net.servers[0]->client_settings.at(4), 1'000'000u);  // INITIAL_WINDOW_SIZE
  EXPECT_EQ(net.servers[0]->client_settings.at(2), 0u);          // ENABLE_PUSH
  EXPECT_GE(net.servers[0]->window_updates, 1u);                 // of the connection
}

TEST(ConnectionTest, LargeBodiesUseASecondConnectionIfAsked) {
  TransportOptions options;
  options.bulk_threshold = 1000;
  TransportFixture net(options);
  net.serve(sim::echo);
  EXPECT_TRUE(net.call_and_wait(std::string(1000, 's')).status.ok());
  EXPECT_EQ(net.connector.links.size(), 1u);
  EXPECT_TRUE(net.call_and_wait(std::string(1001, 'l')).status.ok());
  EXPECT_EQ(net.connector.links.size(), 2u);
  EXPECT_TRUE(net.call_and_wait(std::string(1001, 'l')).status.ok());
  EXPECT_TRUE(net.call_and_wait("s").status.ok());
  EXPECT_EQ(net.connector.links.size(), 2u);
}

TEST(ConnectionTest, BytesInFlightAreBoundedAndWaitersGoInOrder) {
  TransportOptions options;
  options.max_bytes_in_flight = 1000;
  TransportFixture net(options);
  std::vector<std::int32_t> held;
  net.serve([&](ScriptedServer&, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::end) held.push_back(call.id);
  });
  auto four = calls(4);
  net.call(four[0], std::string(600, '0'));
  net.call(four[1], std::string(600, '1'));
  net.call(four[2], std::string(100, '2'));   // would fit, but does not overtake
  net.call(four[3], std::string(5000, '3'));  // larger than the limit: goes alone
  net.loop.run_for(100ms);
  EXPECT_EQ(held.size(), 1u);
  net.servers[0]->answer(held[0], "");
  net.loop.run_for(100ms);
  EXPECT_EQ(held.size(), 3u);
  net.servers[0]->answer(held[1], "");
  net.loop.run_for(100ms);
  EXPECT_EQ(held.size(), 3u);
  net.servers[0]->answer(held[2], "");
  net.loop.run_for(100ms);
  ASSERT_EQ(held.size(), 4u);
  net.servers[0]->answer(held[3], "");
  net.loop.run_for(100ms);
  EXPECT_TRUE(all_told(four));
  EXPECT_EQ(net.servers[0]->calls.at(held[1]).messages[0][0], '1');
}

TEST(ConnectionTest, DeadlineWhileWaitingForRoomSaysSo) {
  TransportOptions options;
  options.max_bytes_in_flight = 1000;
  TransportFixture net(options);
  net.serve(nullptr);
  RecordedCall holder;
  net.call(holder, std::string(900, 'x'));
  const UnaryAnswer answer = net.call_and_wait(std::string(200, 'y'), net.start(1s));
  EXPECT_EQ(answer.status.code, StatusCode::deadline_exceeded);
  EXPECT_THAT(answer.status.message, HasSubstr("bytes in flight to store:1"));
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
  holder.call.reset();
  net.serve(sim::echo);
  net.transport->forget("store:1");
  EXPECT_TRUE(net.call_and_wait(std::string(1000, 'z')).status.ok());
}

TEST(ConnectionTest, CloseEndsEverythingOnceAndClosesTheConnections) {
  TransportOptions options;
  options.max_bytes_in_flight = 1000;
  TransportFixture net(options);
  sim::ServerOptions two;
  two.max_concurrent_streams = 2;
  net.serve(nullptr, two);
  RecordedStream stream;
  net.open(stream);
  auto three = calls(3);
  net.call(three[0], std::string(500, 'a'));  // on the connection
  net.call(three[1], std::string(500, 'b'));  // waits for a stream
  net.call(three[2], std::string(500, 'c'));  // waits for room
  net.loop.run_for(1s);
  net.transport->close();
  EXPECT_EQ(three[0].told + stream.ended, 0);
  net.loop.run_ready();
  ASSERT_TRUE(all_told(three));
  for (const RecordedCall& each : three) EXPECT_EQ(each.answer->status.failure, Failure::closed);
  EXPECT_EQ(three[0].answer->delivery, Delivery::maybe_processed);
  EXPECT_EQ(three[1].answer->delivery, Delivery::not_sent);
  EXPECT_EQ(three[2].answer->delivery, Delivery::not_sent);
  EXPECT_EQ(stream.ended, 1);
  EXPECT_TRUE(net.connector.links[0]->client_gone);
  net.transport->close();
  net.loop.run_for(100s);
  EXPECT_EQ(three[0].told, 1);
}

}  // namespace
}  // namespace tikv::rpc
