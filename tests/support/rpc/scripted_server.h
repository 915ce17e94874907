#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/transport.h"
#include "support/rpc/sim_byte_stream.h"

struct nghttp2_session;

namespace tikv::rpc::sim {

class ScriptedServer;

/// One call as the server sees it.
struct ServerCall {
  std::int32_t id = 0;
  std::map<std::string, std::string> headers;
  std::vector<std::string> messages;
  bool ended = false;  // the client sends no more
  bool reset = false;  // the client reset the stream
  std::uint32_t reset_code = 0;

  std::string partial;  // bytes of an incomplete message
};

/// What scripts react to.
enum class ServerEvent { headers, message, end };
using Script = std::function<void(ScriptedServer&, ServerCall&, ServerEvent)>;

struct ServerOptions {
  std::uint32_t max_concurrent_streams = 0;  // 0: does not say
  std::uint32_t initial_window = 65535;
  bool answers_settings = true;  // false: stays silent
};

/// An HTTP/2 gRPC server that does what a script says, well or badly.
class ScriptedServer final : public SimPeer {
 public:
  ScriptedServer(SimLink& link, Script script, ServerOptions options = {});
  ~ScriptedServer() override;

  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_closed() override { client_closed = true; }

  // What a script can do. Each takes effect at once.
  void send_headers(std::int32_t id, const Metadata& metadata = {});
  void send_message(std::int32_t id, std::string_view message);
  void send_data(std::int32_t id, std::string_view bytes);  // DATA as it is, without a prefix
  void send_trailers(std::int32_t id, StatusCode code, std::string_view message = {}, const Metadata& metadata = {});
  void send_trailers(std::int32_t id, const Metadata& fields);
  void send_response(std::int32_t id, const Metadata& fields, bool end);  // headers as they are
  void send_informational(std::int32_t id, std::string_view status);
  void trailers_only(std::int32_t id, StatusCode code, std::string_view message = {}, const Metadata& metadata = {});
  void answer(std::int32_t id, std::string_view message);  // headers, message, OK
  void end_without_trailers(std::int32_t id);
  void reset(std::int32_t id, std::uint32_t code);
  void goaway(std::int32_t last_id, std::uint32_t code = 0, std::string_view debug = {});
  void set_max_concurrent_streams(std::uint32_t most);
  void flush();

  [[nodiscard]] std::int32_t last_id() const noexcept { return last_id_; }
  [[nodiscard]] SimLink& link() noexcept { return link_; }

  std::map<std::int32_t, ServerCall> calls;
  std::size_t pings = 0;
  std::size_t window_updates = 0;
  std::map<std::uint32_t, std::uint32_t> client_settings;
  std::size_t most_open = 0;  // the most calls that were open at a time
  bool client_closed = false;
  bool mute = false;  // takes bytes, says nothing more

  /// Called with every piece of bytes that came, before it is looked at.
  std::function<void(ScriptedServer&)> on_progress;

 private:
  friend struct ServerCallbacks;
  struct Outgoing {
    std::string bytes;
    bool end = false;         // the body is complete
    bool end_stream = false;  // without trailers
    bool started = false;
    bool has_trailers = false;
    Metadata trailers;
  };

  void take_data(ServerCall& call, std::string_view bytes);
  void run(ServerCall& call, ServerEvent event);
  void resume(std::int32_t id);

  SimLink& link_;
  Script script_;
  ServerOptions options_;
  nghttp2_session* http2_ = nullptr;
  std::map<std::int32_t, Outgoing> outgoing_;
  std::int32_t last_id_ = 0;
  std::size_t open_ = 0;
  bool busy_ = false;
};

/// Answers each unary call with its own message.
void echo(ScriptedServer& server, ServerCall& call, ServerEvent event);
/// Answers each message of a stream with itself, and ends when the client has ended.
void echo_stream(ScriptedServer& server, ServerCall& call, ServerEvent event);

/// A peer that answers whatever comes with the same bytes.
class RawPeer final : public SimPeer {
 public:
  RawPeer(SimLink& link, std::string says, bool closes) : link_(link), says_(std::move(says)), closes_(closes) {}
  void on_bytes(std::string_view) override {
    if (said_) return;
    said_ = true;
    link_.answer(says_);
    if (closes_) link_.close_by_peer();
  }

 private:
  SimLink& link_;
  std::string says_;
  bool closes_;
  bool said_ = false;
};

}  // namespace tikv::rpc::sim
