// Every pool, window, budget, map and list is back at its start after every kind of end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "region/batch_commands.h"
#include "support/rpc/transport_fixture.h"
#include "wire/tikvpb.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using rpc::StatusCode;
using rpc::sim::Breakage;
using rpc::sim::LinkPlan;
using rpc::sim::RecordedCall;
using rpc::sim::ScriptedServer;
using rpc::sim::ServerCall;
using rpc::sim::ServerEvent;
using rpc::sim::TransportFixture;

constexpr std::size_t limit = 20'000;
constexpr std::size_t window = 65'535;

/// A message with as many answers as `call` has asked for, each of `size` bytes; to something else: bytes.
std::string answer_of(const ServerCall& call, std::size_t size) {
  if (call.headers.at(":path") != "/tikvpb.Tikv/BatchCommands") return std::string(size, 'a');
  wire::tikvpb::BatchCommandsRequest asked;
  EXPECT_TRUE(wire::decode(call.messages.back(), asked));
  wire::tikvpb::BatchCommandsResponse response;
  for (const std::uint64_t id : asked.request_ids) {
    response.request_ids.push_back(id);
    wire::ensure(response.responses.emplace_back().raw_get).value = std::string(size, 'v');
  }
  return wire::encode(response);
}

/// One way for calls to end: what the server does with a request, the link with its bytes, the caller with its call.
struct End {
  const char* name;
  rpc::sim::Script script;
  LinkPlan plan;
  bool dropped = false;        // the caller gives up
  bool closed = false;         // the client is closed
  bool forgotten = false;      // the store has moved
  std::size_t request = 2000;  // bytes
  bool nobody = false;         // listens
};

rpc::sim::Script on_message(std::function<void(ScriptedServer&, ServerCall&)> act) {
  return [act = std::move(act)](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::message) act(server, call);
  };
}

void answer_with(ScriptedServer& server, ServerCall& call, std::size_t size) {
  server.send_headers(call.id);
  server.send_message(call.id, answer_of(call, size));
}

LinkPlan breaks(Breakage how, std::size_t after) {
  LinkPlan plan;
  plan.to_client = how;
  plan.to_client_after = after;
  return plan;
}

std::vector<End> ends() {
  std::vector<End> list;
  const auto add = [&list](const char* name, rpc::sim::Script script) -> End& {
    End& end = list.emplace_back();
    end.name = name;
    end.script = std::move(script);
    return end;
  };
  const auto silent = on_message([](ScriptedServer&, ServerCall&) {});
  const auto answers = [](std::size_t size) {
    return [size](ScriptedServer& server, ServerCall& call, ServerEvent event) {
      if (event != ServerEvent::message) return;
      if (call.messages.size() == 1) server.send_headers(call.id);
      server.send_message(call.id, answer_of(call, size));
      if (call.headers.at(":path") != "/tikvpb.Tikv/BatchCommands") server.send_trailers(call.id, StatusCode::ok);
    };
  };
  add("answered", answers(100));
  add("answered at length", answers(limit - 100));
  add("too large", answers(limit + 5000));
  add("deadline", silent);
  add("dropped", silent).dropped = true;
  add("dropped while its answer comes", answers(limit - 100)).dropped = true;
  add("closed", silent).closed = true;
  add("forgotten", silent).forgotten = true;
  add("reset", on_message([](ScriptedServer& server, ServerCall& call) { server.reset(call.id, 2); }));
  add("refused", on_message([](ScriptedServer& server, ServerCall& call) { server.reset(call.id, 7); }));
  add("reset within an answer", on_message([](ScriptedServer& server, ServerCall& call) {
        server.send_headers(call.id);
        server.send_data(call.id, std::string("\0\0\0\x40\0half of it", 15));
        server.reset(call.id, 2);
      }));
  add("ended within an answer", on_message([](ScriptedServer& server, ServerCall& call) {
        server.send_headers(call.id);
        server.send_data(call.id, std::string("\0\0\0\x40\0half of it", 15));
        server.send_trailers(call.id, StatusCode::ok);
      }));
  add("status in place of an answer", on_message([](ScriptedServer& server, ServerCall& call) {
        server.trailers_only(call.id, StatusCode::unavailable, "no");
      }));
  add("unimplemented", on_message([](ScriptedServer& server, ServerCall& call) {
        server.trailers_only(call.id, StatusCode::unimplemented, "no");
      }));
  add("compressed", on_message([](ScriptedServer& server, ServerCall& call) {
        server.send_headers(call.id);
        server.send_data(call.id, std::string("\1\0\0\x40\0", 5) + std::string(16'384, 'z'));
      }));
  add("rubbish", on_message([](ScriptedServer& server, ServerCall& call) {
        server.send_headers(call.id);
        server.send_message(call.id, std::string(15'000, '\xff'));
      }));
  add("much rubbish", on_message([](ScriptedServer& server, ServerCall& call) {
        server.send_headers(call.id);
        server.send_message(call.id, std::string(50'000, '\xff'));
      }));
  add("answers to nobody", on_message([](ScriptedServer& server, ServerCall& call) {
        if (call.messages.size() == 1) server.send_headers(call.id);
        for (int i = 0; i < 3; ++i) server.send_message(call.id, std::string("\x0a\x02\x6a\x00\x12\x01\x7f", 7));
      }));
  add("not gRPC", on_message([](ScriptedServer& server, ServerCall& call) {
        server.send_response(call.id, {{":status", "404"}, {"content-type", "text/html"}}, false);
        server.send_data(call.id, std::string(16'000, 'h'));
      }));
  add("goes on after the client's reset", on_message([](ScriptedServer& server, ServerCall& call) {
        server.send_headers(call.id);
        server.send_data(call.id, std::string("\1\0\0\x40\0", 5));  // this one is reset by us
        server.send_data(call.id, std::string(40'000, 'z'));
      }));
  add("goes away", on_message([](ScriptedServer& server, ServerCall& call) {
        server.goaway(call.id);
        answer_with(server, call, 100);
        server.send_trailers(call.id, StatusCode::ok);
      }));
  add("goes away and refuses", on_message([](ScriptedServer& server, ServerCall&) { server.goaway(0); }));
  add("connection lost", silent).plan = breaks(Breakage::fail, 100);
  add("connection closed", answers(5000)).plan = breaks(Breakage::close, 1000);
  add("connection stalled", answers(5000)).plan = breaks(Breakage::stall, 1000);
  add("connection hangs", silent).plan.connecting = LinkPlan::Connecting::hangs;
  add("nobody listens", silent).nobody = true;
  add("kernel takes nothing", silent).plan.buffer = 1000;
  add("requests larger than windows", silent).request = 100'000;
  add("requests larger than windows, reset",
      on_message([](ScriptedServer& server, ServerCall& call) { server.reset(call.id, 2); }))
      .request = 100'000;
  return list;
}

std::string told(const rpc::Holdings& held, const BatchHoldings& batched) {
  std::string text;
  const auto tell = [&text](const char* name, std::size_t value) {
    if (value != 0) text += std::string(name) + " " + std::to_string(value) + ", ";
  };
  tell("blocked", held.blocked);
  tell("waiting", held.waiting);
  tell("bytes in flight", held.bytes_in_flight);
  tell("exchanges", held.exchanges);
  tell("awaited", held.awaited);
  tell("open streams", held.open_streams);
  tell("output", held.output);
  tell("untold", held.untold);
  tell("blocked entries", batched.blocked);
  tell("queued entries", batched.queued);
  tell("sent entries", batched.sent);
  tell("ids", batched.ids);
  tell("bytes of entries", batched.bytes_in_flight);
  tell("untold entries", batched.untold);
  tell("readers", batched.readers);
  return text;
}

/// Calls of both kinds to one store, several times over, each of which ends in the same way.
class HoldingsTest : public ::testing::Test {
 protected:
  void run(const End& end, bool by_stream) {
    rpc::TransportOptions options;
    options.max_answer_size = limit;
    options.receive_window = window;
    options.max_bytes_in_flight = 5000;
    TransportFixture net(options);
    BatchOptions batching;
    batching.streams_per_store = by_stream ? 1 : 0;
    batching.max_answer_size = limit;
    batching.max_bytes_in_flight = 5000;
    BatchCommands batch(net.loop, *net.transport, batching);
    net.connector.plan = end.plan;
    if (!end.nobody) net.serve(end.script);
    const int rounds = end.closed ? 1 : 8;
    for (int round = 0; round < rounds; ++round) {
      std::vector<RecordedCall> calls(5);  // two fit the limit of bytes in flight, the others wait
      for (RecordedCall& each : calls) {
        rpc::CallStart how = net.start(3s);
        how.method = "/tikvpb.Tikv/RawGet";
        wire::kvrpcpb::RawGetRequest request;
        request.key = std::string(end.request, 'k');
        each.call = batch.unary(std::move(how), wire::encode(request), each);
      }
      net.loop.run_for(end.dropped && round % 2 == 1 ? 350us : 100ms);
      if (end.dropped) calls.clear();
      if (end.closed) batch.close();
      if (end.closed) net.transport->close();
      if (end.forgotten) batch.forget("store:1");
      net.loop.run_for(20s);
      for (const RecordedCall& each : calls) EXPECT_EQ(each.told, 1) << "round " << round;
      check(net, batch, end.plan.to_client == Breakage::stall);
    }
  }
  static void check(TransportFixture& net, const BatchCommands& batch, bool stalled) {
    rpc::Holdings held = holdings(*net.transport);
    if (stalled && held.output <= 64) held.output = 0;  // resets of streams, which the kernel does not take
    const BatchHoldings batched = batch.holdings();
    EXPECT_LE(held.exchanges, batched.streams) << "a stream waits for more";
    EXPECT_LE(held.open_streams, batched.streams);
    held.exchanges = held.open_streams = 0;
    EXPECT_TRUE(held.nothing_under_way() && batched.nothing_under_way()) << told(held, batched);
    EXPECT_LE(held.receive_window, held.connections * window / 2);
    EXPECT_LE(held.connections, 2U);
    EXPECT_LE(batched.streams, 2U);
  }
};

TEST_F(HoldingsTest, AreBackAtTheirStartAfterEveryKindOfEnd) {
  for (const End& end : ends()) {
    for (const bool by_stream : {false, true}) {
      SCOPED_TRACE(std::string(end.name) + (by_stream ? ", on a stream" : ", alone"));
      run(end, by_stream);
    }
  }
}

}  // namespace
}  // namespace tikv::region
