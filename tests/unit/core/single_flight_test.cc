// Who waited together hears of a failure as of its own.

#include "core/single_flight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/started.h"
#include "testing/sim_loop.h"

namespace tikv::core {
namespace {

using std::chrono::milliseconds;
using test::Started;
using ::testing::HasSubstr;
using ::testing::Not;

class SharedFailureTest : public ::testing::Test {
 protected:
  OperationStart start(std::string_view name, std::uint64_t id, milliseconds timeout = milliseconds(1000)) {
    OperationStart result;
    result.name = name;
    result.id = id;
    result.timeout = timeout;
    return result;
  }
  /// Ten milliseconds, then as `outcome` says.
  static Task<void> fetch(SharedFailureTest& test, Operation& operation) {
    ++test.flights;
    const bool rested = co_await Sleep(operation, milliseconds(10));
    if (!rested) co_return operation.interruption_error("fetching");
    co_return operation.tell(test.outcome);
  }
  Task<void> join(Operation& operation) {
    std::function<Task<void>()> fly = [this, &operation] { return fetch(*this, operation); };
    return flight.run(operation, std::move(fly), "waiting for the others");
  }

  testing::SimLoop loop;
  std::shared_ptr<Observer> observer = silent_observer();
  OperationList operations;
  SingleFlight flight;
  const Error outcome = Error(ErrorKind::server_error, "nothing there");
  int flights = 0;
};

TEST_F(SharedFailureTest, AFailureIsToldToEachAsItsOwn) {
  Operation flyer(loop, *observer, operations, start("raw_put", 1));
  Operation waiter(loop, *observer, operations, start("raw_get", 2));
  Doubt doubt;
  doubt.raise(flyer);  // a write of the first one is in doubt; the other only reads
  Started<void> first(join(flyer));
  Started<void> second(join(waiter));
  loop.run_for(milliseconds(10));
  ASSERT_TRUE(first.ended() && second.ended());
  EXPECT_EQ(flights, 1);
  const Error& of_flyer = first.result->error();
  const Error& of_waiter = second.result->error();
  EXPECT_THAT(of_flyer.message(), HasSubstr("raw_put (operation 1): nothing there"));
  EXPECT_TRUE(of_flyer.undetermined());
  EXPECT_EQ(of_waiter.kind(), ErrorKind::server_error);
  EXPECT_THAT(of_waiter.message(), HasSubstr("raw_get (operation 2): nothing there"));
  EXPECT_THAT(of_waiter.message(), Not(HasSubstr("operation 1")));
  EXPECT_THAT(of_waiter.message(), Not(HasSubstr("may have been applied")));
  EXPECT_FALSE(of_waiter.undetermined());
  EXPECT_TRUE(of_waiter.attempts().empty());
}

TEST_F(SharedFailureTest, ADoubtOfOneWhoWaitsIsNotForgotten) {
  Operation flyer(loop, *observer, operations, start("raw_get", 1));
  Operation waiter(loop, *observer, operations, start("raw_put", 2));
  Doubt doubt;
  doubt.raise(waiter);
  Started<void> first(join(flyer));
  Started<void> second(join(waiter));
  loop.run_for(milliseconds(10));
  EXPECT_FALSE(first.result->error().undetermined());
  EXPECT_TRUE(second.result->error().undetermined());
}

}  // namespace
}  // namespace tikv::core
