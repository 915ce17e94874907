// Raw get and put against a running cluster, closed loop: blocking with N threads, and coroutines
// with N in flight on one thread. Prints one line a cell: throughput, latency, and what this process
// paid in user and system CPU for each call.
//
//   raw_bench PD [calls per cell, default 50000] [rounds, default 3]

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "tikv/raw_client.h"
#include "usage.h"

namespace {

using tikv::benchmarks::Usage;
using tikv::benchmarks::usage_now;

using Clock = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

constexpr std::size_t key_count = 10'000;
constexpr std::size_t value_bytes = 100;

std::string key_of(std::size_t number) {
  // Spread over all regions of a sandbox, whose first keys are letters and digits.
  constexpr char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return std::string(1, letters[number % 62]) + "/bench/" + std::to_string(number);
}

struct Cell {
  std::string face;
  std::string verb;
  std::size_t in_flight = 1;
  std::size_t calls = 0;
};

void print(const Cell& cell, std::vector<double>& latencies, double seconds, Usage before, Usage after) {
  std::sort(latencies.begin(), latencies.end());
  const auto calls = static_cast<double>(latencies.size());
  const auto percentile = [&](double part) {
    return latencies[std::min(latencies.size() - 1, static_cast<std::size_t>(calls * part))];
  };
  std::printf("%-8s %-4s %5zu  %8.0f calls/s  p50 %7.0f us  p99 %7.0f us  user %6.2f us  sys %6.2f us\n",
              cell.face.c_str(), cell.verb.c_str(), cell.in_flight, calls / seconds, percentile(0.5), percentile(0.99),
              (after.user - before.user) / calls, (after.system - before.system) / calls);
  std::fflush(stdout);
}

void check(const tikv::Result<void>& result) {
  if (result) return;
  std::cerr << result.error() << '\n';
  std::exit(1);
}

tikv::Task<void> call(const tikv::AsyncRawClient& client, bool get, std::size_t number, const std::string& value) {
  if (get) {
    co_await ok(client.get(key_of(number % key_count)));
  } else {
    co_await ok(client.put(key_of(number % key_count), value));
  }
  co_return {};
}

/// One of several that take numbers off one counter, all on the client's loop.
tikv::Task<void> worker(const tikv::AsyncRawClient& client, const Cell& cell, std::size_t& next,
                        std::vector<double>& latencies) {
  const std::string value(value_bytes, 'v');
  while (next < cell.calls) {
    const std::size_t number = next++;
    const auto begin = Clock::now();
    co_await ok(call(client, cell.verb == "get", number, value));
    latencies.push_back(Micros(Clock::now() - begin).count());
  }
  co_return {};
}

tikv::Task<void> all_workers(const tikv::AsyncRawClient& client, const Cell& cell, std::vector<double>& latencies) {
  std::size_t next = 0;
  std::vector<tikv::Task<void>> workers;
  for (std::size_t i = 0; i < cell.in_flight; ++i) workers.push_back(worker(client, cell, next, latencies));
  for (const auto& result : co_await ok(tikv::gather(std::move(workers), cell.in_flight))) {
    if (!result) co_return result.error();
  }
  co_return {};
}

void run_async(const tikv::RawClient& client, const Cell& cell) {
  std::vector<double> latencies;
  latencies.reserve(cell.calls);
  const Usage before = usage_now();
  const auto begin = Clock::now();
  check(client.async().run(all_workers(client.async(), cell, latencies)));
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  print(cell, latencies, seconds, before, usage_now());
}

void run_blocking(const tikv::RawClient& client, const Cell& cell) {
  std::vector<std::vector<double>> latencies(cell.in_flight);
  std::atomic<std::size_t> next = 0;
  const Usage before = usage_now();
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < cell.in_flight; ++t) {
    threads.emplace_back([&, t] {
      const std::string value(value_bytes, 'v');
      for (std::size_t number = 0; (number = next++) < cell.calls;) {
        const auto start = Clock::now();
        if (cell.verb == "get") {
          const auto got = client.get(key_of(number % key_count));
          if (!got) check(got.error());
        } else {
          check(client.put(key_of(number % key_count), value));
        }
        latencies[t].push_back(Micros(Clock::now() - start).count());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& part : latencies) all.insert(all.end(), part.begin(), part.end());
  print(cell, all, seconds, before, usage_now());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: raw_bench PD [calls per cell] [rounds] [streams per store; 0: every request by itself]\n";
    return 2;
  }
  tikv::ClientOptions options = tikv::ClientOptions::parse(argv[1]).value();
  if (argc > 4) options.streams_per_store = std::strtoul(argv[4], nullptr, 10);
  const auto client = tikv::RawClient::connect(options).value();
  const std::size_t calls = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 50'000;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 3;
  for (std::size_t i = 0; i < key_count; ++i) {
    if (i % 100 != 0) continue;
    std::vector<tikv::KeyValue> pairs;
    for (std::size_t j = i; j < i + 100; ++j) pairs.push_back({key_of(j), std::string(value_bytes, 'v')});
    check(client.batch_put(std::move(pairs)));
  }
  for (int round = 1; round <= rounds; ++round) {
    std::printf("round %d\n", round);
    for (const std::string verb : {"get", "put"}) {
      for (const std::size_t in_flight : {1U, 16U, 64U, 256U}) {
        const std::size_t cell_calls = in_flight == 1 ? calls / 10 : calls;
        run_async(client, {"async", verb, in_flight, cell_calls});
        run_blocking(client, {"blocking", verb, in_flight, cell_calls});
      }
    }
  }
}
