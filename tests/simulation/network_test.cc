// The simulated network keeps the contract of the real one.
#include "testing/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testing/simulation.h"
#include "wire/pdpb.h"

namespace tikv::testing {
namespace {

using std::chrono::milliseconds;

struct Asked final : rpc::UnaryHandler {
  void on_answer(rpc::UnaryAnswer given) override {
    answer.emplace(std::move(given));
    if (then) then();
  }
  std::optional<rpc::UnaryAnswer> answer;
  std::function<void()> then;
  std::unique_ptr<rpc::Call> call;
};

struct Heard final : rpc::StreamHandler {
  void on_message(std::string message) override { messages.push_back(std::move(message)); }
  void on_drained() override { ++drained; }
  void on_end(rpc::StreamEnd ending) override { end.emplace(std::move(ending)); }
  std::vector<std::string> messages;
  int drained = 0;
  std::optional<rpc::StreamEnd> end;
  std::unique_ptr<rpc::Stream> stream;
};

/// Gives the message with this number its fate.
struct OneFault final : FaultPlan {
  Fate fate(const MessageSeen& message) override { return message.number == number ? drawn : Fate{}; }
  std::uint64_t number = 0;
  Fate drawn;
};

class NetworkTest : public ::testing::Test {
 protected:
  NetworkTest() : simulation({}), transport(simulation.network().transport("client")) {
    simulation.network().set_plan(&plan);
    plan.number = 1'000'000;
  }
  ~NetworkTest() override { simulation.network().set_plan(nullptr); }

  void ask(Asked& asked, core::Time deadline = core::never, const char* address = "pd1:2379") {
    rpc::CallStart start;
    start.address = address;
    start.method = "/pdpb.PD/GetMembers";
    start.deadline = deadline;
    asked.call = transport->unary(std::move(start), "", asked);
    EXPECT_FALSE(asked.answer.has_value()) << "told inside the call that started it";
  }
  void open(Heard& heard) {
    rpc::CallStart start;
    start.address = "pd1:2379";
    start.method = "/pdpb.PD/Tso";
    heard.stream = transport->stream(std::move(start), heard);
  }
  [[nodiscard]] std::string tso_request() {
    wire::pdpb::TsoRequest request;
    wire::ensure(request.header).cluster_id = simulation.cluster().cluster_id();
    request.count = 1;
    return wire::encode(request);
  }
  void run() { simulation.loop().run_for(std::chrono::seconds(60)); }

  OneFault plan;
  Simulation simulation;
  std::unique_ptr<rpc::Transport> transport;
};

struct FateRow {
  Fate fate;
  std::optional<Delivery> delivery;  ///< none: never answered
  rpc::Failure failure = rpc::Failure::none;
};

TEST_F(NetworkTest, EachFateOfACallIsToldAsTheRealTransportWould) {
  using Travel = Fate::Travel;
  using Seen = Fate::Seen;
  constexpr auto none = rpc::StatusCode::ok;
  const std::vector<FateRow> rows{
      {{}, Delivery::answered},
      {{Travel::not_sent, Seen::answer, none, {}}, Delivery::not_sent, rpc::Failure::connection_lost},
      {{Travel::refused, Seen::answer, none, {}}, Delivery::refused},
      {{Travel::cannot_connect, Seen::answer, none, {}}, Delivery::not_sent, rpc::Failure::connect},
      {{Travel::lost, Seen::reset, none, {}}, Delivery::maybe_processed, rpc::Failure::connection_lost},
      {{Travel::delivered, Seen::reset, none, {}}, Delivery::maybe_processed, rpc::Failure::connection_lost},
      {{Travel::late, Seen::reset, none, milliseconds(5)}, Delivery::maybe_processed, rpc::Failure::connection_lost},
      {{Travel::delivered, Seen::status, rpc::StatusCode::unavailable, {}}, Delivery::maybe_processed},
      {{Travel::delivered, Seen::status, rpc::StatusCode::internal, {}}, Delivery::answered},
      {{Travel::delivered, Seen::silence, none, {}}, std::nullopt},
  };
  for (const FateRow& row : rows) {
    plan.number = simulation.network().messages();
    plan.drawn = row.fate;
    Asked asked;
    ask(asked);
    run();
    ASSERT_EQ(asked.answer.has_value(), row.delivery.has_value()) << to_string(row.fate);
    if (!row.delivery) {
      EXPECT_EQ(asked.call->delivery(), Delivery::maybe_processed);
      continue;
    }
    EXPECT_EQ(asked.answer->delivery, *row.delivery) << to_string(row.fate);
    EXPECT_EQ(asked.answer->status.failure, row.failure) << to_string(row.fate);
    EXPECT_EQ(asked.call->delivery(), *row.delivery) << to_string(row.fate);
  }
  EXPECT_EQ(simulation.network().open_calls(), 0U);
}

TEST_F(NetworkTest, NobodyAtTheAddressIsAConnectFailure) {
  Asked asked;
  ask(asked, core::never, "nowhere:1");
  run();
  ASSERT_TRUE(asked.answer.has_value());
  EXPECT_EQ(asked.answer->delivery, Delivery::not_sent);
  EXPECT_EQ(asked.answer->status.failure, rpc::Failure::connect);
}

TEST_F(NetworkTest, DeadlineEndsASilentCallInTime) {
  plan.number = 0;
  plan.drawn = {Fate::Travel::lost, Fate::Seen::silence, {}, {}};
  Asked asked;
  const core::Time deadline = simulation.loop().now() + milliseconds(70);
  asked.then = [&] { EXPECT_EQ(simulation.loop().now(), deadline); };
  ask(asked, deadline);
  run();
  ASSERT_TRUE(asked.answer.has_value());
  EXPECT_EQ(asked.answer->status.code, rpc::StatusCode::deadline_exceeded);
  EXPECT_EQ(asked.answer->delivery, Delivery::maybe_processed);
}

TEST_F(NetworkTest, BreakEndsAllThatIsOnTheConnection) {
  Heard heard;
  open(heard);
  simulation.loop().run_for(milliseconds(10));
  plan.number = simulation.network().messages();
  plan.drawn = {Fate::Travel::lost, Fate::Seen::reset, {}, {}};
  Asked asked;
  ask(asked);
  run();
  ASSERT_TRUE(heard.end.has_value());
  EXPECT_EQ(heard.end->status.failure, rpc::Failure::connection_lost);
  EXPECT_EQ(simulation.network().open_streams(), 0U);
}

TEST_F(NetworkTest, StreamKeepsTheOrderOfItsMessagesAndSaysWhenItHasDrained) {
  Heard heard;
  open(heard);
  for (int i = 0; i < 20; ++i) heard.stream->send(tso_request());
  EXPECT_EQ(heard.stream->staged_bytes(), 20 * tso_request().size());
  EXPECT_EQ(heard.stream->delivery(0), Delivery::not_sent);
  EXPECT_EQ(heard.drained, 0) << "never inside a call";
  run();
  EXPECT_EQ(heard.drained, 1);
  EXPECT_EQ(heard.stream->staged_bytes(), 0U);
  EXPECT_EQ(heard.stream->delivery(19), Delivery::maybe_processed);
  ASSERT_EQ(heard.messages.size(), 20U);
  std::int64_t last = 0;
  for (const std::string& message : heard.messages) {
    wire::pdpb::TsoResponse response;
    ASSERT_TRUE(wire::decode(message, response));
    const std::int64_t now = (response.timestamp->physical << 18) + response.timestamp->logical;
    EXPECT_GT(now, last);
    last = now;
  }
}

TEST_F(NetworkTest, MessageThatIsStillStagedWhenTheStreamDiesWasNotSent) {
  Heard heard;
  open(heard);
  plan.number = simulation.network().messages() + 1;  // the second of them
  plan.drawn = {Fate::Travel::not_sent, Fate::Seen::answer, {}, {}};
  heard.stream->send(tso_request());
  heard.stream->send(tso_request());
  heard.stream->send(tso_request());
  run();
  ASSERT_TRUE(heard.end.has_value());
  EXPECT_EQ(heard.stream->delivery(0), Delivery::maybe_processed);
  EXPECT_EQ(heard.stream->delivery(1), Delivery::not_sent);
  EXPECT_EQ(heard.stream->delivery(2), Delivery::not_sent);
}

/// Messages that are said to have left.
struct Left final : NetworkListener {
  void on_event(const NetworkEvent& event) override { count += event.kind == NetworkEvent::Kind::left ? 1 : 0; }
  int count = 0;
};

TEST_F(NetworkTest, WhatWasRefusedHasLeftIfItsClientDoesNotLearnOfTheRefusal) {
  const Node pd{Node::Kind::pd, 1};
  Left left;
  simulation.network().add_listener(left);
  for (const bool learns : {true, false}) {
    left.count = 0;
    simulation.network().set_slow(pd, {});
    Heard heard;
    open(heard);
    simulation.loop().run_for(milliseconds(10));
    simulation.network().set_slow(pd, milliseconds(50));
    plan.number = simulation.network().messages();
    plan.drawn = {Fate::Travel::refused, Fate::Seen::answer, {}, {}};
    heard.stream->send(tso_request());
    simulation.loop().run_for(milliseconds(10));
    EXPECT_EQ(heard.stream->delivery(0), Delivery::maybe_processed);
    if (!learns) simulation.network().break_connections(pd);
    run();
    ASSERT_TRUE(heard.end.has_value());
    EXPECT_EQ(heard.stream->delivery(0), learns ? Delivery::refused : Delivery::maybe_processed);
    EXPECT_EQ(left.count, learns ? 0 : 1);
  }
}

TEST_F(NetworkTest, ClosingEndsEverythingAndNothingStartsAfterwards) {
  Asked asked;
  Heard heard;
  ask(asked);
  open(heard);
  transport->close();
  EXPECT_FALSE(asked.answer.has_value());
  run();
  ASSERT_TRUE(asked.answer.has_value());
  EXPECT_EQ(asked.answer->status.failure, rpc::Failure::closed);
  ASSERT_TRUE(heard.end.has_value());
  EXPECT_EQ(heard.end->status.failure, rpc::Failure::closed);
  Asked later;
  ask(later);
  run();
  EXPECT_EQ(later.answer->status.failure, rpc::Failure::closed);
  EXPECT_EQ(later.answer->delivery, Delivery::not_sent);
}

TEST_F(NetworkTest, StoreThatStopsTakesItsConnectionsAndWhatIsUnderWayAlong) {
  Asked asked;
  ask(asked, core::never, "store1:20160");
  const std::uint64_t store = simulation.cluster().regions().stores().begin()->first;
  const std::string address = simulation.cluster().regions().stores().begin()->second.meta.address;
  Asked first;
  ask(first, core::never, address.c_str());
  simulation.loop().run_for(milliseconds(10));
  Asked second;
  ask(second, core::never, address.c_str());
  simulation.stop_store(store);
  run();
  ASSERT_TRUE(second.answer.has_value());
  EXPECT_EQ(second.answer->delivery, Delivery::maybe_processed);
  EXPECT_EQ(second.answer->status.failure, rpc::Failure::connection_lost);
}

}  // namespace
}  // namespace tikv::testing
