#include "rpc/session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <vector>

#include "core/printable.h"
#include "tikv/error.h"

namespace tikv::rpc {
namespace {

// Output is made in pieces of about this size: more would only wait in memory.
constexpr std::size_t output_piece = std::size_t{256} << 10;
constexpr std::size_t frame_header_size = 9;

template <class T>
T* bytes_of(std::string_view text) noexcept {
  // nghttp2 takes pointers to non-const and never writes through them (NGHTTP2_NV_FLAG_NO_COPY).
  return reinterpret_cast<T*>(const_cast<char*>(text.data()));  // NOLINT
}

nghttp2_nv header(std::string_view name, std::string_view value, unsigned flags = 0) noexcept {
  return {bytes_of<std::uint8_t>(name), bytes_of<std::uint8_t>(value), name.size(), value.size(),
          static_cast<std::uint8_t>(NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE | flags)};
}

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

/// nghttp2's callbacks. They only record; nothing in them can re-enter the session from outside.
struct SessionCallbacks {
  static Session& self(void* user) noexcept { return *static_cast<Session*>(user); }
  static Exchange* exchange(nghttp2_session* http2, std::int32_t id) noexcept {
    return static_cast<Exchange*>(nghttp2_session_get_stream_user_data(http2, id));
  }

  static int on_begin_headers(nghttp2_session* http2, const nghttp2_frame* frame, void*) {
    if (Exchange* to = exchange(http2, frame->hd.stream_id)) to->begin_block();
    return 0;
  }

  static int on_header(nghttp2_session* http2, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t, void*) {
    if (Exchange* to = exchange(http2, frame->hd.stream_id)) {
      to->add_header(text_of(name, name_size), text_of(value, value_size));
    }
    return 0;
  }

  static int on_data(nghttp2_session* http2, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    Session& session = self(user);
    if (Exchange* to = exchange(http2, id)) {
      if (!to->take_data(text_of(data, size), session.options_.max_answer_size)) session.reset(id, NGHTTP2_CANCEL);
    }
    // A message may be larger than the window, so what came is taken as consumed at once: it is in
    // memory, bounded by the limit for messages.
    nghttp2_session_consume(http2, id, size);
    return 0;
  }

  static int on_frame(nghttp2_session* http2, const nghttp2_frame* frame, void* user) {
    Session& session = self(user);
    const std::int32_t id = frame->hd.stream_id;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        ++session.answers_heard_;
        on_frame_of_stream(http2, *frame, session);
        break;
      case NGHTTP2_RST_STREAM:
        if (Exchange* to = exchange(http2, id)) to->take_reset(frame->rst_stream.error_code);
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
          session.settled_ = true;
          session.peer_limit_ = nghttp2_session_get_remote_settings(http2, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
        }
        break;
      case NGHTTP2_GOAWAY:
        session.draining_ = true;
        session.goaway_ = "GOAWAY with " + std::string(name_of_reset(frame->goaway.error_code));
        if (frame->goaway.opaque_data_len > 0) {
          session.goaway_ += ": " + core::printable(text_of(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
        }
        session.tell_going_away();
        break;
      default:
        break;
    }
    return 0;
  }

  static void on_frame_of_stream(nghttp2_session* http2, const nghttp2_frame& frame, Session& session) {
    const std::int32_t id = frame.hd.stream_id;
    Exchange* to = exchange(http2, id);
    if (to == nullptr) return;
    const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool sent_end = to->sent_end_;
    bool keep = true;
    if (frame.hd.type == NGHTTP2_HEADERS) {
      keep = to->take_block(end);
    } else if (end) {
      to->take_end_of_stream();
    }
    if (!keep) {
      session.reset(id, NGHTTP2_CANCEL);
    } else if (end && !sent_end) {
      session.reset(id, NGHTTP2_NO_ERROR);  // the peer wants no more of what we had to send
    }
  }

  static int on_stream_close(nghttp2_session* http2, std::int32_t id, std::uint32_t error_code, void* user) {
    Session& session = self(user);
    if (id % 2 == 0) return 0;  // not ours
    if (session.open_streams_ > 0) --session.open_streams_;
    Exchange* to = exchange(http2, id);
    if (to == nullptr) return 0;
    if (error_code == NGHTTP2_REFUSED_STREAM && session.draining_) {
      to->take_refusal("the server at " + session.options_.address + " refused the request (" + session.goaway_ + ")");
    } else {
      to->break_off({StatusCode::internal,
                     "the server at " + session.options_.address + " broke the rules of HTTP/2 (" +
                         std::string(name_of_reset(error_code)) + (session.complaint_.empty() ? "" : ": ") +
                         session.complaint_ + ")",
                     Failure::protocol});
    }
    return 0;
  }

  static int before_frame(nghttp2_session* http2, const nghttp2_frame* frame, void* user) {
    Session& session = self(user);
    if (frame->hd.type == NGHTTP2_HEADERS) {
      if (Exchange* from = exchange(http2, frame->hd.stream_id)) from->head_offset_ = session.produced();
    } else if (frame->hd.type == NGHTTP2_GOAWAY) {
      session.terminated_ = true;
    }
    return 0;
  }

  static ssize_t read_data(nghttp2_session* http2, std::int32_t id, std::uint8_t*, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source*, void*) {
    Exchange* from = exchange(http2, id);
    if (from == nullptr) return NGHTTP2_ERR_DEFERRED;
    const std::size_t count = std::min(length, from->writer_.bytes());
    if (count == 0 && !from->finished_) {
      from->deferred_ = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    if (count > 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (from->finished_ && count == from->writer_.bytes()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      from->sent_end_ = true;
    }
    return static_cast<ssize_t>(count);
  }

  static int send_data(nghttp2_session* http2, nghttp2_frame* frame, const std::uint8_t* head, std::size_t length,
                       nghttp2_data_source*, void* user) {
    Session& session = self(user);
    Exchange* from = exchange(http2, frame->hd.stream_id);
    if (from == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    session.out_.append(text_of(head, frame_header_size));
    from->take_output(length, session.out_, session.out_base_);
    session.produced_.push_back(*from);
    if (session.out_.size() < output_piece) return 0;
    session.paused_ = true;
    return NGHTTP2_ERR_PAUSE;
  }

  static int on_error(nghttp2_session*, int, const char* message, std::size_t size, void* user) {
    self(user).complaint_ = core::printable({message, size});
    return 0;
  }

  /// No exception passes through nghttp2, which is C and would be left in the middle of something.
  template <auto callback>
  struct Guarded;
  template <class Answer, class... Arguments, Answer (*callback)(Arguments...)>
  struct Guarded<callback> {
    static Answer call(Arguments... arguments) noexcept {
      try {
        return callback(arguments...);
      } catch (const std::bad_alloc&) {
        detail::end_out_of_memory();
      }
    }
  };

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Guarded<on_begin_headers>::call);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, Guarded<on_header>::call);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Guarded<on_data>::call);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Guarded<on_frame>::call);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Guarded<on_stream_close>::call);
    nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, Guarded<before_frame>::call);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, Guarded<send_data>::call);
    nghttp2_session_callbacks_set_error_callback2(callbacks, Guarded<on_error>::call);
    return callbacks;
  }
};

Session::Session(const SessionOptions& options) : options_(options) {
  nghttp2_session_callbacks* callbacks = SessionCallbacks::make();
  nghttp2_option* http2_options = nullptr;
  if (nghttp2_option_new(&http2_options) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_auto_window_update(http2_options, 1);
  nghttp2_option_set_no_closed_streams(http2_options, 1);
  nghttp2_option_set_max_send_header_block_length(http2_options, std::size_t{1} << 20);
  const int made = nghttp2_session_client_new2(&http2_, callbacks, this, http2_options);
  nghttp2_option_del(http2_options);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) throw std::bad_alloc();

  const std::array<nghttp2_settings_entry, 2> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.receive_window},
  }};
  nghttp2_submit_settings(http2_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(http2_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(options_.receive_window));
  if (options_.first_stream_id > 1) nghttp2_session_set_next_stream_id(http2_, options_.first_stream_id);
}

Session::~Session() {
  while (ActiveNode* node = active_.front()) forget(static_cast<Exchange&>(*node));
  nghttp2_session_del(http2_);
}

bool Session::fail(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
  return false;
}

bool Session::check_preface(std::string_view bytes) {
  // The first frame is SETTINGS. Its header tells nearly everything else that listens on ports.
  preface_.append(bytes.substr(0, 64));
  const std::string peer = "the server at " + options_.address;
  constexpr std::string_view http1 = "HTTP/1.";
  const std::size_t seen = std::min(preface_.size(), http1.size());
  if (preface_.substr(0, seen) == http1.substr(0, seen)) {
    if (preface_.size() <= http1.size()) return true;
    const std::string_view line = std::string_view(preface_).substr(0, preface_.find_first_of("\r\n"));
    return fail(peer + " speaks " + core::printable(line.substr(0, 8)) +
                ", not HTTP/2 (it answered: " + core::printable(line) + ")");
  }
  constexpr std::string_view settings_frame{"\0\0\0\x04\0\0\0\0\0", frame_header_size};
  for (std::size_t i = 0; i < std::min(preface_.size(), frame_header_size); ++i) {
    if (i == 1 || i == 2 || preface_[i] == settings_frame[i]) continue;  // 1 and 2: the length
    const bool tls = preface_[0] == 0x15 || preface_[0] == 0x16;
    return fail(peer + (tls ? " answered with TLS; it was reached without TLS" : " does not speak HTTP/2"));
  }
  preface_seen_ = preface_.size() >= frame_header_size;
  return true;
}

bool Session::receive(std::string_view bytes) {
  if (!failure_.empty()) return false;
  std::string held;
  if (!preface_seen_) {
    if (!check_preface(bytes)) return false;
    if (!preface_seen_) {  // check_preface took at most 64 bytes and wants at most 9
      return true;
    }
    const std::size_t before = preface_.size() - std::min<std::size_t>(bytes.size(), 64);
    held = preface_.substr(0, before);
  }
  for (const std::string_view part : {std::string_view(held), bytes}) {
    if (part.empty()) continue;
    const ssize_t taken = nghttp2_session_mem_recv(http2_, bytes_of<std::uint8_t>(part), part.size());
    if (taken < 0) {
      return fail("the server at " + options_.address + " broke the rules of HTTP/2 (" +
                  nghttp2_strerror(static_cast<int>(taken)) + (complaint_.empty() ? "" : ": ") + complaint_ + ")");
    }
  }
  return true;
}

bool Session::produce() {
  if (!output().empty()) return failure_.empty();
  out_base_ += out_.size();
  out_.clear();
  out_taken_ = 0;
  do {
    paused_ = false;
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(http2_, &bytes);
    if (size < 0) {
      return fail("HTTP/2 with the server at " + options_.address + " failed (" +
                  nghttp2_strerror(static_cast<int>(size)) + ")");
    }
    if (size == 0) break;
    out_.append(text_of(bytes, static_cast<std::size_t>(size)));
  } while (out_.size() < output_piece);
  if (!terminated_) return true;
  return fail("the server at " + options_.address + " broke the rules of HTTP/2" + (complaint_.empty() ? "" : ": ") +
              complaint_);
}

void Session::accept_output(std::size_t count) {
  out_taken_ += count;
  if (out_taken_ < out_.size()) return;
  while (ProducedNode* node = produced_.pop_front()) {
    auto& exchange = static_cast<Exchange&>(*node);
    exchange.output_bytes_ = 0;
    if (exchange.writer_.bytes() == 0) exchange.on_drained();
  }
}

bool Session::start(Exchange& exchange, core::Duration timeout) {
  constexpr std::size_t most_fixed = 8;
  std::vector<nghttp2_nv> many;
  std::array<nghttp2_nv, most_fixed> few;
  nghttp2_nv* headers = few.data();
  if (!exchange.metadata_.empty()) {
    many.resize(most_fixed + exchange.metadata_.size());
    headers = many.data();
  }
  std::size_t count = 0;
  headers[count++] = header(":method", "POST");
  headers[count++] = header(":scheme", options_.scheme);
  headers[count++] = header(":path", exchange.method_);
  headers[count++] = header(":authority", options_.address);
  headers[count++] = header("te", "trailers");
  headers[count++] = header("content-type", "application/grpc");
  headers[count++] = header("user-agent", options_.user_agent);
  if (timeout != core::Duration::max()) {
    exchange.timeout_ = encode_timeout(timeout);
    headers[count++] = header("grpc-timeout", exchange.timeout_.view(), NGHTTP2_NV_FLAG_NO_INDEX);
  }
  for (const auto& [name, value] : exchange.metadata_) headers[count++] = header(name, value);

  nghttp2_data_provider body{};
  body.read_callback = SessionCallbacks::read_data;
  const std::int32_t id = nghttp2_submit_request(http2_, nullptr, headers, count, &body, static_cast<void*>(&exchange));
  if (id < 0) {  // stream ids have run out (or memory)
    draining_ = true;
    if (goaway_.empty()) goaway_ = "stream ids ran out";
    return false;
  }
  exchange.session_ = this;
  exchange.stream_id_ = id;
  active_.push_back(exchange);
  if (exchange.expects_answer_) ++awaited_;
  ++open_streams_;
  return true;
}

void Session::more(Exchange& exchange) {
  if (!exchange.deferred_) return;
  exchange.deferred_ = false;
  nghttp2_session_resume_data(http2_, exchange.stream_id_);
}

void Session::reset(std::int32_t stream_id, std::uint32_t error_code) {
  nghttp2_submit_rst_stream(http2_, NGHTTP2_FLAG_NONE, stream_id, error_code);
}

void Session::forget(Exchange& exchange) {
  nghttp2_session_set_stream_user_data(http2_, exchange.stream_id_, nullptr);
  exchange.session_ = nullptr;
  if (exchange.expects_answer_) --awaited_;
  exchange.ActiveNode::unlink();
  exchange.ProducedNode::unlink();
}

void Session::cancel(Exchange& exchange) {
  forget(exchange);
  reset(exchange.stream_id_, NGHTTP2_CANCEL);
}

void Session::abort(Exchange& exchange, Status status) {
  exchange.break_off(std::move(status));  // forgets it
  reset(exchange.stream_id_, NGHTTP2_CANCEL);
}

void Session::break_off(const Status& status) {
  broken_off_ = true;
  while (ActiveNode* node = active_.front()) static_cast<Exchange&>(*node).break_off(status);
}

void Session::tell_silence() {
  for (ActiveNode& node : active_) static_cast<Exchange&>(node).on_silence();
}

void Session::tell_going_away() {
  for (ActiveNode& node : active_) static_cast<Exchange&>(node).on_going_away();
}

void Session::tell_trusted() {
  for (ActiveNode& node : active_) {
    auto& exchange = static_cast<Exchange&>(node);
    more(exchange);
    exchange.on_trusted();
  }
}

void Session::add_to(Holdings& held) {
  held.exchanges += count(active_);
  held.awaited += awaited_;
  held.open_streams += open_streams_;
  held.output += output().size();
  held.receive_window += static_cast<std::size_t>(nghttp2_session_get_effective_recv_data_length(http2_));
}

void Session::ping() { nghttp2_submit_ping(http2_, NGHTTP2_FLAG_NONE, nullptr); }

}  // namespace tikv::rpc
