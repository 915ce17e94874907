// In an Asio program: every call with a completion token, beside the program's own sockets and timers.
#include <tikv/asio.h>

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include <algorithm>
#include <iostream>
#include <string>

//! [asio]
/// In Asio's coroutines, each call resumes on the coroutine's own executor.
asio::awaitable<void> greet(const tikv::AsyncRawClient& client) {
  auto put = co_await tikv::async_run(client, client.put("greeting", "hello"), asio::use_awaitable);
  if (!put) std::cerr << put.error() << '\n';
  auto greeting = co_await tikv::async_run(client, client.get("greeting"), asio::use_awaitable);
  if (greeting) std::cout << "coroutine: " << greeting->value_or("(nothing there)") << '\n';
}

/// A callback says where it runs; without that Asio would choose a thread of its own.
void greet_back(const tikv::AsyncRawClient& client, asio::io_context& io) {
  auto print = [](const auto& greeting) {
    if (greeting) std::cout << "callback: " << greeting->value_or("(nothing there)") << '\n';
  };
  tikv::async_run(client, client.get("greeting"), asio::bind_executor(io, print));
}

/// A task of this library is one call to Asio. What takes long runs on a pool; the client's loop goes on.
tikv::Task<std::string> shout(const tikv::AsyncRawClient& client, asio::thread_pool& pool) {
  auto value = co_await ok(client.get("greeting"));
  auto in_capitals = [text = value.value_or("")]() mutable {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
  };
  auto loud = co_await ok(tikv::run_on(client, pool, std::move(in_capitals)));
  co_await ok(client.put("shout", loud));
  co_return loud;
}
//! [asio]

int main(int argc, char** argv) {
  const auto client = tikv::AsyncRawClient::connect(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  asio::io_context io;
  asio::co_spawn(io, greet(client), asio::detached);
  io.run();

  greet_back(client, io);
  io.restart();
  io.run();  // returns when no call is under way any more

  asio::thread_pool pool(1);
  std::future<tikv::Result<std::string>> loud = tikv::async_run(client, shout(client, pool), asio::use_future);
  std::cout << "task: " << loud.get().value() << '\n';

  asio::cancellation_signal stop;
  auto told = [](const auto& result) {  // the answer may have been faster
    std::cout << "cancelled call: " << (result ? "answered" : to_string(result.error().kind())) << '\n';
  };
  tikv::async_run(client, client.get("greeting"),
                  asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(io, told)));
  stop.emit(asio::cancellation_type::terminal);
  io.restart();
  io.run();
}
