#include "tikv/task.h"

#include <gtest/gtest.h>

#include "support/started.h"

namespace tikv {
namespace {

/// A leaf to suspend on and to resume by hand.
struct Gate {
  std::coroutine_handle<> waiting;
  struct Awaiter {
    Gate& gate;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept { gate.waiting = handle; }
    void await_resume() const noexcept {}
    ~Awaiter() { gate.waiting = nullptr; }
    explicit Awaiter(Gate& g) : gate(g) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
  };
  Awaiter wait() { return Awaiter(*this); }
  void open() { std::exchange(waiting, nullptr).resume(); }
};

using test::Started;

Error boom() { return {ErrorKind::server_error, "boom"}; }

Task<int> immediate(int value) { co_return value; }
Task<int> failing() { co_return boom(); }
Task<int> gated(Gate& gate, int value) {
  co_await gate.wait();
  co_return value;
}
Task<int> gated_failure(Gate& gate) {
  co_await gate.wait();
  co_return boom();
}

struct Flag {
  bool* set;
  explicit Flag(bool* flag) : set(flag) {}
  ~Flag() { *set = true; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;
};

TEST(Task, IsLazy) {
  bool ran = false;
  auto coroutine = [](bool& flag) -> Task<int> {
    flag = true;
    co_return 1;
  };
  { auto task = coroutine(ran); }
  EXPECT_FALSE(ran);
}

TEST(Task, ThatEndsAtOnceGivesItsValue) {
  Started<int> run(immediate(7));
  ASSERT_TRUE(run.result.has_value());
  EXPECT_EQ(run.result->value(), 7);
}

TEST(Task, ThatWaitsGivesItsValueLater) {
  Gate gate;
  auto parent = [](Gate& g) -> Task<int> {
    auto value = co_await gated(g, 20);
    co_return *value + 1;
  };
  Started<int> run(parent(gate));
  EXPECT_FALSE(run.result.has_value());
  gate.open();
  ASSERT_TRUE(run.result.has_value());
  EXPECT_EQ(run.result->value(), 21);
}

TEST(Task, OkLeavesWithTheErrorOfAChildThatEndsAtOnce) {
  bool destroyed = false;
  bool went_on = false;
  auto parent = [](bool& gone, bool& on) -> Task<std::string> {
    Flag flag(&gone);
    auto value = co_await ok(failing());
    on = true;
    co_return std::to_string(value);
  };
  Started<std::string> run(parent(destroyed, went_on));
  ASSERT_TRUE(run.result.has_value());
  EXPECT_EQ(run.result->error().message(), "boom");
  EXPECT_TRUE(destroyed);
  EXPECT_FALSE(went_on);
}

TEST(Task, OkLeavesThroughSeveralLevelsAfterAWait) {
  Gate gate;
  bool destroyed = false;
  auto inner = [](Gate& g, bool& gone) -> Task<int> {
    Flag flag(&gone);
    co_return co_await ok(gated_failure(g)) + 1;
  };
  auto outer = [](Gate& g, bool& gone, auto& call) -> Task<void> {
    co_await ok(call(g, gone));
    co_return {};
  };
  Started<void> run(outer(gate, destroyed, inner));
  EXPECT_FALSE(run.result.has_value());
  gate.open();
  ASSERT_TRUE(run.result.has_value());
  EXPECT_FALSE(run.result->has_value());
  EXPECT_TRUE(destroyed);
}

TEST(Task, OkUnwrapsAValueAfterAWait) {
  Gate gate;
  auto parent = [](Gate& g) -> Task<int> {
    int value = co_await ok(gated(g, 3));
    co_return value * 2;
  };
  Started<int> run(parent(gate));
  gate.open();
  EXPECT_EQ(run.result->value(), 6);
}

TEST(Task, AnExceptionIsRethrownWhereItIsAwaited) {
  auto child = []() -> Task<int> {
    throw std::runtime_error("user");
    co_return 1;
  };
  auto parent = [](auto& call) -> Task<int> {
    try {
      co_await ok(call());
    } catch (const std::runtime_error&) {
      co_return 42;
    }
    co_return 0;
  };
  Started<int> run(parent(child));
  EXPECT_EQ(run.result->value(), 42);
}

TEST(Task, AnExceptionThatLeavesTheRootIsHandedOver) {
  auto child = []() -> Task<int> {
    throw std::runtime_error("user");
    co_return 1;
  };
  Started<int> run(child());
  EXPECT_TRUE(run.exception);
  EXPECT_EQ(run.result->error().kind(), ErrorKind::user_exception);
}

TEST(Task, AbandonDestroysWhatWaitsAndAnswersOnce) {
  Gate gate;
  bool destroyed = false;
  auto parent = [](Gate& g, bool& gone) -> Task<int> {
    Flag flag(&gone);
    co_return co_await ok(gated(g, 1));
  };
  Started<int> run(parent(gate, destroyed));
  run.root.abandon(Error(ErrorKind::client_closed, "closed"));
  EXPECT_TRUE(destroyed);
  EXPECT_FALSE(gate.waiting);
  EXPECT_EQ(run.result->error().kind(), ErrorKind::client_closed);
}

TEST(Task, AMillionAwaitsThatEndAtOnceDoNotGrowTheStack) {
  auto loop = []() -> Task<long> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await ok(immediate(1));
    co_return sum;
  };
  Started<long> run(loop());
  EXPECT_EQ(run.result->value(), 1'000'000);
}

TEST(Task, AMillionWaitsDoNotGrowTheStack) {
  Gate gate;
  auto loop = [](Gate& g) -> Task<long> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await ok(gated(g, 1));
    co_return sum;
  };
  Started<long> run(loop(gate));
  while (!run.result) gate.open();
  EXPECT_EQ(run.result->value(), 1'000'000);
}

// Compilers are free to do anything with these; g++ does not even warn.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
Task<void> without_co_return(bool early) {
  if (early) co_return {};
}
Task<int> without_an_answer(bool early) {
  if (early) co_return 1;
}
#pragma GCC diagnostic pop
Task<void> awaits_a_task_without_co_return() {
  co_await ok(without_co_return(false));
  co_return {};
}

TEST(Task, WithoutCoReturnEndsWithAnErrorThatSaysSo) {
  EXPECT_TRUE(Started<void>(without_co_return(true)).result->has_value());
  const Started<void> nothing(without_co_return(false));
  ASSERT_FALSE(*nothing.result);
  EXPECT_EQ(nothing.result->error().kind(), ErrorKind::user_exception);
  EXPECT_NE(nothing.result->error().message().find("co_return {};"), std::string::npos);
  const Started<int> number(without_an_answer(false));
  ASSERT_FALSE(*number.result);
  const Started<void> outer(awaits_a_task_without_co_return());
  ASSERT_FALSE(*outer.result);
  EXPECT_EQ(outer.result->error().kind(), ErrorKind::user_exception);
}

Task<int> without_memory() {
  throw std::bad_alloc();
  co_return 1;
}

TEST(Task, ThatFindsNoMemoryIsAnErrorOfThatKind) {
  const Started<int> task(without_memory());
  ASSERT_FALSE(*task.result);
  EXPECT_EQ(task.result->error().kind(), ErrorKind::resource_exhausted);
}

}  // namespace
}  // namespace tikv
