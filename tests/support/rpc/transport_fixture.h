#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rpc/grpc_transport.h"
#include "support/rpc/recording_handlers.h"
#include "support/rpc/scripted_server.h"
#include "support/rpc/sim_byte_stream.h"
#include "support/rpc/sim_loop.h"

namespace tikv::rpc::sim {

/// A transport, a simulated network and scripted servers at "store:1".
class TransportFixture {
 public:
  explicit TransportFixture(TransportOptions its_options = {}) : options(its_options), connector(loop) {
    transport = make_grpc_transport(loop, connector, options);
  }

  void serve(Script script, ServerOptions server_options = {}, const std::string& address = "store:1") {
    connector.listen(address, [this, script = std::move(script), server_options](SimLink& link) {
      auto server = std::make_unique<ScriptedServer>(link, script, server_options);
      servers.push_back(server.get());
      return server;
    });
  }
  void serve_raw(std::string says, bool closes = true) {
    connector.listen("store:1", [says = std::move(says), closes](SimLink& link) {
      return std::make_unique<RawPeer>(link, says, closes);
    });
  }

  [[nodiscard]] CallStart start(core::Duration timeout = std::chrono::seconds(20)) const {
    CallStart result;
    result.address = "store:1";
    result.method = "/test.Service/Method";
    result.deadline = loop.now() + timeout;
    return result;
  }
  void call(RecordedCall& into, std::string request = "request") { call(into, std::move(request), start()); }
  void call(RecordedCall& into, std::string request, CallStart how) {
    into.call = transport->unary(std::move(how), std::move(request), into);
  }
  /// A call from its start to its answer.
  UnaryAnswer call_and_wait(std::string request = "request") { return call_and_wait(std::move(request), start()); }
  UnaryAnswer call_and_wait(std::string request, CallStart how) {
    RecordedCall recorded;
    call(recorded, std::move(request), std::move(how));
    loop.run_until([&] { return recorded.told > 0; });
    return recorded.answer.value_or(UnaryAnswer{});
  }
  void open(RecordedStream& into) { open(into, start()); }
  void open(RecordedStream& into, CallStart how) { into.stream = transport->stream(std::move(how), into); }
  bool wait_for(const std::function<bool()>& done) { return loop.run_until(done); }

  SimLoop loop;
  TransportOptions options;
  SimConnector connector;
  std::vector<ScriptedServer*> servers;  // owned by their links
  std::unique_ptr<Transport> transport;
};

}  // namespace tikv::rpc::sim
