// The bridge to Asio over a simulated cluster, in virtual time: both loops run on the test's thread,
// so that each order of events can be had.

#include "tikv/asio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include "support/simulated_client.h"

namespace tikv {
namespace {

using namespace std::chrono_literals;
using test::CallSeen;
using test::Fate;
using test::SimulatedClient;
using ::testing::HasSubstr;
using Value = std::optional<std::string>;

class AsioTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.connect().has_value());
    ASSERT_TRUE(world.run(client().put("key", "value")));
  }
  [[nodiscard]] const AsyncRawClient& client() const { return *world.client; }
  /// Stores say nothing to writes, or to nothing at all, from now on.
  void silence_stores() {
    world.faults.decide = [](const CallSeen& call) {
      return call.method.find("Tikv") == std::string_view::npos ? Fate::deliver : Fate::silence;
    };
  }
  /// The client's loop runs for a moment, in which an answer comes if one will.
  void run_client() { world.loop->run_for(100ms); }
  /// A callback that keeps what came.
  template <class T>
  auto keep(std::optional<Result<T>>& into) {
    return ::asio::bind_executor(io, [&into](Result<T> result) { into.emplace(std::move(result)); });
  }

  SimulatedClient world;
  ::asio::io_context io;
};

TEST_F(AsioTest, ACallbackGetsTheResultOnItsExecutorAndNowhereElse) {
  auto strand = ::asio::make_strand(io);
  bool on_strand = false;
  std::optional<Result<Value>> got;
  async_run(client(), client().get("key"), ::asio::bind_executor(strand, [&](Result<Value> result) {
              on_strand = strand.running_in_this_thread();
              got.emplace(std::move(result));
            }));
  std::optional<Result<void>> done;
  async_run(client(), client().put("other", "x"), keep(done));
  run_client();
  EXPECT_FALSE(got.has_value()) << "the client's loop calls no handler";
  EXPECT_EQ(io.run(), 2U);
  EXPECT_EQ(got.value().value(), "value");
  EXPECT_TRUE(on_strand);
  EXPECT_TRUE(done.value().has_value());
}

TEST_F(AsioTest, AFutureGetsTheResult) {
  std::future<Result<Value>> got = async_run(client(), client().get("key"), ::asio::use_future);
  std::future<Result<void>> put = async_run(client(), client().put("k", "v"), ::asio::use_future);
  std::future<bool> there = async_run(client(), client().get("key"),
                                      ::asio::use_future([](const Result<Value>& v) { return v.has_value(); }));
  run_client();
  EXPECT_EQ(got.get().value(), "value");
  EXPECT_TRUE(put.get().has_value());
  EXPECT_TRUE(there.get());
}

TEST_F(AsioTest, AnAwaitableGetsTheResult) {
  const auto copy = [](const AsyncRawClient& raw) -> ::asio::awaitable<std::string> {
    auto value = co_await async_run(raw, raw.get("key"), ::asio::use_awaitable);
    auto put = co_await async_run(raw, raw.put("copy", value.value().value()), ::asio::use_awaitable);
    put.value();
    auto again = co_await async_run(raw, raw.get("copy"), ::asio::use_awaitable);
    co_return again.value().value();
  };
  std::string result;
  ::asio::co_spawn(io, copy(client()), [&](const std::exception_ptr&, std::string copied) { result = copied; });
  while (!io.stopped()) {
    io.poll();
    run_client();
  }
  EXPECT_EQ(result, "value");
}

TEST_F(AsioTest, ACallUnderWayIsWorkOfItsExecutor) {
  std::optional<Result<Value>> got;
  async_run(client(), client().get("key"), keep(got));
  EXPECT_EQ(io.poll(), 0U);
  EXPECT_FALSE(io.stopped());
  run_client();
  EXPECT_EQ(io.poll(), 1U);
  EXPECT_TRUE(io.stopped());
  EXPECT_TRUE(got.has_value());
}

TEST_F(AsioTest, AClosedClientAnswersLater) {
  client().close();
  std::optional<Result<Value>> got;
  async_run(client(), client().get("key"), keep(got));
  EXPECT_FALSE(got.has_value());
  io.run();
  EXPECT_EQ(got.value().error().kind(), ErrorKind::client_closed);
}

TEST_F(AsioTest, AnExceptionThatLeavesTheTaskIsAResult) {
  auto throwing = []() -> Task<int> {
    throw std::runtime_error("oh");
    co_return 1;
  };
  std::optional<Result<int>> got;
  async_run(client(), throwing(), keep(got));
  run_client();
  io.run();
  EXPECT_EQ(got.value().error().kind(), ErrorKind::user_exception);
  EXPECT_THAT(got.value().error().message(), HasSubstr("oh"));
}

// --- Cancellation ---------------------------------------------------------------------------------

TEST_F(AsioTest, ASignalEndsACallAndAWriteInDoubtStaysInDoubt) {
  silence_stores();
  ::asio::cancellation_signal signal;
  std::optional<Result<void>> put;
  async_run(client(), client().put("key", "new"), ::asio::bind_cancellation_slot(signal.slot(), keep(put)));
  run_client();
  signal.emit(::asio::cancellation_type::total);  // would promise that nothing was written
  run_client();
  EXPECT_EQ(io.poll(), 0U);
  signal.emit(::asio::cancellation_type::terminal);
  EXPECT_EQ(io.poll(), 0U) << "not inside the signal";
  run_client();
  io.run();
  EXPECT_EQ(put.value().error().kind(), ErrorKind::cancelled);
  EXPECT_TRUE(put.value().error().undetermined());
  signal.emit(::asio::cancellation_type::terminal);  // nobody listens any more
}

TEST_F(AsioTest, ASignalBeforeTheCallBeginsEndsIt) {
  ::asio::cancellation_signal signal;
  std::optional<Result<Value>> got;
  async_run(client(), client().get("key"), ::asio::bind_cancellation_slot(signal.slot(), keep(got)));
  signal.emit(::asio::cancellation_type::partial);
  run_client();
  io.run();
  EXPECT_EQ(got.value().error().kind(), ErrorKind::cancelled);
}

TEST_F(AsioTest, ASignalThroughAnAwaitableEndsTheCall) {
  silence_stores();
  const auto wait = [](const AsyncRawClient& raw) -> ::asio::awaitable<ErrorKind> {
    auto value = co_await async_run(raw, raw.get("key"), ::asio::use_awaitable);
    co_return value.error().kind();
  };
  ::asio::cancellation_signal signal;
  std::optional<ErrorKind> kind;
  ::asio::co_spawn(io, wait(client()),
                   ::asio::bind_cancellation_slot(
                       signal.slot(), [&](const std::exception_ptr&, ErrorKind seen) { kind.emplace(seen); }));
  io.poll();
  run_client();
  signal.emit(::asio::cancellation_type::terminal);
  run_client();
  io.run();
  EXPECT_EQ(kind, ErrorKind::cancelled);
}

Task<std::vector<ErrorKind>> put_thrice(const AsyncRawClient& raw) {
  std::vector<ErrorKind> kinds;
  for (int i = 0; i < 3; ++i) {
    const Result<void> put = co_await raw.put("key", "new");
    kinds.push_back(put ? ErrorKind::internal : put.error().kind());  // internal: it went well
  }
  co_return kinds;
}

TEST_F(AsioTest, ASignalEndsWhatTheTaskBeginsLaterAndNothingOfOtherTasks) {
  // The first write of each task goes well, then the stores fall silent.
  ::asio::cancellation_signal signal;
  std::optional<Result<std::vector<ErrorKind>>> ours;
  std::optional<Result<std::vector<ErrorKind>>> others;
  async_run(client(), put_thrice(client()), ::asio::bind_cancellation_slot(signal.slot(), keep(ours)));
  async_run(client(), put_thrice(client()), keep(others));
  std::uint64_t commands = 0;
  world.faults.decide = [&](const CallSeen& call) {
    if (call.method.find("Tikv") == std::string_view::npos) return Fate::deliver;
    return ++commands > 1 ? Fate::silence : Fate::deliver;  // one message carries both first writes
  };
  run_client();
  signal.emit(::asio::cancellation_type::terminal);
  world.loop->run_for(1s);
  io.poll();
  ASSERT_TRUE(ours.has_value());
  EXPECT_THAT(ours->value(), ::testing::ElementsAre(ErrorKind::internal, ErrorKind::cancelled, ErrorKind::cancelled));
  EXPECT_FALSE(others.has_value()) << "waits until its deadline";
  world.loop->run_for(60s);
  io.poll();
  EXPECT_THAT(others.value().value(),
              ::testing::ElementsAre(ErrorKind::internal, ErrorKind::deadline_exceeded, ErrorKind::deadline_exceeded));
}

TEST_F(AsioTest, ASignalEndsAScannerAndWhatComesAfterIt) {
  auto scan = [](const AsyncRawClient& raw) -> Task<std::vector<ErrorKind>> {
    std::vector<ErrorKind> kinds;
    AsyncScanner scanner = raw.scanner(KeyRange::all());
    const auto page = co_await scanner.next_page();
    kinds.push_back(page ? ErrorKind::internal : page.error().kind());
    const Result<void> put = co_await raw.put("key", "new");
    kinds.push_back(put ? ErrorKind::internal : put.error().kind());
    co_return kinds;
  };
  silence_stores();
  ::asio::cancellation_signal signal;
  std::optional<Result<std::vector<ErrorKind>>> kinds;
  async_run(client(), scan(client()), ::asio::bind_cancellation_slot(signal.slot(), keep(kinds)));
  run_client();
  signal.emit(::asio::cancellation_type::terminal);
  run_client();
  io.poll();
  EXPECT_THAT(kinds.value().value(), ::testing::ElementsAre(ErrorKind::cancelled, ErrorKind::cancelled));
}

TEST_F(AsioTest, AScopeOfTheCallsOwnWorksBesidesTheSlot) {
  silence_stores();
  CancelScope scope;
  ::asio::cancellation_signal signal;
  std::optional<Result<Value>> by_scope;
  std::optional<Result<Value>> by_signal;
  const ReadOptions options{.cancel = &scope};
  CancelScope unused;
  async_run(client(), client().get("key", options), ::asio::bind_cancellation_slot(signal.slot(), keep(by_scope)));
  run_client();
  scope.cancel();
  run_client();
  io.poll();
  EXPECT_EQ(by_scope.value().error().kind(), ErrorKind::cancelled);
  async_run(client(), client().get("key", {.cancel = &unused}),
            ::asio::bind_cancellation_slot(signal.slot(), keep(by_signal)));
  run_client();
  signal.emit(::asio::cancellation_type::terminal);
  run_client();
  io.restart();
  io.poll();
  EXPECT_EQ(by_signal.value().error().kind(), ErrorKind::cancelled);
}

// --- Ends of lives --------------------------------------------------------------------------------

TEST_F(AsioTest, AContextThatEndsFirstDestroysTheHandlerUncalled) {
  auto own = std::make_unique<::asio::io_context>();
  const auto alive = std::make_shared<bool>(false);
  async_run(client(), client().get("key"),
            ::asio::bind_executor(::asio::make_strand(*own), [alive](const Result<Value>&) { *alive = true; }));
  async_run(client(), client().put("key", "new"),
            ::asio::bind_executor(*own, [alive](const Result<void>&) { *alive = true; }));
  EXPECT_EQ(alive.use_count(), 3);
  own.reset();
  EXPECT_EQ(alive.use_count(), 1);
  run_client();
  EXPECT_FALSE(*alive);
  EXPECT_EQ(world.run(client().get("key")).value(), "new") << "the call itself went on";
}

TEST_F(AsioTest, AContextThatEndsWithAnAwaitableInsideDestroysIt) {
  auto own = std::make_unique<::asio::io_context>();
  const auto alive = std::make_shared<bool>(false);
  const auto wait = [](const AsyncRawClient& raw, std::shared_ptr<bool> flag) -> ::asio::awaitable<void> {
    auto value = co_await async_run(raw, raw.get("key"), ::asio::use_awaitable);
    *flag = value.has_value();
  };
  ::asio::co_spawn(*own, wait(client(), alive), [](const std::exception_ptr&) {});
  own->poll();
  EXPECT_GT(alive.use_count(), 1);
  own.reset();
  EXPECT_EQ(alive.use_count(), 1);
  run_client();
  EXPECT_FALSE(*alive);
}

TEST_F(AsioTest, AClientThatEndsFirstAnswersSo) {
  silence_stores();
  std::optional<Result<Value>> got;
  std::optional<Result<void>> put;
  async_run(client(), client().get("key"), keep(got));
  run_client();
  async_run(client(), client().put("key", "new"), keep(put));
  world.client.reset();
  world.core.reset();
  io.run();
  EXPECT_EQ(got.value().error().kind(), ErrorKind::client_closed);
  EXPECT_EQ(put.value().error().kind(), ErrorKind::client_closed);
}

// --- Away from the loop and back ------------------------------------------------------------------

template <class Function>
auto on_io(const AsyncRawClient& raw, ::asio::io_context& where, Function function) {
  return run_on(raw, where, std::move(function));
}

TEST_F(AsioTest, AFunctionRunsOnItsExecutorAndTheTaskGoesOnOnItsLoop) {
  auto work = [](const AsyncRawClient& raw, ::asio::io_context& where) -> Task<std::string> {
    auto value = co_await ok(raw.get("key"));
    auto twice = [text = *value, &where] { return where.get_executor().running_in_this_thread() ? text + text : ""; };
    auto doubled = co_await ok(run_on(raw, where, std::move(twice)));
    auto nothing = [] {};
    co_await ok(run_on(raw, where.get_executor(), nothing));
    co_await ok(raw.put("key", doubled));  // refused elsewhere than on the loop
    co_return doubled;
  };
  std::optional<Result<std::string>> got;
  client().spawn<std::string>(work(client(), io), [&](Result<std::string> result) { got.emplace(std::move(result)); });
  for (int i = 0; i < 4; ++i) {
    run_client();
    io.restart();
    io.poll();
  }
  EXPECT_EQ(got.value().value(), "valuevalue");
}

TEST_F(AsioTest, WhatTheFunctionFailsWithIsWhatTheTaskGets) {
  auto failing = [](const AsyncRawClient& raw, ::asio::io_context& where) -> Task<std::string> {
    auto refuse = []() -> Result<int> { return Error(ErrorKind::unsupported, "not this"); };
    auto refused = co_await run_on(raw, where, refuse);
    auto raise = []() -> int { throw std::runtime_error("oh"); };
    try {
      (void)co_await run_on(raw, where, raise);
    } catch (const std::runtime_error& thrown) {
      co_return std::string(to_string(refused.error().kind())) + " " + thrown.what();
    }
    co_return std::string("not thrown");
  };
  std::optional<Result<std::string>> got;
  async_run(client(), failing(client(), io), keep(got));
  for (int i = 0; i < 4; ++i) {
    run_client();
    io.poll();
  }
  EXPECT_EQ(got.value().value(), "unsupported oh");
}

TEST_F(AsioTest, AFunctionThatItsContextDropsIsAnErrorOfTheTask) {
  auto own = std::make_unique<::asio::io_context>();
  std::optional<Result<int>> got;
  async_run(client(), on_io(client(), *own, [] { return 1; }), keep(got));
  run_client();
  own.reset();
  run_client();
  io.run();
  EXPECT_EQ(got.value().error().kind(), ErrorKind::cancelled);
  EXPECT_THAT(got.value().error().message(), HasSubstr("without running it"));
}

TEST_F(AsioTest, AFunctionThatIsAwayWhenTheClientClosesIsNotMissed) {
  std::optional<Result<int>> got;
  client().spawn<int>(on_io(client(), io, [] { return 1; }),
                      [&](Result<int> result) { got.emplace(std::move(result)); });
  run_client();
  client().close(0ms);
  EXPECT_EQ(got.value().error().kind(), ErrorKind::client_closed);
  EXPECT_EQ(io.run(), 1U);
}

TEST_F(AsioTest, ASignalReachesWhatIsBegunAfterTheWayBack) {
  auto work = [](const AsyncRawClient& raw, ::asio::io_context& where) -> Task<void> {
    auto nothing = [] {};
    co_await ok(run_on(raw, where, nothing));
    co_return co_await raw.put("key", "new");
  };
  ::asio::cancellation_signal signal;
  std::optional<Result<void>> got;
  async_run(client(), work(client(), io), ::asio::bind_cancellation_slot(signal.slot(), keep(got)));
  run_client();
  signal.emit(::asio::cancellation_type::terminal);
  io.poll();
  run_client();
  io.poll();
  EXPECT_EQ(got.value().error().kind(), ErrorKind::cancelled);
}

/// A coroutine of a program's own type, that nobody waits for.
struct Fire {
  struct promise_type {
    Fire get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

TEST_F(AsioTest, ACoroutineOfAnotherTypeLeavesForAnExecutor) {
  bool there = false;
  const auto leave = [](::asio::io_context& where, bool& done) -> Fire {
    co_await resume_on(where);
    done = where.get_executor().running_in_this_thread();
  };
  leave(io, there);
  EXPECT_FALSE(there);
  io.run();
  EXPECT_TRUE(there);
}

}  // namespace
}  // namespace tikv
