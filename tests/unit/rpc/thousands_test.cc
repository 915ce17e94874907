// More ends in one turn than are told in one go.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::RecordedCall;
using sim::TransportFixture;

constexpr std::size_t many = 25'000;

std::size_t told(const std::vector<RecordedCall>& recorded) {
  return static_cast<std::size_t>(
      std::count_if(recorded.begin(), recorded.end(), [](const RecordedCall& each) { return each.told == 1; }));
}

TEST(ThousandsOfCalls, ThatCannotConnectAreAllToldAndOthersGetTheirTurn) {
  TransportFixture net;  // nobody listens
  std::vector<RecordedCall> calls(many);
  for (RecordedCall& each : calls) net.call(each);
  std::size_t told_at_the_turn = 0;
  calls.front().then = [&] { net.loop.post([&] { told_at_the_turn = told(calls); }); };
  net.wait_for([&] { return told(calls) == many; });
  EXPECT_EQ(told(calls), many);
  EXPECT_GT(told_at_the_turn, 0U);
  EXPECT_LT(told_at_the_turn, many) << "what was posted waited for all of them";
}

TEST(ThousandsOfCalls, WhoseTransportIsClosedAreAllTold) {
  TransportFixture net;
  std::vector<RecordedCall> calls(many);
  for (RecordedCall& each : calls) net.call(each);
  net.transport->close();
  net.loop.run_for(1s);
  EXPECT_EQ(told(calls), many);
}

TEST(ThousandsOfCalls, AreServedOverOneConnection) {
  TransportFixture net;
  net.serve(sim::echo);
  std::vector<RecordedCall> calls(many);
  for (RecordedCall& each : calls) net.call(each, "r");
  net.wait_for([&] { return told(calls) == many; });
  EXPECT_TRUE(std::all_of(calls.begin(), calls.end(),
                          [](const RecordedCall& each) { return each.told == 1 && each.answer->status.ok(); }));
  EXPECT_EQ(net.connector.links.size(), 1U);
}

}  // namespace
}  // namespace tikv::rpc
