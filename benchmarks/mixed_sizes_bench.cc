// Small gets beside a scan and a batch_get of large values on the same store: what they wait, and what memory
// the large calls take beyond their data. And what small values pay for it: a scan and a batch_get of many.
//
//   mixed_sizes_bench PD [rounds, default 3]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "tikv/raw_client.h"

namespace {

using Clock = std::chrono::steady_clock;
using Millis = std::chrono::duration<double, std::milli>;

constexpr std::size_t large_count = 1024;
constexpr std::size_t large_bytes = 200'000;
constexpr std::size_t small_count = 100'000;
constexpr std::size_t small_asked = 10'000;

std::string key_of(const char* kind, std::size_t number) {
  // One region of a sandbox: the store of the small gets is that of the large values.
  return std::string("k/") + kind + "/" + std::to_string(1'000'000 + number);
}

template <class T>
T take(tikv::Result<T> result) {
  if (!result) {
    std::cerr << result.error() << '\n';
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Of this process, bytes: `VmRSS` or, of all that was, `VmHWM`.
std::size_t memory(const std::string& what) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(what + ":")) return std::strtoul(line.c_str() + what.size() + 1, nullptr, 10) << 10;
  }
  return 0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

struct Gets {
  std::vector<double> latencies;
  bool stop = false;
};

/// Small gets, one after the other, until they are to stop.
tikv::Task<void> small_gets(const tikv::AsyncRawClient& client, Gets& gets) {
  for (std::size_t i = 0; !gets.stop; ++i) {
    const auto begin = Clock::now();
    co_await ok(client.get(key_of("small", i % small_count)));
    gets.latencies.push_back(Millis(Clock::now() - begin).count());
  }
  co_return {};
}

tikv::Task<std::size_t> large_call(const tikv::AsyncRawClient& client, bool scan, std::vector<std::string> keys,
                                   Gets& gets) {
  const tikv::KeyRange range = tikv::KeyRange::prefix("k/large/");
  tikv::ScanOptions options;
  options.limit = 10 * large_count;
  tikv::Task<std::vector<tikv::KeyValue>> task = scan ? client.scan(range, options) : client.batch_get(std::move(keys));
  const tikv::Result<std::vector<tikv::KeyValue>> found = co_await std::move(task);
  gets.stop = true;
  if (!found) co_return found.error();
  co_return memory("VmRSS");
}

void print(const char* name, double milliseconds, std::vector<double> latencies, double extra) {
  std::sort(latencies.begin(), latencies.end());
  const auto part = [&](double share) {
    return latencies[std::min(latencies.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(latencies.size())))];
  };
  std::printf("%-22s %7.0f ms  %6zu gets beside: p50 %7.3f ms  p99 %8.3f ms  max %8.3f ms", name, milliseconds,
              latencies.size(), part(0.5), part(0.99), latencies.back());
  if (milliseconds > 0) std::printf("  memory beyond the data %6.1f MiB", extra);
  std::printf("\n");
  std::fflush(stdout);
}

void beside(const tikv::RawClient& client, const char* name, bool scan) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < large_count; ++i) keys.push_back(key_of("large", i));
  const std::size_t before = memory("VmRSS");
  forget_peak();
  Gets gets;
  const auto begin = Clock::now();
  std::vector<tikv::Task<void>> four;
  for (int i = 0; i < 4; ++i) four.push_back(small_gets(client.async(), gets));
  tikv::Task<std::vector<tikv::Result<void>>> all = tikv::gather(std::move(four));
  client.async().spawn<std::size_t>(large_call(client.async(), scan, std::move(keys), gets), [](auto result) {
    if (!result) std::cerr << result.error() << '\n';
  });
  for (const auto& each : take(client.async().run(std::move(all)))) take(each);
  const double took = Millis(Clock::now() - begin).count();
  const double beyond = static_cast<double>(memory("VmHWM") - before) - static_cast<double>(large_count * large_bytes);
  print(name, took, gets.latencies, beyond / (1 << 20));
}

void alone(const tikv::RawClient& client) {
  Gets gets;
  for (std::size_t i = 0; i < 5000; ++i) {
    const auto begin = Clock::now();
    take(client.get(key_of("small", i * 7 % small_count)));
    gets.latencies.push_back(Millis(Clock::now() - begin).count());
  }
  print("gets alone", 0, gets.latencies, 0);
}

void many_small(const tikv::RawClient& client) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < small_asked; ++i) keys.push_back(key_of("small", i * 9));
  auto begin = Clock::now();
  const auto scanned = take(client.scan(tikv::KeyRange::prefix("k/small/"), {.limit = 10 * small_count}));
  const double scan = Millis(Clock::now() - begin).count();
  begin = Clock::now();
  const auto got = take(client.batch_get(std::move(keys)));
  const double batch = Millis(Clock::now() - begin).count();
  begin = Clock::now();
  for (int i = 0; i < 300; ++i)
    take(client.scan(tikv::KeyRange::from(key_of("small", 300U * static_cast<unsigned>(i))), {.limit = 100}));
  const double short_scans = Millis(Clock::now() - begin).count();
  std::printf("small values: scan of %zu %.1f ms, batch_get of %zu %.1f ms, a scan of 100 %.3f ms\n", scanned.size(),
              scan, got.size(), batch, short_scans / 300);
  std::fflush(stdout);
}

void fill(const tikv::RawClient& client) {
  for (std::size_t i = 0; i < small_count; i += 500) {
    std::vector<tikv::KeyValue> pairs;
    for (std::size_t j = i; j < i + 500; ++j) pairs.push_back({key_of("small", j), std::string(100, 's')});
    take(client.batch_put(std::move(pairs)));
  }
  for (std::size_t i = 0; i < large_count; ++i) take(client.put(key_of("large", i), std::string(large_bytes, 'L')));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: mixed_sizes_bench PD [rounds]\n";
    return 2;
  }
  const auto connect = [&] { return take(tikv::RawClient::connect(tikv::ClientOptions::parse(argv[1]).value())); };
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  {
    const tikv::RawClient client = connect();
    fill(client);
  }
  for (int round = 0; round < rounds; ++round) {
    {
      const tikv::RawClient client = connect();
      many_small(client);
      alone(client);
    }
    const tikv::RawClient fresh = connect();  // knows nothing of what values weigh
    take(fresh.get(key_of("small", 0)));
    beside(fresh, "scan", true);
    const tikv::RawClient another = connect();
    take(another.get(key_of("small", 0)));
    beside(another, "batch_get", false);
  }
}
