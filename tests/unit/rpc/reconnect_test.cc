#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::Breakage;
using sim::LinkPlan;
using sim::RecordedCall;
using sim::ScriptedServer;
using sim::ServerCall;
using sim::ServerEvent;
using sim::TransportFixture;
using testing::AllOf;
using testing::HasSubstr;

TEST(ReconnectTest, RefusedConnectionFailsTheCallsThatWaitForIt) {
  TransportFixture net;
  std::vector<RecordedCall> three(3);
  for (RecordedCall& each : three) net.call(each);
  ASSERT_TRUE(net.wait_for([&] { return three[0].told + three[1].told + three[2].told == 3; }));
  for (const RecordedCall& each : three) {
    EXPECT_EQ(each.answer->status.code, StatusCode::unavailable);
    EXPECT_EQ(each.answer->status.failure, Failure::connect);
    EXPECT_THAT(each.answer->status.message, HasSubstr("connection refused"));
    EXPECT_EQ(each.answer->delivery, Delivery::not_sent);
  }
  EXPECT_EQ(net.connector.attempts.size(), 1u);
}

TEST(ReconnectTest, ConnectionThatHangsTimesOut) {
  TransportFixture net;
  net.serve(sim::echo);
  net.connector.plan.connecting = LinkPlan::Connecting::hangs;
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_EQ(answer.status.failure, Failure::connect);
  EXPECT_THAT(answer.status.message, AllOf(HasSubstr("store:1"), HasSubstr("within 5 s")));
  EXPECT_EQ(net.loop.now(), core::Time(1005s));
}

TEST(ReconnectTest, ServerThatStaysSilentTimesOutUnsent) {
  TransportFixture net;
  sim::ServerOptions silent;
  silent.answers_settings = false;
  net.serve(nullptr, silent);
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_EQ(answer.status.failure, Failure::connect);
  EXPECT_THAT(answer.status.message, HasSubstr("no HTTP/2 SETTINGS within 5 s"));
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
}

TEST(ReconnectTest, DeadlineWhileConnectingNamesWhatWasWaitedFor) {
  TransportFixture net;
  net.connector.plan.connecting = LinkPlan::Connecting::hangs;
  const UnaryAnswer answer = net.call_and_wait("x", net.start(1s));
  EXPECT_EQ(answer.status.code, StatusCode::deadline_exceeded);
  EXPECT_THAT(answer.status.message, HasSubstr("a connection to store:1"));
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
}

TEST(ReconnectTest, CallsWaitOutTheBackoffAndGoWithTheNextAttempt) {
  TransportFixture net;
  EXPECT_EQ(net.call_and_wait().status.failure, Failure::connect);
  net.serve(sim::echo);
  const core::Time failed = net.loop.now();
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_TRUE(answer.status.ok());
  const core::Duration waited = net.connector.attempts.at(1) - failed;
  EXPECT_GE(waited, 80ms);
  EXPECT_LE(waited, 120ms);
}

TEST(ReconnectTest, DeadlineWithinTheBackoffTellsTheLastFailure) {
  TransportFixture net;
  EXPECT_EQ(net.call_and_wait().status.failure, Failure::connect);
  const UnaryAnswer answer = net.call_and_wait("x", net.start(10ms));
  EXPECT_EQ(answer.status.code, StatusCode::deadline_exceeded);
  EXPECT_THAT(answer.status.message, HasSubstr("connection refused"));
}

TEST(ReconnectTest, BackoffGrowsFromItsBaseToItsLimitWithJitter) {
  TransportFixture net;
  double expected = 0.1;
  std::set<std::int64_t> delays;
  for (int i = 0; i < 14; ++i) {
    EXPECT_EQ(net.call_and_wait().status.failure, Failure::connect);
    const core::Time failed = net.loop.now();
    (void)net.call_and_wait();  // makes the next attempt, which fails
    const double waited = std::chrono::duration<double>(net.connector.attempts.back() - failed).count();
    EXPECT_GE(waited, expected * 0.799) << i;
    EXPECT_LE(waited, expected * 1.201) << i;
    delays.insert(static_cast<std::int64_t>(waited * 1e9 / expected));
    expected = std::min(expected * 1.6 * 1.6, 1.0);
  }
  EXPECT_GT(delays.size(), 10u);
}

TEST(ReconnectTest, LostConnectionFailsItsCallsAndTheNextCallConnectsAnewAtOnce) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  net.call(recorded);
  net.loop.run_for(2s);
  net.connector.links[0]->fail_by_peer("connection reset by peer");
  ASSERT_TRUE(net.wait_for([&] { return recorded.told > 0; }));
  EXPECT_EQ(recorded.answer->status.code, StatusCode::unavailable);
  EXPECT_EQ(recorded.answer->status.failure, Failure::connection_lost);
  EXPECT_THAT(recorded.answer->status.message, AllOf(HasSubstr("store:1"), HasSubstr("reset by peer")));
  EXPECT_EQ(recorded.answer->delivery, Delivery::maybe_processed);
  net.serve(sim::echo);
  const core::Time lost = net.loop.now();
  EXPECT_TRUE(net.call_and_wait().status.ok());
  EXPECT_EQ(net.connector.attempts.at(1), lost);
}

TEST(ReconnectTest, WhatThePeerSaidBeforeItWentIsHeardThoughWritingFails) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall answered;
  RecordedCall refused;
  net.call(answered);
  net.call(refused);
  net.loop.run_for(2s);
  sim::SimLink& link = *net.connector.links[0];
  link.plan.delay = 100s;
  net.servers[0]->answer(1, "done");
  net.servers[0]->goaway(1);
  RecordedCall next;
  net.call(next);  // its write comes first, and fails
  link.arrived = link.answered.size();
  link.fail_by_peer("reset");
  net.loop.run_ready();
  ASSERT_EQ(answered.told, 1);
  EXPECT_EQ(answered.answer->message, "done");
  ASSERT_EQ(refused.told, 1);
  EXPECT_EQ(refused.answer->delivery, Delivery::refused);
  ASSERT_EQ(next.told, 1);
  EXPECT_EQ(next.answer->delivery, Delivery::refused);
}

TEST(ReconnectTest, ServerThatAcceptsAndClosesIsNotAskedWithoutPause) {
  TransportFixture net;
  net.serve([](ScriptedServer& server, ServerCall&, ServerEvent) { server.link().close_by_peer(); });
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(net.call_and_wait("x", net.start(60s)).status.ok());
  EXPECT_GT(net.loop.now() - core::Time(1000s), 12s);
}

TEST(ReconnectTest, RequestStagedWhenTheConnectionDiesIsNotSent) {
  TransportFixture net;
  net.serve(sim::echo);
  net.connector.plan.to_server = Breakage::stall;
  net.connector.plan.to_server_after = 100;  // within the headers of the first request
  RecordedCall first;
  RecordedCall second;
  net.call(first);
  net.call(second);
  net.loop.run_for(1s);
  EXPECT_EQ(net.connector.links[0]->sent.size(), 100u);
  EXPECT_EQ(first.call->delivery(), Delivery::maybe_processed);
  EXPECT_EQ(second.call->delivery(), Delivery::maybe_processed);  // it would leave if the socket took it
  net.connector.links[0]->fail_by_peer("gone");
  net.loop.run_ready();
  ASSERT_EQ(first.told + second.told, 2);
  EXPECT_EQ(first.answer->delivery, Delivery::maybe_processed);
  EXPECT_EQ(second.answer->delivery, Delivery::not_sent);
  EXPECT_EQ(second.answer->status.failure, Failure::connection_lost);
}

TEST(ReconnectTest, CallGivenUpBehindABlockedSocketMayStillArrive) {
  for (const bool by_deadline : {false, true}) {
    TransportFixture net;
    net.serve(sim::echo);
    net.connector.plan.delay = 1s;
    net.connector.plan.buffer = 400;
    RecordedCall first;
    RecordedCall second;
    net.call(first, std::string(3000, 'a'));
    net.call(second, "b", net.start(by_deadline ? 5s : 20s));
    net.loop.run_for(by_deadline ? 5s : 4s);
    ASSERT_TRUE(net.servers.at(0)->calls[3].messages.empty());  // the second is behind the first
    EXPECT_EQ(by_deadline ? second.answer.value().delivery : second.call->delivery(), Delivery::maybe_processed);
    second.call.reset();
    net.loop.run_for(20s);
    EXPECT_EQ(net.servers[0]->calls[3].messages.size(), 1u);
  }
}

TEST(ReconnectTest, CallThatNoConnectionTookYetGoesWithTheNextOne) {
  TransportFixture net;
  net.serve(sim::echo);
  net.connector.next_plans.resize(1);
  net.connector.next_plans[0].to_server = Breakage::stall;
  net.connector.next_plans[0].to_server_after = 100;
  RecordedCall first;
  net.call(first);
  net.loop.run_for(2s);
  RecordedCall second;
  net.call(second);
  net.loop.run_for(1s);
  net.connector.links[0]->fail_by_peer("gone");
  ASSERT_TRUE(net.wait_for([&] { return second.told > 0 && first.told > 0; }));
  EXPECT_TRUE(second.answer->status.ok());
  EXPECT_FALSE(first.answer->status.ok());
}

TEST(ReconnectTest, ForgottenAddressIsConnectedAnewWhileOldCallsFinish) {
  TransportFixture net;
  std::vector<std::int32_t> held;
  net.serve([&](ScriptedServer&, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::end) held.push_back(call.id);
  });
  RecordedCall old_call;
  net.call(old_call);
  net.loop.run_for(10ms);
  net.transport->forget("store:1");
  net.transport->forget("unknown:1");
  net.serve(sim::echo);
  EXPECT_TRUE(net.call_and_wait().status.ok());
  ASSERT_EQ(net.connector.links.size(), 2u);
  EXPECT_FALSE(net.connector.links[0]->client_gone);
  net.servers[0]->answer(1, "old");
  net.loop.run_for(10ms);
  EXPECT_EQ(old_call.told, 1);
  EXPECT_TRUE(old_call.answer->status.ok());
  EXPECT_TRUE(net.connector.links[0]->client_gone);
}

TEST(ReconnectTest, ForgettingClosesAnIdleConnectionAndEndsTheBackoff) {
  TransportFixture net;
  net.serve(sim::echo);
  EXPECT_TRUE(net.call_and_wait().status.ok());
  net.transport->forget("store:1");
  net.loop.run_ready();
  EXPECT_TRUE(net.connector.links[0]->client_gone);

  net.connector.stop_listening("store:1");
  EXPECT_FALSE(net.call_and_wait().status.ok());
  net.transport->forget("store:1");
  net.serve(sim::echo);
  const core::Time asked = net.loop.now();
  EXPECT_TRUE(net.call_and_wait().status.ok());
  EXPECT_EQ(net.connector.attempts.back(), asked);
}

TEST(ReconnectTest, ForgettingWhileConnectingStartsOver) {
  TransportFixture net;
  net.serve(sim::echo);
  net.connector.next_plans.resize(1);
  net.connector.next_plans[0].connecting = LinkPlan::Connecting::hangs;
  RecordedCall recorded;
  net.call(recorded);
  net.loop.run_for(1s);
  net.transport->forget("store:1");
  ASSERT_TRUE(net.wait_for([&] { return recorded.told > 0; }));
  EXPECT_TRUE(recorded.answer->status.ok());
  EXPECT_LT(net.loop.now(), core::Time(1002s));
}

}  // namespace
}  // namespace tikv::rpc
