// What a call costs below everything that is TiKV's: empty unary calls to grpc-go's interoperability
// server. Three ways: blocking (the caller takes the loop), posted (the caller posts and then waits,
// as without the baton), and callbacks with N in flight on the loop. One line a cell: throughput,
// user and system CPU and voluntary context switches of this process for each call.
//
//   transport_bench [calls per cell, default 20000] [rounds, default 3]

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "interop_client.h"
#include "interop_server.h"

namespace {

using tikv::interop::InteropClient;
namespace rpc = tikv::rpc;
using Clock = std::chrono::steady_clock;

constexpr std::string_view method = "/grpc.testing.TestService/EmptyCall";

struct Usage {
  double user;
  double system;
  double switches;
};

Usage usage_now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return {micros(usage.ru_utime), micros(usage.ru_stime), static_cast<double>(usage.ru_nvcsw)};
}

void measure(const char* way, int in_flight, int calls, const std::function<void()>& run) {
  const Usage before = usage_now();
  const auto start = Clock::now();
  run();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const Usage after = usage_now();
  std::printf("%-9s %3d in flight  %8.0f calls/s  %6.1f us user  %6.1f us system  %5.2f switches\n", way, in_flight,
              calls / seconds, (after.user - before.user) / calls, (after.system - before.system) / calls,
              (after.switches - before.switches) / calls);
  std::fflush(stdout);
}

void check(const rpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "a call failed: %s\n", status.message.c_str());
  std::exit(1);
}

void blocking(InteropClient& client, int threads, int calls, bool posted) {
  std::vector<std::thread> callers;
  for (int i = 0; i < threads; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < calls / threads; ++call) {
        const auto answer =
            posted ? client.unary_posted(client.start(method), "") : client.unary(client.start(method), "");
        check(answer.status);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

/// Keeps one call in flight until the common count is used up.
class Slot final : public rpc::UnaryHandler {
 public:
  Slot(InteropClient& client, int& left, int& ended) : client_(client), left_(left), ended_(ended) {}
  void next() {
    if (left_ == 0) return;
    --left_;
    call_ = client_.transport().unary(client_.start(method), "", *this);
  }
  void on_answer(rpc::UnaryAnswer answer) override {
    check(answer.status);
    ++ended_;
    next();
  }

 private:
  InteropClient& client_;
  int& left_;
  int& ended_;
  std::unique_ptr<rpc::Call> call_;
};

void callbacks(InteropClient& client, int in_flight, int calls) {
  int left = calls;
  int ended = 0;
  std::vector<std::unique_ptr<Slot>> slots;
  client.run([&] {
    for (int i = 0; i < in_flight; ++i) slots.push_back(std::make_unique<Slot>(client, left, ended));
    for (const auto& slot : slots) slot->next();
  });
  client.wait([&] { return ended == calls; });
  client.run([&] { slots.clear(); });
}

}  // namespace

int main(int count, char** arguments) {
  const int calls = count > 1 ? std::atoi(arguments[1]) : 20'000;
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 3;
  if (!tikv::interop::InteropServer::available()) {
    std::fputs("the interop server is not built: ctest -R Interop.BuildServer builds it\n", stderr);
    return 1;
  }
  const tikv::interop::InteropServer server;
  InteropClient client(server.plain());
  check(client.unary(client.start(method), "").status);
  for (int round = 0; round < rounds; ++round) {
    for (const int threads : {1, 4, 16}) {
      measure("blocking", threads, calls, [&] { blocking(client, threads, calls, false); });
      measure("posted", threads, calls, [&] { blocking(client, threads, calls, true); });
    }
    for (const int in_flight : {1, 16, 64}) {
      measure("callbacks", in_flight, calls, [&] { callbacks(client, in_flight, calls); });
    }
  }
}
