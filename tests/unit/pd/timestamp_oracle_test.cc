// Timestamps for thousands at once, and from a PD that is wrong.
#include "pd/timestamp_oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/started.h"
#include "testing/sim_loop.h"

namespace tikv::pd {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Streams to PD on which a test answers.
class OracleTransport final : public rpc::Transport {
 public:
  struct Opened {
    std::string address;
    rpc::StreamHandler* handler = nullptr;  // null once it is destroyed
    std::vector<wire::pdpb::TsoRequest> requests;
  };

  std::unique_ptr<rpc::Call> unary(rpc::CallStart, std::string, rpc::UnaryHandler&) override { return nullptr; }
  std::unique_ptr<rpc::Stream> stream(rpc::CallStart start, rpc::StreamHandler& handler) override {
    auto opened = std::make_shared<Opened>();
    opened->address = start.address;
    opened->handler = &handler;
    streams.push_back(opened);
    return std::make_unique<StreamOfIt>(std::move(opened));
  }
  void forget(std::string_view) override {}
  void close() override {}

  std::vector<std::shared_ptr<Opened>> streams;

 private:
  class StreamOfIt final : public rpc::Stream {
   public:
    explicit StreamOfIt(std::shared_ptr<Opened> opened) : opened_(std::move(opened)) {}
    ~StreamOfIt() override { opened_->handler = nullptr; }
    std::uint64_t send(std::string message) override {
      EXPECT_TRUE(wire::decode(message, opened_->requests.emplace_back()));
      return opened_->requests.size() - 1;
    }
    void finish_sending() override {}
    void cancel() override {}
    [[nodiscard]] Delivery delivery(std::uint64_t) const noexcept override { return Delivery::maybe_processed; }
    [[nodiscard]] std::size_t staged_bytes() const noexcept override { return 0; }

   private:
    std::shared_ptr<Opened> opened_;
  };
};

constexpr std::uint64_t most_at_once = 10'000;

/// Who waits for a timestamp, in an operation of its own.
struct Caller {
  Caller(core::Loop& loop, Observer& observer, core::OperationList& list)
      : operation(loop, observer, list, start()), waiter(operation) {}
  static core::OperationStart start() {
    core::OperationStart result;
    result.name = "timestamp";
    result.timeout = 20s;
    return result;
  }
  static Task<std::uint64_t> wait(core::Operation& operation, TimestampOracle::Waiter& waiter) {
    auto& reply = waiter.reply();
    std::optional<Result<std::uint64_t>> timestamp = co_await reply;
    if (!timestamp) co_return operation.interruption_error("waiting for a timestamp");
    co_return *std::move(timestamp);
  }
  void begin() { started.emplace(wait(operation, waiter)); }
  [[nodiscard]] bool ended() const { return started->ended(); }
  [[nodiscard]] const Result<std::uint64_t>& result() const { return *started->result; }

  core::Operation operation;
  TimestampOracle::Waiter waiter;
  std::optional<test::Started<std::uint64_t>> started;
};

class TimestampOracleTest : public ::testing::Test {
 protected:
  Caller& ask(const std::string& leader = "pd:1", std::uint64_t cluster = 7) {
    callers.push_back(std::make_unique<Caller>(loop, *observer, operations));
    oracle.request(callers.back()->waiter, leader, cluster);
    callers.back()->begin();
    return *callers.back();
  }
  void ask_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ask();
  }
  OracleTransport::Opened& stream() { return *transport.streams.back(); }
  [[nodiscard]] std::vector<std::uint32_t> counts() {
    std::vector<std::uint32_t> all;
    for (const auto& request : stream().requests) all.push_back(request.count);
    return all;
  }
  /// The answer to a request of so many, whose last timestamp is this one.
  void answer(std::uint64_t last, std::uint32_t count) {
    wire::pdpb::TsoResponse response;
    wire::ensure(response.header).cluster_id = 7;
    response.count = count;
    wire::ensure(response.timestamp).physical = static_cast<std::int64_t>(last >> 18);
    wire::ensure(response.timestamp).logical = static_cast<std::int64_t>(last & ((1U << 18) - 1));
    stream().handler->on_message(wire::encode(response));
  }
  /// As PD does: answers each request until nobody waits.
  void answer_all() {
    for (std::size_t i = 0; i < stream().requests.size(); ++i) {
      const std::uint32_t count = stream().requests[i].count;
      clock += count + 5;
      answer(clock, count);
    }
  }
  [[nodiscard]] std::vector<std::uint64_t> timestamps() const {
    std::vector<std::uint64_t> all;
    for (const auto& caller : callers) {
      if (caller && caller->ended() && caller->result()) all.push_back(*caller->result());
    }
    return all;
  }

  testing::SimLoop loop;
  std::shared_ptr<Observer> observer = silent_observer();
  core::OperationList operations;
  OracleTransport transport;
  TimestampOracle oracle{loop, transport, 3s};
  std::vector<std::unique_ptr<Caller>> callers;
  std::uint64_t clock = std::uint64_t{1000} << 18;
};

TEST_F(TimestampOracleTest, MoreWaitersThanOneRequestMayCarryLeaveInSeveralEachWithATimestampOfItsOwn) {
  ask_many(25'003);
  EXPECT_THAT(counts(), ElementsAre(1)) << "who comes while one is on its way waits for the next";
  answer_all();
  EXPECT_THAT(counts(), ElementsAre(1, 10'000, 10'000, 5'002));
  const std::vector<std::uint64_t> all = timestamps();
  ASSERT_EQ(all.size(), 25'003U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), std::less_equal<>())) << "first come, first served, no two alike";
  EXPECT_EQ(oracle.requests_sent(), 4U);
  EXPECT_EQ(oracle.timestamps_given(), 25'003U);
}

TEST_F(TimestampOracleTest, WaitersThatGoLeaveNoTraceInTheBatchesOfOthers) {
  ask_many(23'000);
  // Before they are cut into requests, in each of what will be the requests, and while it is under way.
  for (std::size_t i = 5; i < callers.size(); i += 7) callers[i].reset();
  answer(++clock, 1);
  for (std::size_t i = 3; i < callers.size(); i += 11) callers[i].reset();
  for (std::size_t i = 1; i < stream().requests.size(); ++i) {
    const std::uint32_t count = stream().requests[i].count;
    EXPECT_LE(count, most_at_once);
    clock += count;
    answer(clock, count);
    for (std::size_t each = i * 5000; each < callers.size(); each += 13) callers[each].reset();
  }
  std::uint64_t before = 0;
  for (const auto& caller : callers) {
    if (!caller) continue;
    ASSERT_TRUE(caller->ended());
    ASSERT_TRUE(caller->result()) << caller->result().error();
    ASSERT_GT(caller->result().value(), before);
    before = *caller->result();
  }
}

TEST_F(TimestampOracleTest, ThousandsWhoWaitAreAllToldWhenTheStreamEndsAndMayAskAnew) {
  ask_many(12'000);
  answer(++clock, 1);
  stream().handler->on_end({{rpc::StatusCode::unavailable, "it broke", rpc::Failure::connection_lost}, {}});
  std::size_t failed = 0;
  for (const auto& caller : callers) failed += caller->ended() && !caller->result() ? 1U : 0U;
  EXPECT_EQ(failed, 11'999U);
  Caller& again = ask();
  ASSERT_THAT(transport.streams, SizeIs(2));
  answer_all();
  EXPECT_TRUE(again.ended() && again.result());
}

TEST_F(TimestampOracleTest, SilentPdFailsTheWaitersAfterTheTimeOfOneAttempt) {
  Caller& first = ask();
  Caller& queued = ask();
  loop.run_for(2999ms);
  EXPECT_FALSE(first.ended());
  loop.run_for(1ms);
  ASSERT_TRUE(first.ended() && queued.ended());
  ASSERT_FALSE(first.result());
  EXPECT_THAT(first.result().error().message(), HasSubstr("did not answer a request for timestamps in time"));
  EXPECT_EQ(stream().handler, nullptr) << "the silent stream is given up";
}

TEST_F(TimestampOracleTest, TimeOfPdThatGoesBackIsAnErrorAndNobodyGetsATimestamp) {
  ask();
  answer(clock + 100, 1);
  for (const std::uint64_t last : {clock + 100, clock + 99, clock}) {
    Caller& caller = ask();
    answer(last, 1);
    ASSERT_TRUE(caller.ended());
    ASSERT_FALSE(caller.result());
    EXPECT_THAT(caller.result().error().message(), HasSubstr("timestamps that go back"));
  }
  // The last one of a batch may be new although its first one is not.
  ask();
  Caller& second = ask();
  Caller& third = ask();
  answer(clock + 101, 1);
  answer(clock + 102, 2);
  ASSERT_TRUE(second.ended());
  EXPECT_FALSE(second.result());
  EXPECT_FALSE(third.result());
}

TEST_F(TimestampOracleTest, AnotherNumberOfTimestampsThanAskedForIsAnError) {
  ask();
  Caller& second = ask();
  Caller& third = ask();
  answer(++clock, 1);
  answer(clock + 9, 1);
  ASSERT_TRUE(second.ended() && third.ended());
  ASSERT_FALSE(second.result());
  EXPECT_EQ(second.result().error().kind(), ErrorKind::protocol_error);
  Caller& fourth = ask();
  stream().handler->on_message("\xff not a message");
  ASSERT_FALSE(fourth.result());
  EXPECT_EQ(fourth.result().error().kind(), ErrorKind::protocol_error);
}

TEST_F(TimestampOracleTest, ErrorInTheHeaderAndAnAnswerThatNobodyAskedForAreErrors) {
  Caller& caller = ask();
  wire::pdpb::TsoResponse refusal;
  wire::ensure(wire::ensure(refusal.header).error).type = wire::pdpb::ErrorType::not_bootstrapped;
  wire::ensure(wire::ensure(refusal.header).error).message = "not yet";
  stream().handler->on_message(wire::encode(refusal));
  ASSERT_FALSE(caller.result());
  EXPECT_THAT(caller.result().error().message(), HasSubstr("not yet"));
  ask();
  answer(++clock, 1);
  answer(++clock, 1);  // once too often
  EXPECT_EQ(stream().handler, nullptr) << "whoever answers unasked is not believed any more";
}

TEST_F(TimestampOracleTest, MovedLeaderIsAskedOnAStreamOfItsOwnAndWhoWaitedIsToldToAskAgain) {
  Caller& before = ask("pd:1");
  Caller& after = ask("pd:2");
  ASSERT_THAT(transport.streams, SizeIs(2));
  EXPECT_EQ(stream().address, "pd:2");
  ASSERT_TRUE(before.ended());
  EXPECT_FALSE(before.result());
  answer_all();
  EXPECT_TRUE(after.ended() && after.result());
}

}  // namespace
}  // namespace tikv::pd
