// Coding of messages: our structs beside Google's libprotobuf, in turn, in one run. CPU time and allocations.
//
//   wire_bench [rounds, default 15]

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "judge/kvrpcpb.pb.h"
#include "judge/pdpb.pb.h"
#include "wire/kvrpcpb.h"
#include "wire/pdpb.h"

namespace {

long allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace {

namespace ours = tikv::wire;
namespace theirs = tikv::judge;

const std::string key = "user:0000000000012345";
const std::string value(100, 'v');

double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Side {
  std::function<std::size_t()> work;
  std::vector<double> nanoseconds;
  long allocated = 0;

  void count() {
    work();
    const long before = allocations;
    work();
    allocated = allocations - before;
  }
  void measure() {
    constexpr double slice = 4e6;
    const double begin = cpu_nanoseconds();
    double end = begin;
    long times = 0;
    for (long step = 1; end - begin < slice; step = std::min(2 * step, 4096L)) {
      for (long i = 0; i < step; ++i) sum += work();
      times += step;
      end = cpu_nanoseconds();
    }
    nanoseconds.push_back((end - begin) / static_cast<double>(times));
  }
  [[nodiscard]] double median() {
    std::sort(nanoseconds.begin(), nanoseconds.end());
    return nanoseconds[nanoseconds.size() / 2];
  }

  std::size_t sum = 0;  // so that nothing is left out
};

struct Case {
  const char* name;
  Side our;
  Side their;
};

ours::kvrpcpb::Context our_context() {
  return {.region_id = 1234,
          .region_epoch = {{.conf_ver = 5, .version = 57}},
          .peer = {{.id = 1236, .store_id = 4}},
          .max_execution_duration_ms = 10'000};
}

/// Appended as field 1, as a client that sends one request to several places does.
void append_their_context(std::string& message) {
  theirs::kvrpcpb::Context context;
  context.set_region_id(1234);
  context.mutable_region_epoch()->set_conf_ver(5);
  context.mutable_region_epoch()->set_version(57);
  context.mutable_peer()->set_id(1236);
  context.mutable_peer()->set_store_id(4);
  context.set_max_execution_duration_ms(10'000);
  message.push_back(0x0a);
  message.push_back(static_cast<char>(context.ByteSizeLong()));
  context.AppendToString(&message);
}

template <class Request>
std::string with_our_context(const Request& request) {
  std::string message = ours::encode(request);
  ours::append_field<1>(message, our_context());
  return message;
}

template <class Request>
std::string with_their_context(const Request& request) {
  std::string message = request.SerializeAsString();
  append_their_context(message);
  return message;
}

template <class Ours, class Theirs>
Case decoding(const char* name, std::string bytes) {
  return {name,
          {[bytes] {
            Ours message;
            if (!ours::decode(bytes, message)) std::abort();
            return sizeof message;
          }},
          {[bytes] {
            Theirs message;
            if (!message.ParseFromString(bytes)) std::abort();
            return sizeof message;
          }}};
}

ours::metapb::Region region(std::uint64_t id) {
  ours::metapb::Region made{
      .id = id, .start_key = key, .end_key = key, .region_epoch = {{.conf_ver = 5, .version = 58}}};
  for (std::uint64_t i = 0; i < 3; ++i) made.peers.push_back({.id = 1235 + i, .store_id = 1 + i});
  return made;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({"encode RawGet with context",
                 {[] { return with_our_context(ours::kvrpcpb::RawGetRequest{.key = key}).size(); }},
                 {[] {
                   theirs::kvrpcpb::RawGetRequest request;
                   request.set_key(key);
                   return with_their_context(request).size();
                 }}});
  all.push_back({"encode RawPut of 100 B with context",
                 {[] { return with_our_context(ours::kvrpcpb::RawPutRequest{.key = key, .value = value}).size(); }},
                 {[] {
                   theirs::kvrpcpb::RawPutRequest request;
                   request.set_key(key);
                   request.set_value(value);
                   return with_their_context(request).size();
                 }}});
  all.push_back({"encode RawBatchPut, 10 x 100 B, with context",
                 {[] {
                   ours::kvrpcpb::RawBatchPutRequest request;
                   for (int i = 0; i < 10; ++i) request.pairs.push_back({.key = key, .value = value});
                   return with_our_context(request).size();
                 }},
                 {[] {
                   theirs::kvrpcpb::RawBatchPutRequest request;
                   for (int i = 0; i < 10; ++i) {
                     auto* pair = request.add_pairs();
                     pair->set_key(key);
                     pair->set_value(value);
                   }
                   return with_their_context(request).size();
                 }}});

  using ours::encode;
  namespace kv = ours::kvrpcpb;
  all.push_back(decoding<kv::RawGetResponse, theirs::kvrpcpb::RawGetResponse>(
      "decode RawGetResponse of 100 B", encode(kv::RawGetResponse{.value = value})));
  kv::RawGetResponse refused;
  refused.region_error = {.message = "epoch not match"};
  refused.region_error->epoch_not_match = {.current_regions = {region(1234), region(1235)}};
  all.push_back(decoding<kv::RawGetResponse, theirs::kvrpcpb::RawGetResponse>("decode a region error with two regions",
                                                                              encode(refused)));
  kv::RawScanResponse page;
  for (int i = 0; i < 1024; ++i) page.kvs.push_back({.key = key, .value = value});
  all.push_back(decoding<kv::RawScanResponse, theirs::kvrpcpb::RawScanResponse>("decode RawScanResponse, 1,024 x 100 B",
                                                                                encode(page)));
  ours::pdpb::GetRegionResponse found;
  found.header = {.cluster_id = 7'300'000'000'000'000'000};
  found.region = region(1234);
  found.leader = found.region->peers.front();
  all.push_back(decoding<ours::pdpb::GetRegionResponse, theirs::pdpb::GetRegionResponse>(
      "decode GetRegionResponse, 3 peers", encode(found)));
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  std::printf("%-46s %12s %12s %6s   %s\n", "CPU ns, medians", "libprotobuf", "ours", "ratio", "allocations");
  for (Case& each : cases()) {
    each.our.count();
    each.their.count();
    for (int round = 0; round < rounds; ++round) {
      each.their.measure();
      each.our.measure();
    }
    const double before = each.their.median();
    const double after = each.our.median();
    std::printf("%-46s %12.0f %12.0f %6.2f   %ld -> %ld\n", each.name, before, after, before / after,
                each.their.allocated, each.our.allocated);
  }
}
