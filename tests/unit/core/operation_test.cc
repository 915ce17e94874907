#include "core/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "core/single_flight.h"
#include "core/waits.h"
#include "support/rpc/sim_loop.h"
#include "support/started.h"
#include "tikv/cancel.h"
#include "tikv/gather.h"

namespace tikv::core {
namespace {

using std::chrono::milliseconds;
using test::Started;

/// Everything an operation needs around it, in virtual time.
class OperationTest : public testing::Test {
 public:
  OperationStart start(milliseconds timeout, CancelScope* scope = nullptr) {
    OperationStart result;
    result.name = "raw_get";
    result.id = 7;
    result.timeout = timeout;
    if (scope != nullptr) result.cancel = scope->state();
    return result;
  }

  Task<bool> rest(Operation& operation, milliseconds duration) {
    const bool rested = co_await Sleep(operation, duration);
    co_return rested;
  }
  Task<int> wait_for(Operation& operation, Reply<int>& reply) {
    const std::optional<int> value = co_await reply;
    if (!value) co_return operation.interruption_error("waiting for a number");
    co_return *value;
  }

  rpc::sim::SimLoop loop;
  std::shared_ptr<Observer> observer = silent_observer();
  OperationList operations;
};

TEST_F(OperationTest, SleepEndsAfterItsDuration) {
  Operation operation(loop, *observer, operations, start(milliseconds(1000)));
  Started<bool> sleeper(rest(operation, milliseconds(30)));
  loop.run_for(milliseconds(29));
  EXPECT_FALSE(sleeper.ended());
  loop.run_for(milliseconds(1));
  ASSERT_TRUE(sleeper.ended());
  EXPECT_TRUE(sleeper.result->value());
}

TEST_F(OperationTest, DeadlineEndsASleepAndSaysWhatItWasDoing) {
  Operation operation(loop, *observer, operations, start(milliseconds(50)));
  Started<bool> sleeper(rest(operation, milliseconds(5000)));
  loop.run_for(milliseconds(50));
  ASSERT_TRUE(sleeper.ended());
  EXPECT_FALSE(sleeper.result->value());
  const Error error = operation.interruption_error("waiting for spring");
  EXPECT_EQ(error.kind(), ErrorKind::deadline_exceeded);
  EXPECT_THAT(error.message(), testing::HasSubstr("the timeout of 0.050 s passed while waiting for spring"));
  EXPECT_THAT(error.message(), testing::HasSubstr("raw_get (operation 7)"));
  EXPECT_TRUE(error.retryable());
}

TEST_F(OperationTest, AClauseThatWasSaidIsNotSaidAgain) {
  Operation operation(loop, *observer, operations, start(milliseconds(50)));
  operation.note_obstacle("the store is busy");
  loop.run_for(milliseconds(50));
  const std::string message = operation.interruption_error("waiting because the store is busy").message();
  EXPECT_EQ(message.find("the store is busy"), message.rfind("the store is busy")) << message;
}

TEST_F(OperationTest, AMessageHasALimitWhateverItIsMadeOf) {
  Operation operation(loop, *observer, operations, start(milliseconds(50)));
  const Error error = operation.tell(Error(ErrorKind::internal, std::string(100'000, 'x')));
  EXPECT_LE(error.message().size(), limits::message);
  EXPECT_GE(error.message().size(), limits::message / 2);
}

TEST_F(OperationTest, WaitThatBeginsAfterTheInterruptionEndsAtOnce) {
  Operation operation(loop, *observer, operations, start(milliseconds(50)));
  operation.interrupt(Interruption::cancelled);
  Started<bool> sleeper(rest(operation, milliseconds(5000)));
  ASSERT_TRUE(sleeper.ended());
  EXPECT_FALSE(sleeper.result->value());
}

TEST_F(OperationTest, ReplyThatComesFirstWinsOverTheDeadline) {
  Operation operation(loop, *observer, operations, start(milliseconds(50)));
  Reply<int> reply(operation);
  Started<int> waiter(wait_for(operation, reply));
  reply.set(5);
  ASSERT_TRUE(waiter.ended());
  EXPECT_EQ(waiter.result->value(), 5);
  loop.run_for(milliseconds(100));  // the deadline finds nobody waiting
}

TEST_F(OperationTest, CancelScopeEndsTheWaitFromOutside) {
  CancelScope scope;
  Operation operation(loop, *observer, operations, start(milliseconds(50), &scope));
  Reply<int> reply(operation);
  Started<int> waiter(wait_for(operation, reply));
  scope.cancel();
  EXPECT_FALSE(waiter.ended()) << "the loop, not the cancelling thread, resumes";
  loop.run_ready();
  ASSERT_TRUE(waiter.ended());
  EXPECT_EQ(waiter.result->error().kind(), ErrorKind::cancelled);
}

TEST_F(OperationTest, CancelledScopeEndsLaterOperationsAtOnce) {
  CancelScope scope;
  scope.cancel();
  Operation operation(loop, *observer, operations, start(milliseconds(50), &scope));
  EXPECT_TRUE(operation.interrupted());
}

TEST_F(OperationTest, CancelAfterTheEndOfTheOperationTouchesNothing) {
  CancelScope scope;
  { Operation operation(loop, *observer, operations, start(milliseconds(50), &scope)); }
  scope.cancel();
  loop.run_ready();
}

TEST_F(OperationTest, NothingOfAnOperationStaysInItsScopes) {
  CancelScope scope;
  CancelScope of_the_task;
  const Operation lives_on(loop, *observer, operations, start(milliseconds(50), &scope));
  for (int i = 0; i < 100; ++i) {
    OperationStart both = start(milliseconds(50), &scope);
    both.task_scope = of_the_task.state();
    const Operation operation(loop, *observer, operations, std::move(both));
    EXPECT_EQ(scope.state()->listeners(), 2U);
    EXPECT_EQ(of_the_task.state()->listeners(), 1U);
  }
  EXPECT_EQ(scope.state()->listeners(), 1U);
  EXPECT_EQ(of_the_task.state()->listeners(), 0U);
}

TEST_F(OperationTest, CancelPostedBeforeTheEndTouchesNothing) {
  CancelScope scope;
  {
    Operation operation(loop, *observer, operations, start(milliseconds(50), &scope));
    scope.cancel();
  }
  loop.run_ready();
}

TEST_F(OperationTest, InterruptThatDestroysTheOperationIsSafe) {
  auto operation = std::make_unique<Operation>(loop, *observer, operations, start(milliseconds(50)));
  // The reply must die before its operation: it is destroyed in an inner scope.
  auto scoped = [](std::unique_ptr<Operation> owned) -> Task<int> {
    {
      Reply<int> reply(*owned);
      co_await reply;
    }
    owned.reset();
    co_return 1;
  };
  Started<int> waiter(scoped(std::move(operation)));
  operations.interrupt_all(Interruption::closed);
  EXPECT_TRUE(waiter.ended());
  EXPECT_TRUE(operations.empty());
}

TEST_F(OperationTest, InterruptAllEndsManyThatEndEachOther) {
  struct Pair {
    std::unique_ptr<Started<int>> other;
  };
  Pair pair;
  auto killer = [](OperationTest& test, Pair& both, OperationStart begin) -> Task<int> {
    Operation operation(test.loop, *test.observer, test.operations, std::move(begin));
    Reply<int> reply(operation);
    co_await reply;
    both.other.reset();
    co_return 1;
  };
  auto victim = [](OperationTest& test, OperationStart begin) -> Task<int> {
    Operation operation(test.loop, *test.observer, test.operations, std::move(begin));
    Reply<int> reply(operation);
    co_await reply;
    co_return 2;
  };
  pair.other = std::make_unique<Started<int>>(victim(*this, start(milliseconds(50))));
  Started<int> first(killer(*this, pair, start(milliseconds(50))));
  operations.interrupt_all(Interruption::closed);
  EXPECT_TRUE(first.ended());
  EXPECT_TRUE(operations.empty());
}

TEST_F(OperationTest, DoubtMakesTheErrorUndeterminedUntilItIsSettled) {
  Operation operation(loop, *observer, operations, start(milliseconds(50)));
  Doubt doubt;
  doubt.raise(operation);
  const Error error(ErrorKind::unavailable, "no answer");
  EXPECT_TRUE(operation.tell(error).undetermined());
  EXPECT_FALSE(operation.tell(error).retryable());
  EXPECT_THAT(operation.tell(error).message(), testing::HasSubstr("may have been applied"));
  doubt.settle();
  EXPECT_FALSE(operation.tell(error).undetermined());
}

TEST_F(OperationTest, StoryKeepsTheFirstAndTheLastAttempts) {
  Operation operation(loop, *observer, operations, start(milliseconds(50)));
  for (int i = 1; i <= 100; ++i) {
    Attempt attempt;
    attempt.outcome = "try " + std::to_string(i);
    operation.record(attempt);
  }
  const Error error = operation.tell(Error(ErrorKind::unavailable, "gave up"));
  EXPECT_EQ(error.attempts().front().outcome, "try 1");
  EXPECT_EQ(error.attempts().back().outcome, "try 100");
  EXPECT_LE(error.attempts().size(), 10U);
  EXPECT_THAT(error.message(), testing::HasSubstr("100 attempts"));
}

TEST_F(OperationTest, GatherKeepsOrderAndLimit) {
  Operation operation(loop, *observer, operations, start(milliseconds(1000)));
  int running = 0;
  int most = 0;
  auto child = [](Operation& op, int number, int& now, int& peak) -> Task<int> {
    peak = std::max(peak, ++now);
    const bool rested = co_await Sleep(op, milliseconds(10 - number));
    --now;
    if (!rested) co_return op.interruption_error("resting");
    co_return number;
  };
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(child(operation, i, running, most));
  Started<std::vector<Result<int>>> all(gather(std::move(tasks), 3));
  loop.run_for(milliseconds(1000));
  ASSERT_TRUE(all.ended());
  for (int i = 0; i < 10; ++i) EXPECT_EQ((**all.result)[static_cast<std::size_t>(i)].value(), i);
  EXPECT_EQ(most, 3);
}

TEST_F(OperationTest, GatherOfNothingAndOfThingsThatEndAtOnce) {
  Started<std::vector<Result<int>>> none(gather(std::vector<Task<int>>()));
  EXPECT_TRUE(none.ended());
  auto at_once = [](int number) -> Task<int> { co_return number; };
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 10'000; ++i) tasks.push_back(at_once(i));
  Started<std::vector<Result<int>>> all(gather(std::move(tasks), 4));
  ASSERT_TRUE(all.ended());
  EXPECT_EQ((**all.result).size(), 10'000U);
}

TEST_F(OperationTest, GatherDestroyedHalfWayDestroysItsChildren) {
  Operation operation(loop, *observer, operations, start(milliseconds(1000)));
  std::vector<Task<bool>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(rest(operation, milliseconds(100)));
  Started<std::vector<Result<bool>>> all(gather(std::move(tasks), 2));
  all.root.abandon(Error(ErrorKind::client_closed, "closed"));
  loop.run_for(milliseconds(500));
  EXPECT_EQ(all.result->error().kind(), ErrorKind::client_closed);
}

/// Several operations that want the same thing.
class SingleFlightTest : public OperationTest {
 protected:
  Task<void> use(milliseconds timeout, milliseconds flight, Result<void> outcome) {
    Operation operation(loop, *observer, operations, start(timeout));
    std::function<Task<void>()> fly = [this, &operation, flight, outcome] { return one(operation, flight, outcome); };
    co_return co_await single.run(operation, std::move(fly), "waiting for the flight");
  }
  Task<void> one(Operation& operation, milliseconds flight, Result<void> outcome) {
    ++flights;
    const bool rested = co_await Sleep(operation, flight);
    if (!rested) co_return operation.interruption_error("flying");
    co_return outcome;
  }

  SingleFlight single;
  int flights = 0;
};

TEST_F(SingleFlightTest, ManyShareOneFlight) {
  std::vector<std::unique_ptr<Started<void>>> users;
  for (int i = 0; i < 20; ++i) {
    users.push_back(std::make_unique<Started<void>>(use(milliseconds(100), milliseconds(10), {})));
  }
  loop.run_for(milliseconds(10));
  for (const auto& user : users) EXPECT_TRUE(user->ended() && user->result->has_value());
  EXPECT_EQ(flights, 1);
}

TEST_F(SingleFlightTest, FailureIsShared) {
  const Error error(ErrorKind::unavailable, "lost");
  Started<void> first(use(milliseconds(100), milliseconds(10), error));
  Started<void> second(use(milliseconds(100), milliseconds(10), {}));
  loop.run_for(milliseconds(10));
  EXPECT_FALSE(first.result->has_value());
  EXPECT_FALSE(second.result->has_value());
  EXPECT_EQ(flights, 1);
}

TEST_F(SingleFlightTest, WhenThePilotRunsOutOfTimeAnotherFlies) {
  Started<void> impatient(use(milliseconds(5), milliseconds(10), {}));
  Started<void> patient(use(milliseconds(100), milliseconds(10), {}));
  loop.run_for(milliseconds(100));
  EXPECT_EQ(impatient.result->error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_TRUE(patient.result->has_value());
  EXPECT_EQ(flights, 2);
}

TEST_F(SingleFlightTest, AWaiterHasItsOwnDeadline) {
  Started<void> pilot(use(milliseconds(100), milliseconds(50), {}));
  Started<void> passenger(use(milliseconds(5), milliseconds(50), {}));
  loop.run_for(milliseconds(5));
  ASSERT_TRUE(passenger.ended());
  EXPECT_THAT(passenger.result->error().message(), testing::HasSubstr("waiting for the flight"));
  loop.run_for(milliseconds(50));
  EXPECT_TRUE(pilot.result->has_value());
}

TEST_F(SingleFlightTest, WhenThePilotIsDestroyedAnotherFlies) {
  auto pilot = std::make_unique<Started<void>>(use(milliseconds(100), milliseconds(50), {}));
  Started<void> passenger(use(milliseconds(100), milliseconds(50), {}));
  pilot.reset();
  loop.run_for(milliseconds(60));
  EXPECT_TRUE(passenger.result->has_value());
  EXPECT_EQ(flights, 2);
}

}  // namespace
}  // namespace tikv::core
