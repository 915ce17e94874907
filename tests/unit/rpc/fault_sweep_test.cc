// The scripted talk of a unary call and of a stream, broken at every byte, in both directions, in
// every way. The simulated connection knows what the server truly received; the transport must not
// claim less, and for bytes that never left it must not claim more.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "support/rpc/frames.h"
#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::Breakage;
using sim::RecordedCall;
using sim::RecordedStream;
using sim::ScriptedServer;
using sim::SimLink;
using sim::TransportFixture;

enum class Direction { to_server, to_client };
enum class Fault {
  cut,
  stall,
  reset,
  goaway,
  lost,  // the kernel takes everything, but the server gets no more; then the connection is reset
};

const char* name(Fault fault) {
  switch (fault) {
    case Fault::cut:
      return "cut";
    case Fault::stall:
      return "stall";
    case Fault::reset:
      return "reset";
    case Fault::goaway:
      return "goaway";
    case Fault::lost:
      return "lost";
  }
  return "?";
}

struct Counts {
  int runs = 0;
  int by_delivery[4] = {};

  void add(Delivery delivery) {
    ++runs;
    ++by_delivery[static_cast<int>(delivery)];
  }
  void print(const char* talk, Direction direction, Fault fault) const {
    std::printf("[   SWEEP  ] %s, %s, %s: %d runs: %d not sent, %d refused, %d maybe processed, %d answered\n", talk,
                direction == Direction::to_server ? "to server" : "to client", name(fault), runs, by_delivery[0],
                by_delivery[1], by_delivery[2], by_delivery[3]);
  }
};

/// Arranges that the first connection breaks. There is no second: what could not go over the first
/// cannot have reached the server.
void arrange(TransportFixture& net, Direction direction, Fault fault, std::size_t at, const sim::Script& script) {
  net.connector.plan.connecting = sim::LinkPlan::Connecting::is_refused;
  net.connector.next_plans.resize(1);
  sim::LinkPlan& plan = net.connector.next_plans[0];
  plan.chunk = 16;  // both sides act while more is on its way
  plan.delay = 10us;
  const Breakage breakage = fault == Fault::cut     ? Breakage::close
                            : fault == Fault::stall ? Breakage::stall
                            : fault == Fault::reset ? Breakage::fail
                                                    : Breakage::none;
  if (fault == Fault::lost) {
    plan.delivers = at;
  } else if (breakage != Breakage::none) {
    (direction == Direction::to_server ? plan.to_server : plan.to_client) = breakage;
    (direction == Direction::to_server ? plan.to_server_after : plan.to_client_after) = at;
  } else {
    plan.chunk = 1;  // the server then acts at every byte
  }
  net.connector.listen("store:1", [&net, direction, fault, at, script](SimLink& link) {
    const bool first = net.servers.empty();
    auto server = std::make_unique<ScriptedServer>(link, first ? script : sim::Script{});
    net.servers.push_back(server.get());
    if (first && fault == Fault::goaway) {
      auto said = std::make_shared<bool>(false);
      server->on_progress = [said, direction, at](ScriptedServer& self) {
        const std::size_t seen =
            direction == Direction::to_server ? self.link().delivered : self.link().answered.size();
        if (*said || seen < at) return;
        *said = true;
        self.goaway(self.last_id());
        if (self.calls.empty()) self.mute = true;
      };
    }
    return server;
  });
}

/// The whole talk, unbroken: where requests and messages begin, and how long it is.
struct Talk {
  std::size_t to_server = 0;
  std::size_t to_client = 0;
  std::size_t head = 0;               // where the request begins
  std::vector<std::size_t> messages;  // where each message begins
  std::size_t to_server_end = 0;      // where the request is complete
};

Talk measure(const SimLink& link) {
  Talk talk;
  talk.to_server = link.sent.size();
  talk.to_client = link.answered.size();
  const sim::ClientFrames frames = sim::parse_client_frames(link.sent);
  talk.head = frames.head_of(1);
  talk.messages = frames.messages_of(1);
  talk.to_server_end = frames.end_of(1);
  return talk;
}

constexpr std::size_t request_size = 90;

struct UnaryRun {
  UnaryAnswer answer;
  std::size_t received = 0;  // by the server
  std::size_t sent = 0;
  bool processed = false;  // the server saw the whole request
};

UnaryRun run_unary(Direction direction, Fault fault, std::size_t at) {
  TransportFixture net;
  arrange(net, direction, fault, at, sim::echo);
  RecordedCall recorded;
  net.call(recorded, std::string(request_size, 'u'), net.start(30s));
  EXPECT_TRUE(net.loop.run_until([&] { return recorded.told > 0; }));
  EXPECT_LE(net.loop.now(), core::Time(1030s));
  UnaryRun run;
  run.received = net.connector.links[0]->delivered;
  net.loop.run_for(100s);  // nothing comes later
  EXPECT_EQ(recorded.told, 1);
  run.received = std::max(run.received, net.connector.links[0]->delivered);
  run.sent = net.connector.links[0]->sent.size();
  const auto& calls = net.servers[0]->calls;
  run.processed = calls.count(1) != 0 && calls.at(1).ended;
  run.answer = std::move(*recorded.answer);
  return run;
}

void check_unary(const Talk& talk, const UnaryRun& run) {
  const Delivery delivery = run.answer.delivery;
  if (delivery == Delivery::answered) {
    EXPECT_TRUE(run.answer.status.ok());
    EXPECT_EQ(run.answer.message, std::string(request_size, 'u'));
    EXPECT_TRUE(run.processed);
    return;
  }
  EXPECT_FALSE(run.answer.status.ok());
  EXPECT_NE(run.answer.status.message, "");
  if (delivery == Delivery::maybe_processed) {
    EXPECT_GT(run.sent, talk.head) << "nothing of the request had left";
  } else {
    EXPECT_FALSE(run.processed);
  }
  if (delivery == Delivery::not_sent) {
    EXPECT_LE(run.received, talk.head) << "the server has part of the request";
  }
  if (run.received <= talk.head && run.sent <= talk.head) {
    EXPECT_NE(delivery, Delivery::maybe_processed) << "the server has nothing of the request";
  }
}

Talk measure_unary() {
  TransportFixture net;
  arrange(net, Direction::to_server, Fault::goaway, sim::no_limit, sim::echo);
  RecordedCall recorded;
  net.call(recorded, std::string(request_size, 'u'), net.start(30s));
  EXPECT_TRUE(net.loop.run_until([&] { return recorded.told > 0; }));
  EXPECT_TRUE(recorded.answer->status.ok());
  return measure(*net.connector.links[0]);
}

void sweep_unary(Direction direction, Fault fault) {
  const Talk talk = measure_unary();
  ASSERT_GT(talk.head, 24u);
  ASSERT_GT(talk.to_client, 60u);
  Counts counts;
  const std::size_t length = direction == Direction::to_server ? talk.to_server : talk.to_client;
  for (std::size_t at = 0; at <= length; ++at) {
    SCOPED_TRACE(std::string(name(fault)) + " at " + std::to_string(at));
    const UnaryRun run = run_unary(direction, fault, at);
    check_unary(talk, run);
    counts.add(run.answer.delivery);
    const bool breaks = fault != Fault::goaway && fault != Fault::lost;
    if (breaks && direction == Direction::to_server && at <= talk.head) {
      EXPECT_NE(run.answer.delivery, Delivery::maybe_processed);
    }
    if (breaks && direction == Direction::to_server && at > talk.head && at < talk.to_server_end) {
      EXPECT_EQ(run.answer.delivery, Delivery::maybe_processed);
    }
    if (breaks && direction == Direction::to_client && at == length) {
      EXPECT_EQ(run.answer.delivery, Delivery::answered);
    }
    if (testing::Test::HasFailure()) return;
  }
  counts.print("unary call", direction, fault);
}

struct StreamRun {
  std::vector<Delivery> deliveries;
  Status status;
  std::size_t echoed = 0;
  std::size_t received = 0;
  std::size_t sent = 0;
  std::size_t seen_by_server = 0;  // messages
};

constexpr std::size_t stream_messages = 5;

void talk_on_stream(TransportFixture& net, RecordedStream& stream) {
  net.open(stream, net.start(30s));
  stream.stream->send("first");
  stream.stream->send("second");
  stream.on_each = [&stream] {
    const std::size_t next = stream.messages.size() + 1;  // two are ahead
    if (next < stream_messages) stream.stream->send("message " + std::to_string(next));
    if (next + 1 == stream_messages) stream.stream->finish_sending();
  };
  EXPECT_TRUE(net.loop.run_until([&] { return stream.ended > 0; }));
  EXPECT_LE(net.loop.now(), core::Time(1030s));
}

StreamRun run_stream(Direction direction, Fault fault, std::size_t at) {
  TransportFixture net;
  arrange(net, direction, fault, at, sim::echo_stream);
  RecordedStream stream;
  talk_on_stream(net, stream);
  StreamRun run;
  for (std::uint64_t i = 0; i < stream_messages; ++i) run.deliveries.push_back(stream.stream->delivery(i));
  net.loop.run_for(100s);
  EXPECT_EQ(stream.ended, 1);
  EXPECT_EQ(stream.told_after_end, 0);
  run.status = stream.end->status;
  run.echoed = stream.messages.size();
  run.received = net.connector.links[0]->delivered;
  run.sent = net.connector.links[0]->sent.size();
  if (net.servers[0]->calls.count(1) != 0) run.seen_by_server = net.servers[0]->calls.at(1).messages.size();
  return run;
}

void check_stream(const StreamRun& run, const Talk& talk, bool exact) {
  for (std::size_t i = 0; i < run.deliveries.size(); ++i) {
    const Delivery delivery = run.deliveries[i];
    EXPECT_NE(delivery, Delivery::answered);
    const bool untouched = delivery == Delivery::not_sent || delivery == Delivery::refused;
    if (untouched) {
      EXPECT_GE(i, run.seen_by_server) << "the server has message " << i;
      EXPECT_GE(i, run.echoed);
    }
    // The first two messages lie at the same place in every run; those that answers set off may shift.
    if (exact && i < 2) {
      EXPECT_EQ(delivery, run.sent > talk.messages[i] ? Delivery::maybe_processed : Delivery::not_sent) << i;
    }
    if (run.sent <= talk.head) {
      EXPECT_TRUE(untouched);
    }
  }
}

void sweep_stream(Direction direction, Fault fault) {
  TransportFixture net;
  arrange(net, Direction::to_server, Fault::goaway, sim::no_limit, sim::echo_stream);
  RecordedStream whole;
  talk_on_stream(net, whole);
  ASSERT_TRUE(whole.end->status.ok()) << whole.end->status.message;
  ASSERT_EQ(whole.messages.size(), stream_messages);
  const Talk talk = measure(*net.connector.links[0]);
  ASSERT_EQ(talk.messages.size(), stream_messages);
  Counts counts;
  const std::size_t length = direction == Direction::to_server ? talk.to_server : talk.to_client;
  for (std::size_t at = 0; at <= length; ++at) {
    SCOPED_TRACE(std::string(name(fault)) + " at " + std::to_string(at));
    const StreamRun run = run_stream(direction, fault, at);
    check_stream(run, talk, fault != Fault::goaway);
    if (run.status.ok()) {
      EXPECT_EQ(run.echoed, stream_messages);
    }
    for (const Delivery delivery : run.deliveries) counts.add(delivery);
    if (fault != Fault::goaway && direction == Direction::to_client && at == length) {
      EXPECT_TRUE(run.status.ok());
    }
    if (testing::Test::HasFailure()) return;
  }
  counts.print("stream message", direction, fault);
}

class FaultSweepTest : public testing::TestWithParam<std::tuple<Direction, Fault>> {};

TEST_P(FaultSweepTest, UnaryCallTellsHowFarItGotWhereverItIsBroken) {
  sweep_unary(std::get<0>(GetParam()), std::get<1>(GetParam()));
}

TEST_P(FaultSweepTest, StreamTellsHowFarEachMessageGotWhereverItIsBroken) {
  sweep_stream(std::get<0>(GetParam()), std::get<1>(GetParam()));
}

TEST(GoawaySweepTest, ManyCallsAreEachAnsweredOrCertainlyNotProcessedWhereverGoawayComes) {
  Counts counts;
  std::size_t length = 1;
  for (std::size_t at = 0; at <= length; ++at) {
    SCOPED_TRACE("goaway at " + std::to_string(at));
    TransportFixture net;
    arrange(net, Direction::to_server, Fault::goaway, at, sim::echo);
    std::vector<RecordedCall> calls(3);
    for (std::size_t i = 0; i < calls.size(); ++i) net.call(calls[i], std::string(20, static_cast<char>('a' + i)));
    net.loop.run_for(100s);
    length = std::max(length, net.connector.links[0]->sent.size());
    std::string processed;  // by the first letters of the requests
    for (const auto& [id, call] : net.servers[0]->calls) {
      if (call.ended) processed += call.messages.at(0)[0];
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
      ASSERT_EQ(calls[i].told, 1);
      const UnaryAnswer& answer = *calls[i].answer;
      counts.add(answer.delivery);
      const bool was_processed = processed.find(static_cast<char>('a' + i)) != std::string::npos;
      EXPECT_EQ(answer.delivery == Delivery::answered, was_processed) << i;
      EXPECT_NE(answer.delivery, Delivery::maybe_processed) << i << ": " << answer.status.message;
      EXPECT_EQ(answer.status.ok(), was_processed) << answer.status.message;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(counts.by_delivery[static_cast<int>(Delivery::refused)], 0);
  EXPECT_GT(counts.by_delivery[static_cast<int>(Delivery::answered)], 0);
  counts.print("three calls", Direction::to_server, Fault::goaway);
}

std::string name_of(const testing::TestParamInfo<std::tuple<Direction, Fault>>& info) {
  const auto [direction, fault] = info.param;
  return std::string(direction == Direction::to_server ? "to_server_" : "to_client_") + name(fault);
}

INSTANTIATE_TEST_SUITE_P(LostBytes, FaultSweepTest, testing::Values(std::make_tuple(Direction::to_server, Fault::lost)),
                         name_of);

INSTANTIATE_TEST_SUITE_P(EveryByte, FaultSweepTest,
                         testing::Combine(testing::Values(Direction::to_server, Direction::to_client),
                                          testing::Values(Fault::cut, Fault::stall, Fault::reset, Fault::goaway)),
                         name_of);

}  // namespace
}  // namespace tikv::rpc
