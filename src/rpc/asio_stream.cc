#include "rpc/asio_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <unistd.h>

#include <cerrno>
#include <list>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/address.h"
#include "core/fork.h"
#include "rpc/asio_context.h"
#include "rpc/asio_resolve.h"
#include "rpc/system_words.h"

namespace tikv::rpc {
namespace {

using asio::ip::tcp;

// An address that has not answered for so long gets company (RFC 8305, "Connection Attempt Delay").
constexpr core::Duration attempt_delay = std::chrono::milliseconds(250);

// The kernel asks an idle peer for a sign of life, which costs its server nothing and keeps middle boxes
// from forgetting the connection; what is not acknowledged for so long ends it.
constexpr int seconds_until_probe = 20;
constexpr int seconds_between_probes = 5;
constexpr int probes = 3;
constexpr int most_milliseconds_unacknowledged = 15'000;

/// As good as the system can: a connection without it is one all the same.
void let_kernel_watch(int descriptor) noexcept {
  const auto set = [descriptor](int level, int name, int value) {
    (void)::setsockopt(descriptor, level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
  set(IPPROTO_TCP, TCP_KEEPIDLE, seconds_until_probe);
  set(IPPROTO_TCP, TCP_KEEPINTVL, seconds_between_probes);
  set(IPPROTO_TCP, TCP_KEEPCNT, probes);
#endif
#ifdef TCP_USER_TIMEOUT
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, most_milliseconds_unacknowledged);
#endif
}

bool would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

/// The socket behind a stream. Asio's handlers hold it weakly; it closes with its stream, and lives
/// on only until the handler that runs has returned.
class AsioSocket final : public std::enable_shared_from_this<AsioSocket> {
 public:
  AsioSocket(core::Loop& loop, std::shared_ptr<AsioContext> context, std::string_view address)
      : context_(std::move(context)), address_(address), socket_(context_->io), loop_(loop), patience_(loop, [this] {
          on_patience_over();
        }) {}

  void start(ByteStream::Handler& handler);
  ByteStream::Outcome read(std::span<char> buffer);
  ByteStream::Outcome write(std::span<const char> bytes);
  void close();
  [[nodiscard]] std::size_t bytes_accepted() const noexcept { return bytes_accepted_; }

 private:
  struct Attempt {
    Attempt(AsioContext& context, tcp::endpoint to) : socket(context.io), endpoint(std::move(to)) {}
    tcp::socket socket;
    tcp::endpoint endpoint;
  };
  using Attempts = std::list<Attempt>;

  // A handler for Asio that does nothing once the stream is gone.
  template <class Function>
  auto guarded(Function function) {
    return [weak = weak_from_this(), function](auto... arguments) {
      const auto self = weak.lock();
      if (self && self->handler_ != nullptr) function(*self, std::move(arguments)...);
    };
  }

  void on_resolved(Resolved resolved);
  void on_patience_over();
  void try_next();
  void begin_attempt(const tcp::endpoint& endpoint);
  void on_attempt_ended(Attempts::iterator attempt, const std::error_code& error);
  void note_failure(const tcp::endpoint& endpoint, const std::string& reason);
  void fail(const std::string& reason);
  ByteStream::Outcome blocked_reading();
  ByteStream::Outcome blocked_writing();

  const std::shared_ptr<AsioContext> context_;  // outlives the sockets
  const std::string address_;
  tcp::socket socket_;
  ByteStream::Handler* handler_ = nullptr;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool drained_ = false;  // the last read took all there was
  bool filled_ = false;   // the last write found no room for more
  std::size_t bytes_accepted_ = 0;

  core::Loop& loop_;
  core::Timer patience_;
  std::vector<tcp::endpoint> endpoints_;
  std::size_t next_endpoint_ = 0;
  Attempts attempts_;
  std::string failures_;
};

void AsioSocket::start(ByteStream::Handler& handler) {
  handler_ = &handler;
  auto address = core::parse_address(address_);
  if (!address) {
    asio::post(context_->io, guarded([reason = address.error().message()](AsioSocket& self) { self.fail(reason); }));
    return;
  }
  resolve(context_, *address, guarded([](AsioSocket& self, Resolved found) { self.on_resolved(std::move(found)); }));
}

void AsioSocket::on_resolved(Resolved resolved) {
  if (resolved.endpoints.empty()) {
    fail("connect to " + address_ + ": " + resolved.failure);
    return;
  }
  endpoints_ = std::move(resolved.endpoints);
  try_next();
}

void AsioSocket::on_patience_over() {
  const auto self = shared_from_this();
  try_next();
}

// Begins attempts until one is under way.
void AsioSocket::try_next() {
  const std::size_t before = attempts_.size();
  while (attempts_.size() == before && next_endpoint_ < endpoints_.size()) begin_attempt(endpoints_[next_endpoint_++]);
  if (attempts_.empty()) {
    fail("connect to " + address_ + ": " + failures_);
  } else if (next_endpoint_ < endpoints_.size()) {
    patience_.set(core::saturating_add(loop_.now(), attempt_delay));
  }
}

void AsioSocket::begin_attempt(const tcp::endpoint& endpoint) {
  const int family = endpoint.protocol().family();
  // With these flags from the begin: another thread of the program may start a program at any time.
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (descriptor < 0) {
    note_failure(endpoint, system_words(errno));
    return;
  }
  const auto attempt = attempts_.emplace(attempts_.end(), *context_, endpoint);
  std::error_code error;
  attempt->socket.assign(endpoint.protocol(), descriptor, error);
  if (error) {
    ::close(descriptor);
    attempts_.erase(attempt);
    note_failure(endpoint, error.message());
    return;
  }
  attempt->socket.async_connect(endpoint, guarded([attempt](AsioSocket& self, const std::error_code& outcome) {
                                  if (outcome != asio::error::operation_aborted)
                                    self.on_attempt_ended(attempt, outcome);
                                }));
}

void AsioSocket::on_attempt_ended(Attempts::iterator attempt, const std::error_code& error) {
  if (error) {
    note_failure(attempt->endpoint, error.message());
    attempts_.erase(attempt);
    try_next();
    return;
  }
  // Registered with the poller anew: Asio has asked to be woken when there is room to write, for
  // connecting, and would be so each time that it waits for something to read.
  std::error_code failed;
  const int descriptor = attempt->socket.release(failed);
  if (!failed) socket_.assign(attempt->endpoint.protocol(), descriptor, failed);
  patience_.cancel();
  attempts_.clear();
  if (!failed) socket_.set_option(tcp::no_delay(true), failed);
  if (!failed) let_kernel_watch(descriptor);
  if (failed) {
    fail("connect to " + address_ + ": " + failed.message());
    return;
  }
  handler_->on_connected();
  if (handler_ != nullptr) blocked_reading();
}

void AsioSocket::note_failure(const tcp::endpoint& endpoint, const std::string& reason) {
  if (!failures_.empty()) failures_ += "; ";
  if (endpoints_.size() > 1) failures_ += endpoint.address().to_string() + ": ";
  failures_ += reason;
}

void AsioSocket::fail(const std::string& reason) {
  ByteStream::Handler& handler = *handler_;
  close();
  handler.on_connect_failed(reason);
}

void AsioSocket::close() {
  handler_ = nullptr;
  patience_.cancel();
  attempts_.clear();
  std::error_code ignored;
  socket_.close(ignored);
}

ByteStream::Outcome AsioSocket::blocked_reading() {
  if (!read_armed_) {
    // An error is told as readable, too: the next `read` meets it.
    socket_.async_wait(tcp::socket::wait_read, guarded([](AsioSocket& self, const std::error_code&) {
                         self.read_armed_ = false;
                         self.handler_->on_readable();
                       }));
    read_armed_ = true;
  }
  return {ByteStream::Progress::would_block, 0, {}};
}

ByteStream::Outcome AsioSocket::blocked_writing() {
  if (!write_armed_) {
    socket_.async_wait(tcp::socket::wait_write, guarded([](AsioSocket& self, const std::error_code&) {
                         self.write_armed_ = false;
                         self.handler_->on_writable();
                       }));
    write_armed_ = true;
  }
  return {ByteStream::Progress::would_block, 0, {}};
}

ByteStream::Outcome AsioSocket::read(std::span<char> buffer) {
  // What comes after a short read is most likely nothing yet. Waiting finds it if it did come.
  if (std::exchange(drained_, false)) return blocked_reading();
  for (;;) {
    const ssize_t count = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
    if (count > 0) {
      drained_ = static_cast<std::size_t>(count) < buffer.size();
      return {ByteStream::Progress::moved, static_cast<std::size_t>(count), {}};
    }
    if (count == 0) return {ByteStream::Progress::closed, 0, {}};
    if (would_block(errno)) return blocked_reading();
    if (errno != EINTR) return {ByteStream::Progress::failed, 0, system_words(errno)};
  }
}

ByteStream::Outcome AsioSocket::write(std::span<const char> bytes) {
  if (std::exchange(filled_, false)) return blocked_writing();
  for (;;) {
    const ssize_t count = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      filled_ = static_cast<std::size_t>(count) < bytes.size();
      bytes_accepted_ += static_cast<std::size_t>(count);
      return {ByteStream::Progress::moved, static_cast<std::size_t>(count), {}};
    }
    if (would_block(errno)) return blocked_writing();
    if (errno != EINTR) return {ByteStream::Progress::failed, 0, system_words(errno)};
  }
}

AsioStream::AsioStream(core::Loop& loop, std::shared_ptr<AsioContext> context, std::string_view address)
    : socket_(std::make_shared<AsioSocket>(loop, std::move(context), address)),
      fork_generation_(core::fork_generation()) {}

AsioStream::~AsioStream() {
  if (fork_generation_ == core::fork_generation()) {
    socket_->close();
  } else {
    core::leave_to_parent(std::move(socket_));  // its end would change the parent's epoll set
  }
}

void AsioStream::start(Handler& handler) { socket_->start(handler); }

ByteStream::Outcome AsioStream::read(std::span<char> buffer) { return socket_->read(buffer); }

ByteStream::Outcome AsioStream::write(std::span<const char> bytes) { return socket_->write(bytes); }

std::size_t AsioStream::bytes_released() const noexcept { return socket_->bytes_accepted(); }

}  // namespace tikv::rpc
