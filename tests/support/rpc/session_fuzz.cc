#include "support/rpc/session_fuzz.h"

#include <memory>
#include <utility>

#include "support/rpc/transport_fixture.h"

namespace tikv::rpc::sim {
namespace {

using namespace std::chrono_literals;

enum Choice : unsigned {
  with_settings = 1,        // the server begins with SETTINGS, so that the input need not
  closes = 2,               // the server closes at the end of the input
  destroys_calls = 4,       // handlers destroy other calls
  closes_transport = 8,     // handlers close the transport
  destroys_transport = 16,  // handlers destroy it
  small_limits = 32,
  late = 64,  // the server speaks only once all requests are there
};

void demand(bool condition) {
  if (!condition) __builtin_trap();
}

class FuzzPeer final : public SimPeer {
 public:
  FuzzPeer(SimLink& link, unsigned choices, std::string_view says) : link_(link), choices_(choices), says_(says) {}

  void on_open() override {
    if ((choices_ & with_settings) != 0) link_.answer(std::string_view("\0\0\0\x04\0\0\0\0\0", 9));
    if ((choices_ & late) == 0) speak();
  }
  void on_bytes(std::string_view bytes) override {
    received_ += bytes.size();
    if ((choices_ & late) != 0 && received_ > 600) speak();
  }

 private:
  void speak() {
    if (std::exchange(spoke_, true)) return;
    if (!says_.empty()) link_.answer(says_);
    if ((choices_ & closes) != 0) link_.close_by_peer();
  }

  SimLink& link_;
  unsigned choices_;
  std::string says_;
  std::size_t received_ = 0;
  bool spoke_ = false;
};

class FuzzTalk {
 public:
  explicit FuzzTalk(std::string_view input) : net_(options(input)), choices_(byte(input, 0)) {
    const std::string says(input.substr(std::min<std::size_t>(input.size(), 2)));
    net_.connector.plan.delay = 10us;
    const unsigned chunk = byte(input, 1);
    if (chunk > 0) net_.connector.plan.chunk = chunk;
    net_.connector.listen("store:1",
                          [this, says](SimLink& link) { return std::make_unique<FuzzPeer>(link, choices_, says); });
  }

  void run() {
    for (std::size_t i = 0; i < 3; ++i) {
      net_.call(calls_[i], std::string(i * 300, 'r'), net_.start(5s));
      calls_[i].then = [this] { act(); };
      net_.open(streams_[i], net_.start(6s));
      streams_[i].stream->send("first");
      streams_[i].on_each = [this, i] {
        if (streams_[i].stream != nullptr && streams_[i].messages.size() < 20) streams_[i].stream->send("more");
        act();
      };
      streams_[i].then = [this] { act(); };
    }
    net_.loop.run_for(60s);
    for (const RecordedCall& each : calls_)
      demand(each.told == (each.call == nullptr ? each.told : 1) && each.told <= 1);
    for (const RecordedStream& each : streams_) {
      demand(each.ended <= 1 && each.told_after_end == 0);
      demand(each.stream == nullptr || each.ended == 1);
    }
  }

 private:
  static unsigned byte(std::string_view input, std::size_t at) {
    return at < input.size() ? static_cast<unsigned char>(input[at]) : 0;
  }
  static TransportOptions options(std::string_view input) {
    TransportOptions result;
    if ((byte(input, 0) & small_limits) != 0) {
      result.receive_window = 65'535;
      result.max_answer_size = 100;
      result.max_bytes_in_flight = 400;
    }
    return result;
  }
  void act() {
    ++acts_;
    if ((choices_ & destroys_calls) != 0 && acts_ % 2 == 0) {
      calls_[acts_ % 3].call.reset();
      streams_[(acts_ + 1) % 3].stream.reset();
    }
    if ((choices_ & closes_transport) != 0 && acts_ == 4 && net_.transport != nullptr) net_.transport->close();
    if ((choices_ & destroys_transport) != 0 && acts_ == 3) net_.transport.reset();
  }

  TransportFixture net_;
  unsigned choices_;
  unsigned acts_ = 0;
  RecordedCall calls_[3];
  RecordedStream streams_[3];
};

std::string record(const Script& script) {
  TransportFixture net;
  net.serve(script);
  RecordedCall calls[3];
  RecordedStream streams[3];
  for (std::size_t i = 0; i < 3; ++i) {
    net.call(calls[i], std::string(i * 300, 'r'), net.start(5s));
    net.open(streams[i], net.start(6s));
    streams[i].stream->send("first");
  }
  net.loop.run_for(10s);
  return net.connector.links[0]->answered;
}

void both(ScriptedServer& server, ServerCall& call, ServerEvent event) {
  if (call.id % 4 == 1) {
    echo(server, call, event);
  } else {
    echo_stream(server, call, event);
  }
}

}  // namespace

void fuzz_session(std::string_view input) {
  FuzzTalk talk(input);
  talk.run();
}

std::vector<std::string> honest_talks() {
  const Script scripts[] = {both,
                            [](ScriptedServer& server, ServerCall& call, ServerEvent event) {
                              if (event == ServerEvent::headers)
                                server.trailers_only(call.id, StatusCode::not_found, "no%20such", {{"x", "y"}});
                            },
                            [](ScriptedServer& server, ServerCall& call, ServerEvent event) {
                              if (event != ServerEvent::message) return;
                              server.send_headers(call.id, {{"x-data-bin", "AP8"}});
                              server.send_message(call.id, std::string(200, 'm'));
                              server.send_trailers(call.id, StatusCode::aborted, "why", {{"y", "z"}});
                            },
                            [](ScriptedServer& server, ServerCall& call, ServerEvent event) {
                              both(server, call, event);
                              if (call.id == 5) server.reset(call.id, 7);
                              if (call.id == 7) server.goaway(7, 0, "debug");
                            },
                            [](ScriptedServer& server, ServerCall& call, ServerEvent event) {
                              if (event != ServerEvent::headers) return;
                              server.send_informational(call.id, "103");
                              server.send_response(call.id, {{":status", "404"}, {"content-type", "text/html"}}, false);
                              server.send_data(call.id, "<html>");
                              server.end_without_trailers(call.id);
                            }};
  std::vector<std::string> talks;
  for (const Script& script : scripts) {
    const std::string said = record(script);
    for (const unsigned choices : {static_cast<unsigned>(late), late | closes | destroys_calls, late | small_limits}) {
      std::string talk(1, static_cast<char>(choices));
      talk.push_back(static_cast<char>(choices == late ? 0 : 7));
      talks.push_back(talk + said);
    }
  }
  talks.push_back(std::string("\0\3", 2) + "HTTP/1.1 400 Bad Request\r\n\r\n");
  return talks;
}

}  // namespace tikv::rpc::sim
