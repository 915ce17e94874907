// The bridge to Asio with real threads: the client's loop and executors race, and one of them ends.
// Meant for the sanitizers; what is counted here holds in every order.

#include <gtest/gtest.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "api/client_core.h"
#include "support/net/listener.h"
#include "tikv/asio.h"

namespace tikv {
namespace {

using namespace std::chrono_literals;

/// A client with a thread and sockets, that has met no cluster: nobody is where it looks for one.
class Client {
 public:
  Client() {
    options_.pd_addresses = {nobody_.address()};
    options_.observer = silent_observer();
    core_ = std::make_shared<detail::ClientCore>(options_, detail::make_world(options_).value());
    raw.emplace(detail::ClientAccess::wrap(core_));
    core_.reset();
  }

 private:
  testing_support::Listener nobody_{testing_support::Listener::Mode::refusing};
  ClientOptions options_;
  std::shared_ptr<detail::ClientCore> core_;

 public:
  std::optional<AsyncRawClient> raw;
};

Task<int> immediate(int value) { co_return value; }

TEST(AsioThreads, EveryTaskCompletesOnceOnTheExecutor) {
  constexpr int count = 5000;
  const Client client;
  ::asio::thread_pool pool(2);
  std::atomic<int> completed = 0;
  std::atomic<int> elsewhere = 0;
  for (int i = 0; i < count; ++i) {
    async_run(*client.raw, immediate(i), ::asio::bind_executor(pool, [&](const Result<int>& result) {
      if (!pool.get_executor().running_in_this_thread()) ++elsewhere;
      if (result) ++completed;
    }));
  }
  pool.join();  // there is work until the last has completed
  EXPECT_EQ(completed, count);
  EXPECT_EQ(elsewhere, 0);
}

TEST(AsioThreads, AContextEndsWhileResultsComeIn) {
  const Client client;
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> completed = 0;
    const auto token = std::make_shared<int>(0);
    {
      ::asio::io_context io;
      for (int i = 0; i < 20; ++i) {
        async_run(*client.raw, immediate(i),
                  ::asio::bind_executor(io, [&completed, token](const Result<int>&) { ++completed; }));
      }
      io.poll();
    }
    EXPECT_LE(completed, 20);
    EXPECT_EQ(token.use_count(), 1) << "no handler is left anywhere";
  }
}

TEST(AsioThreads, AClientEndsWhileItsCallsAreUnderWay) {
  for (int round = 0; round < 20; ++round) {
    Client client;
    ::asio::io_context io;
    int ended = 0;
    for (int i = 0; i < 10; ++i) {  // PD cannot be reached: these wait
      async_run(*client.raw, client.raw->get("key"), ::asio::bind_executor(io, [&](const auto& result) {
        EXPECT_FALSE(result);
        ++ended;
      }));
    }
    client.raw->close(0ms);
    client.raw.reset();
    io.run();
    EXPECT_EQ(ended, 10);
  }
}

TEST(AsioThreads, SignalsRaceWithResults) {
  const Client client;
  ::asio::io_context io;
  int ended = 0;
  for (int i = 0; i < 300; ++i) {
    ::asio::cancellation_signal signal;
    async_run(*client.raw, client.raw->get("key"),
              ::asio::bind_cancellation_slot(signal.slot(), ::asio::bind_executor(io, [&](const auto& result) {
                                               EXPECT_FALSE(result);
                                               ++ended;
                                             })));
    signal.emit(::asio::cancellation_type::terminal);
    io.restart();
    io.run();
  }
  EXPECT_EQ(ended, 300);
}

TEST(AsioThreads, FunctionsRunElsewhereAndTasksComeBack) {
  const Client client;
  ::asio::thread_pool pool(2);
  auto work = [](const AsyncRawClient& raw, ::asio::thread_pool& where) -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 50; ++i) {
      auto square = [i] { return i * i; };
      sum += co_await ok(run_on(raw, where, square));
    }
    co_return sum;
  };
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(work(*client.raw, pool));
  const auto sums = client.raw->run(gather(std::move(tasks))).value();
  for (const Result<int>& sum : sums) EXPECT_EQ(sum.value(), 49 * 50 * 99 / 6);
  pool.join();
}

}  // namespace
}  // namespace tikv
