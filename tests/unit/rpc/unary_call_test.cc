#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::RecordedCall;
using sim::ScriptedServer;
using sim::ServerCall;
using sim::ServerEvent;
using sim::TransportFixture;
using testing::HasSubstr;

TEST(UnaryCallTest, AnswerComesBack) {
  TransportFixture net;
  net.serve(sim::echo);
  const UnaryAnswer answer = net.call_and_wait("hello");
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(answer.message, "hello");
  EXPECT_EQ(answer.delivery, Delivery::answered);
}

TEST(UnaryCallTest, StreamTalks) {
  TransportFixture net;
  net.serve(sim::echo_stream);
  sim::RecordedStream stream;
  net.open(stream);
  EXPECT_EQ(stream.stream->send("one"), 0u);
  EXPECT_EQ(stream.stream->send("two"), 1u);
  ASSERT_TRUE(net.wait_for([&] { return stream.messages.size() == 2; }));
  stream.stream->finish_sending();
  ASSERT_TRUE(net.wait_for([&] { return stream.ended > 0; }));
  EXPECT_TRUE(stream.end->status.ok()) << stream.end->status.message;
}

}  // namespace
}  // namespace tikv::rpc
