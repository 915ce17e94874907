// Raw gets to a store as unary calls and on a BatchCommands stream, side by side: what the transport
// and the batching cost, without the routing above them. One line a cell: throughput, latency, CPU of
// this process for each call, and the mean batch. Then small gets beside puts of 4 MiB: on the
// connection of the gets, and on one of their own.
//
//   batch_bench PD [calls per cell, default 100000] [rounds, default 3]      of a cluster without TLS

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/thread_loop.h"
#include "region/batch_commands.h"
#include "rpc/asio_connector.h"
#include "rpc/asio_poller.h"
#include "rpc/grpc_transport.h"
#include "usage.h"
#include "wire/kvrpcpb.h"
#include "wire/pdpb.h"

namespace {

using tikv::benchmarks::Usage;
using tikv::benchmarks::usage_now;

namespace rpc = tikv::rpc;
namespace core = tikv::core;
namespace wire = tikv::wire;
using tikv::region::BatchCommands;
using Clock = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

/// A loop and a transport over sockets, as in a client.
class Machine {
 public:
  explicit Machine(std::size_t bulk_threshold) {
    auto poller = std::make_unique<rpc::AsioPoller>();
    const rpc::AsioPoller& sockets = *poller;
    loop_ = std::make_unique<core::ThreadLoop>(std::move(poller));
    connector_ = std::make_unique<rpc::AsioConnector>(*loop_, sockets);
    rpc::TransportOptions options;
    options.bulk_threshold = bulk_threshold;
    transport_ = rpc::make_grpc_transport(*loop_, *connector_, options);
    batch_ = std::make_unique<BatchCommands>(*loop_, *transport_);
  }
  ~Machine() {
    run([&] {
      batch_.reset();
      transport_.reset();
    });
    loop_->stop();
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void run(const std::function<void()>& work) {
    bool ran = false;
    run_until(
        [&] {
          work();
          ran = true;
        },
        [&] { return ran; });
  }
  void run_until(const std::function<void()>& work, const std::function<bool()>& done) {
    if (!loop_->post_and_run_until(work, done)) give_up("the loop has stopped");
  }
  template <class Response, class Request>
  Response call(const std::string& address, std::string_view method, const Request& request);

  [[nodiscard]] core::Loop& loop() noexcept { return *loop_; }
  [[nodiscard]] rpc::Transport& transport() noexcept { return *transport_; }
  [[nodiscard]] BatchCommands& batch() noexcept { return *batch_; }
  [[nodiscard]] rpc::CallStart start(const std::string& address, std::string_view method) const {
    rpc::CallStart start;
    start.address = address;
    start.method = method;
    start.deadline = loop_->now() + std::chrono::seconds(30);
    return start;
  }

 private:
  std::unique_ptr<core::ThreadLoop> loop_;
  std::unique_ptr<rpc::Connector> connector_;
  std::unique_ptr<rpc::Transport> transport_;
  std::unique_ptr<BatchCommands> batch_;
};

template <class Response, class Request>
Response Machine::call(const std::string& address, std::string_view method, const Request& request) {
  struct Answered final : rpc::UnaryHandler {
    void on_answer(rpc::UnaryAnswer given) override { answer = std::move(given); }
    std::optional<rpc::UnaryAnswer> answer;
  } handler;
  std::unique_ptr<rpc::Call> call;
  run_until([&] { call = transport_->unary(start(address, method), wire::encode(request), handler); },
            [&] { return handler.answer.has_value(); });
  Response response;
  if (!handler.answer->status.ok()) give_up(address + ": " + handler.answer->status.message);
  if (!wire::decode(handler.answer->message, response)) give_up(address + " gave an answer that cannot be parsed");
  return response;
}

/// Where a key lives, and the context that its region wants.
struct Place {
  std::string address;
  wire::kvrpcpb::Context context;
};

Place find(Machine& machine, const std::string& pd, const std::string& key) {
  wire::pdpb::GetMembersRequest who;
  const auto members = machine.call<wire::pdpb::GetMembersResponse>(pd, "/pdpb.PD/GetMembers", who);
  if (!members.header) give_up(pd + " does not name its cluster");
  const wire::pdpb::RequestHeader header{.cluster_id = members.header->cluster_id};
  const wire::pdpb::GetRegionRequest where{.header = header, .region_key = key};
  const auto found = machine.call<wire::pdpb::GetRegionResponse>(pd, "/pdpb.PD/GetRegion", where);
  if (!found.region || !found.leader) give_up(pd + " knows no region with a leader for the key");
  const wire::pdpb::GetStoreRequest which{.header = header, .store_id = found.leader->store_id};
  const auto store = machine.call<wire::pdpb::GetStoreResponse>(pd, "/pdpb.PD/GetStore", which);
  if (!store.store) give_up(pd + " does not know the store of the leader");
  Place place;
  place.address = store.store->address;
  place.context.region_id = found.region->id;
  place.context.region_epoch = found.region->region_epoch;
  place.context.peer = found.leader;
  place.context.max_execution_duration_ms = 30'000;
  return place;
}

constexpr std::string_view get_method = "/tikvpb.Tikv/RawGet";
constexpr std::string_view put_method = "/tikvpb.Tikv/RawPut";

std::string get_of(const Place& place, const std::string& key) {
  wire::kvrpcpb::RawGetRequest get;
  get.context = place.context;
  get.key = key;
  return wire::encode(get);
}

std::string put_of(const Place& place, const std::string& key, std::size_t bytes) {
  wire::kvrpcpb::RawPutRequest put;
  put.context = place.context;
  put.key = key;
  put.value = std::string(bytes, 'v');
  return wire::encode(put);
}

/// Keeps one call in flight for as long as `more` says.
class Slot final : public rpc::UnaryHandler {
 public:
  struct Work {
    Machine& machine;
    rpc::UnaryCaller& caller;
    std::string address;
    std::string_view method;
    std::string request;
    std::function<bool()> more;
    core::Duration pause{0};  // between an answer and the next call
    std::vector<double> latencies{};
    std::size_t under_way = 0;
  };
  explicit Slot(Work& work) : work_(work), timer_(work.machine.loop(), [this] { next(); }) {}

  void next() {
    if (!work_.more()) return;
    ++work_.under_way;
    began_ = Clock::now();
    call_ = work_.caller.unary(work_.machine.start(work_.address, work_.method), work_.request, *this);
  }
  void on_answer(rpc::UnaryAnswer answer) override {
    if (!answer.status.ok()) give_up(answer.status.message);
    work_.latencies.push_back(Micros(Clock::now() - began_).count());
    --work_.under_way;
    if (work_.pause.count() == 0) {
      next();
    } else {
      timer_.set(work_.machine.loop().now() + work_.pause);
    }
  }

 private:
  Work& work_;
  core::Timer timer_;
  Clock::time_point began_;
  std::unique_ptr<rpc::Call> call_;
};

double percentile(std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * part))];
}

void measure_gets(Machine& machine, const Place& place, bool batched, std::size_t in_flight, std::size_t calls) {
  std::size_t left = calls;
  rpc::UnaryCaller& caller = batched ? static_cast<rpc::UnaryCaller&>(machine.batch()) : machine.transport();
  const auto more = [&] { return left > 0 && left-- > 0; };
  Slot::Work work{machine, caller, place.address, get_method, get_of(place, "bench/key"), more};
  work.latencies.reserve(calls);
  std::vector<std::unique_ptr<Slot>> slots;
  for (std::size_t i = 0; i < in_flight; ++i) slots.push_back(std::make_unique<Slot>(work));
  const tikv::region::BatchStats before_stats = machine.batch().stats();
  const Usage before = usage_now();
  const auto begin = Clock::now();
  machine.run_until([&] { std::for_each(slots.begin(), slots.end(), [](const auto& slot) { slot->next(); }); },
                    [&] { return left == 0 && work.under_way == 0; });
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const Usage after = usage_now();
  machine.run([&] { slots.clear(); });
  const tikv::region::BatchStats& stats = machine.batch().stats();
  const auto messages = static_cast<double>(stats.messages - before_stats.messages);
  const double mean = batched ? static_cast<double>(stats.requests - before_stats.requests) / messages : 1;
  std::sort(work.latencies.begin(), work.latencies.end());
  const auto count = static_cast<double>(calls);
  std::printf(
      "%-5s %3zu in flight %8.0f calls/s  p50 %6.0f us  p99 %6.0f us  user %6.2f us  sys %6.2f us  batch %5.1f\n",
      batched ? "batch" : "unary", in_flight, count / seconds, percentile(work.latencies, 0.5),
      percentile(work.latencies, 0.99), (after.user - before.user) / count, (after.system - before.system) / count,
      mean);
  std::fflush(stdout);
}

/// How late a timer of one millisecond is: how long the loop is busy with something else, and how
/// long the machine with others.
class Lateness {
 public:
  explicit Lateness(core::Loop& loop) : loop_(loop), timer_(loop, [this] { expire(); }) {}
  void start() {
    due_ = loop_.now() + std::chrono::milliseconds(1);
    timer_.set(due_);
  }
  std::vector<double> micros;

 private:
  void expire() {
    micros.push_back(Micros(Clock::now().time_since_epoch() - due_.time_since_epoch()).count());
    start();
  }
  core::Loop& loop_;
  core::Timer timer_;
  core::Time due_{};
};

/// 16 gets in flight, for two seconds, beside puts of 4 MiB by one or no putter, who rests 30 ms after
/// each: so the store keeps up, and what delays the gets is the way there.
void measure_beside_puts(const char* name, const std::string& pd, std::size_t bulk_threshold, std::size_t putters) {
  Machine machine(bulk_threshold);
  const Place place = find(machine, pd, "bench/");
  const auto end = Clock::now() + std::chrono::seconds(2);
  const auto more = [&] { return Clock::now() < end; };
  Slot::Work gets{machine, machine.batch(), place.address, get_method, get_of(place, "bench/key"), more};
  Slot::Work puts{machine,
                  machine.batch(),
                  place.address,
                  put_method,
                  put_of(place, "bench/large", 4U << 20),
                  more,
                  std::chrono::milliseconds(30)};
  std::vector<std::unique_ptr<Slot>> slots;
  for (std::size_t i = 0; i < 16; ++i) slots.push_back(std::make_unique<Slot>(gets));
  for (std::size_t i = 0; i < putters; ++i) slots.push_back(std::make_unique<Slot>(puts));
  std::optional<Lateness> lateness(machine.loop());
  const auto begin = [&] {
    lateness->start();
    for (const auto& slot : slots) slot->next();
  };
  machine.run_until(begin, [&] { return !more() && gets.under_way + puts.under_way == 0; });
  std::vector<double> late;
  machine.run([&] {
    slots.clear();
    late = std::move(lateness->micros);
    lateness.reset();
  });
  std::sort(late.begin(), late.end());
  std::sort(gets.latencies.begin(), gets.latencies.end());
  std::printf(
      "%-32s gets: %8.0f /s  p50 %6.0f us  p99 %6.0f us  max %6.0f us   puts: %4.0f MiB/s   loop late p50 %5.0f us p99 "
      "%5.0f us\n",
      name, static_cast<double>(gets.latencies.size()) / 2, percentile(gets.latencies, 0.5),
      percentile(gets.latencies, 0.99), percentile(gets.latencies, 1), static_cast<double>(puts.latencies.size()) * 2,
      percentile(late, 0.5), percentile(late, 0.99));
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) give_up("usage: batch_bench PD [calls per cell] [rounds]");
  const std::string pd = arguments[1];
  const std::size_t calls = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 100'000;
  const int rounds = count > 3 ? std::atoi(arguments[3]) : 3;
  constexpr std::size_t bulk_threshold = std::size_t{64} << 10;
  Machine machine(bulk_threshold);
  const Place place = find(machine, pd, "bench/");
  wire::kvrpcpb::RawPutRequest value;
  if (!wire::decode(put_of(place, "bench/key", 100), value)) give_up("cannot encode");
  machine.call<wire::kvrpcpb::RawPutResponse>(place.address, put_method, value);
  for (int round = 1; round <= rounds; ++round) {
    std::printf("round %d\n", round);
    for (const std::size_t in_flight : {1U, 16U, 64U, 256U}) {
      for (const bool batched : {false, true}) {
        measure_gets(machine, place, batched, in_flight, in_flight == 1 ? calls / 10 : calls);
      }
    }
    measure_beside_puts("no puts", pd, bulk_threshold, 0);
    measure_beside_puts("puts on a connection of their own", pd, bulk_threshold, 1);
    measure_beside_puts("puts on the connection of the gets", pd, 0, 1);
  }
}
