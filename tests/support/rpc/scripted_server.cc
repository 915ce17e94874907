#include "support/rpc/scripted_server.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <utility>

namespace tikv::rpc::sim {
namespace {

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::vector<nghttp2_nv> headers_of(const Metadata& fields) {
  std::vector<nghttp2_nv> result;
  for (const auto& [name, value] : fields) {
    result.push_back({const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),   // NOLINT
                      const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())),  // NOLINT
                      name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return result;
}

Metadata status_fields(StatusCode code, std::string_view message, const Metadata& metadata) {
  Metadata fields = {{"grpc-status", std::to_string(static_cast<int>(code))}};
  if (!message.empty()) fields.emplace_back("grpc-message", message);
  fields.insert(fields.end(), metadata.begin(), metadata.end());
  return fields;
}

}  // namespace

struct ServerCallbacks {
  static ScriptedServer& self(void* user) { return *static_cast<ScriptedServer*>(user); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    ScriptedServer& server = self(user);
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    server.calls[frame->hd.stream_id].id = frame->hd.stream_id;
    server.last_id_ = std::max(server.last_id_, frame->hd.stream_id);
    server.most_open = std::max(server.most_open, ++server.open_);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    self(user).calls[frame->hd.stream_id].headers[std::string(text_of(name, name_size))] =
        std::string(text_of(value, value_size));
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    self(user).take_data(self(user).calls[id], text_of(data, size));
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    ScriptedServer& server = self(user);
    const std::int32_t id = frame->hd.stream_id;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        server.run(server.calls[id], ServerEvent::headers);
        [[fallthrough]];
      case NGHTTP2_DATA:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
          server.calls[id].ended = true;
          server.run(server.calls[id], ServerEvent::end);
        }
        break;
      case NGHTTP2_RST_STREAM:
        server.calls[id].reset = true;
        server.calls[id].reset_code = frame->rst_stream.error_code;
        break;
      case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) ++server.pings;
        break;
      case NGHTTP2_WINDOW_UPDATE:
        ++server.window_updates;
        break;
      case NGHTTP2_SETTINGS:
        for (std::size_t i = 0; i < frame->settings.niv; ++i) {
          server.client_settings[static_cast<std::uint32_t>(frame->settings.iv[i].settings_id)] =
              frame->settings.iv[i].value;
        }
        break;
      default:
        break;
    }
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    ScriptedServer& server = self(user);
    if (server.open_ > 0) --server.open_;
    server.outgoing_.erase(id);
    return 0;
  }

  static ssize_t read_data(nghttp2_session* http2, std::int32_t id, std::uint8_t* buffer, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    ScriptedServer::Outgoing& out = self(user).outgoing_[id];
    const std::size_t count = std::min(length, out.bytes.size());
    std::copy_n(out.bytes.data(), count, reinterpret_cast<char*>(buffer));
    out.bytes.erase(0, count);
    if (out.bytes.empty() && out.end) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!out.end_stream) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const std::vector<nghttp2_nv> headers = headers_of(out.trailers);
        nghttp2_submit_trailer(http2, id, headers.data(), headers.size());
      }
    } else if (count == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(count);
  }
};

ScriptedServer::ScriptedServer(SimLink& link, Script script, ServerOptions options)
    : link_(link), script_(std::move(script)), options_(options) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, ServerCallbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, ServerCallbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, ServerCallbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, ServerCallbacks::on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, ServerCallbacks::on_stream_close);
  nghttp2_option* http2_options = nullptr;
  nghttp2_option_new(&http2_options);
  nghttp2_option_set_no_http_messaging(http2_options, 1);  // a server may be as wrong as it likes
  nghttp2_option_set_max_send_header_block_length(http2_options, 1 << 20);
  nghttp2_session_server_new2(&http2_, callbacks, this, http2_options);
  nghttp2_option_del(http2_options);
  nghttp2_session_callbacks_del(callbacks);
}

ScriptedServer::~ScriptedServer() { nghttp2_session_del(http2_); }

void ScriptedServer::on_open() {
  if (!options_.answers_settings) return;
  std::vector<nghttp2_settings_entry> settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.initial_window}};
  if (options_.max_concurrent_streams > 0) {
    settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options_.max_concurrent_streams});
  }
  nghttp2_submit_settings(http2_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  flush();
}

void ScriptedServer::on_bytes(std::string_view bytes) {
  if (!options_.answers_settings) return;
  busy_ = true;
  nghttp2_session_mem_recv(http2_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  busy_ = false;
  if (on_progress) on_progress(*this);
  flush();
}

void ScriptedServer::take_data(ServerCall& call, std::string_view bytes) {
  call.partial.append(bytes);
  while (call.partial.size() >= 5) {
    std::size_t length = 0;
    for (std::size_t i = 1; i < 5; ++i) length = length << 8 | static_cast<unsigned char>(call.partial[i]);
    if (call.partial.size() < 5 + length) return;
    call.messages.push_back(call.partial.substr(5, length));
    call.partial.erase(0, 5 + length);
    run(call, ServerEvent::message);
  }
}

void ScriptedServer::run(ServerCall& call, ServerEvent event) {
  if (script_) script_(*this, call, event);
}

void ScriptedServer::flush() {
  if (busy_) return;
  const std::uint8_t* bytes = nullptr;
  for (;;) {
    const ssize_t size = nghttp2_session_mem_send(http2_, &bytes);
    if (size <= 0) return;
    if (!mute) link_.answer(text_of(bytes, static_cast<std::size_t>(size)));
  }
}

void ScriptedServer::send_response(std::int32_t id, const Metadata& fields, bool end) {
  const std::vector<nghttp2_nv> headers = headers_of(fields);
  nghttp2_data_provider body{};
  body.read_callback = ServerCallbacks::read_data;
  if (!end) outgoing_[id].started = true;
  nghttp2_submit_response(http2_, id, headers.data(), headers.size(), end ? nullptr : &body);
  flush();
}

void ScriptedServer::send_informational(std::int32_t id, std::string_view status) {
  const Metadata fields = {{":status", std::string(status)}};
  const std::vector<nghttp2_nv> headers = headers_of(fields);
  nghttp2_submit_headers(http2_, NGHTTP2_FLAG_NONE, id, nullptr, headers.data(), headers.size(), nullptr);
  flush();
}

void ScriptedServer::send_headers(std::int32_t id, const Metadata& metadata) {
  Metadata fields = {{":status", "200"}, {"content-type", "application/grpc"}};
  fields.insert(fields.end(), metadata.begin(), metadata.end());
  send_response(id, fields, false);
}

void ScriptedServer::trailers_only(std::int32_t id, StatusCode code, std::string_view message,
                                   const Metadata& metadata) {
  Metadata fields = {{":status", "200"}, {"content-type", "application/grpc"}};
  const Metadata status = status_fields(code, message, metadata);
  fields.insert(fields.end(), status.begin(), status.end());
  send_response(id, fields, true);
}

void ScriptedServer::resume(std::int32_t id) {
  nghttp2_session_resume_data(http2_, id);
  flush();
}

void ScriptedServer::send_data(std::int32_t id, std::string_view bytes) {
  outgoing_[id].bytes.append(bytes);
  resume(id);
}

void ScriptedServer::send_message(std::int32_t id, std::string_view message) {
  std::string bytes(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(message.size() >> shift & 0xff));
  bytes.append(message);
  send_data(id, bytes);
}

void ScriptedServer::send_trailers(std::int32_t id, const Metadata& fields) {
  Outgoing& out = outgoing_[id];
  out.end = true;
  out.trailers = fields;
  resume(id);
}

void ScriptedServer::send_trailers(std::int32_t id, StatusCode code, std::string_view message,
                                   const Metadata& metadata) {
  send_trailers(id, status_fields(code, message, metadata));
}

void ScriptedServer::end_without_trailers(std::int32_t id) {
  outgoing_[id].end = outgoing_[id].end_stream = true;
  resume(id);
}

void ScriptedServer::answer(std::int32_t id, std::string_view message) {
  send_headers(id);
  send_message(id, message);
  send_trailers(id, StatusCode::ok);
}

void ScriptedServer::reset(std::int32_t id, std::uint32_t code) {
  nghttp2_submit_rst_stream(http2_, NGHTTP2_FLAG_NONE, id, code);
  flush();
}

void ScriptedServer::goaway(std::int32_t last, std::uint32_t code, std::string_view debug) {
  nghttp2_submit_goaway(http2_, NGHTTP2_FLAG_NONE, last, code, reinterpret_cast<const std::uint8_t*>(debug.data()),
                        debug.size());
  flush();
}

void ScriptedServer::set_max_concurrent_streams(std::uint32_t most) {
  const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most};
  nghttp2_submit_settings(http2_, NGHTTP2_FLAG_NONE, &setting, 1);
  flush();
}

void echo(ScriptedServer& server, ServerCall& call, ServerEvent event) {
  if (event == ServerEvent::end) server.answer(call.id, call.messages.empty() ? "" : call.messages.front());
}

void echo_stream(ScriptedServer& server, ServerCall& call, ServerEvent event) {
  switch (event) {
    case ServerEvent::headers:
      server.send_headers(call.id);
      break;
    case ServerEvent::message:
      server.send_message(call.id, call.messages.back());
      break;
    case ServerEvent::end:
      server.send_trailers(call.id, StatusCode::ok);
      break;
  }
}

}  // namespace tikv::rpc::sim
