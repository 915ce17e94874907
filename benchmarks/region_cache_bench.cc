// The cache of regions with a million of them: memory for each, and the time to look one up, to take
// one, and to take the two halves of one that was split.
//
//   region_cache_bench [regions, default 1000000]

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/thread_loop.h"
#include "region/region_cache.h"
#include "rpc/asio_poller.h"

namespace {

using tikv::region::Epoch;
using tikv::region::Peer;
using tikv::region::Region;
using tikv::region::RegionCache;
using tikv::region::RegionPtr;
using Clock = std::chrono::steady_clock;

/// As TiDB's keys of rows: 19 bytes.
std::string key_of(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "t%08u_r%08llu", 42U, static_cast<unsigned long long>(number));
  return text;
}

RegionPtr make(std::uint64_t id, std::string start, std::string end, std::uint64_t version) {
  auto region = std::make_shared<Region>();
  region->id = id;
  region->epoch = Epoch{version, 5};
  region->start = std::move(start);
  region->end = std::move(end);
  for (std::uint64_t store = 1; store <= 3; ++store) region->peers.push_back(Peer{id * 4 + store, store});
  return region;
}

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Nanoseconds for each of `times` calls of `work(i)`.
template <class Work>
double each(std::uint64_t times, const Work& work) {
  const Clock::time_point begin = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) work(i);
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / static_cast<double>(times);
}

void line(const char* what, double nanoseconds) { std::printf("%-44s %10.0f ns\n", what, nanoseconds); }

void measure(tikv::core::Loop& loop, std::uint64_t count) {
  const std::size_t before = resident_bytes();
  RegionCache cache(loop);
  const double insert = each(count, [&](std::uint64_t i) {
    cache.insert(make(i + 1, i == 0 ? "" : key_of(10 * i), i + 1 == count ? "" : key_of(10 * (i + 1)), 1));
  });
  const double bytes = static_cast<double>(resident_bytes() - before) / static_cast<double>(count);

  std::mt19937_64 random(1);
  std::vector<std::string> keys;
  for (int i = 0; i < 1 << 20; ++i) keys.push_back(key_of(random() % (10 * count)));
  std::uint64_t sum = 0;  // so that nothing is left out
  const double scattered = each(keys.size(), [&](std::uint64_t i) { sum += cache.find(keys[i])->id; });
  const double hot = each(1 << 20, [&](std::uint64_t i) { sum += cache.find(keys[i & 15])->id; });
  const double leader = each(100'000, [&](std::uint64_t i) { cache.set_leader(cache.find(keys[i]), 1 + (i % 3)); });
  std::uint64_t next_id = count + 1;
  const double split = each(100'000, [&](std::uint64_t i) {
    const RegionPtr old = cache.find(keys[i]);
    const std::string middle = old->start + "5";
    const std::uint64_t version = old->epoch.version + 1;
    cache.insert(make(next_id++, old->start, middle, version));
    cache.insert(make(old->id, middle, old->end, version));
  });

  std::printf("%-44s %10.0f bytes\n", "memory for each region, its keys included", bytes);
  line("take a region (made from scratch)", insert);
  line("look up, random key", scattered);
  line("look up, one of 16 keys", hot);
  line("look up and note another leader, random", leader);
  line("look up and split, random", split);
  std::printf("%zu regions at the end (%llu)\n", cache.size(), static_cast<unsigned long long>(sum % 10));
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (count < 16) {
    std::fprintf(stderr, "usage: region_cache_bench [regions, at least 16]\n");
    return 2;
  }
  tikv::core::ThreadLoop loop(std::make_unique<tikv::rpc::AsioPoller>());
  measure(loop, count);
  loop.stop();
  return 0;
}
