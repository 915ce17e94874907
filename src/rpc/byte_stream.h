#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tikv::rpc {

/// An ordered, reliable connection that carries bytes both ways: a socket, TLS over another byte
/// stream, or a simulated one. Non-blocking, driven by its loop.
class ByteStream {
 public:
  /// What the stream tells its owner, always from a turn of the loop, never inside a call of the
  /// owner. The owner may destroy the stream inside any of these.
  class Handler {
   public:
    /// Connected (with TLS: the handshake is done, the peer is verified, ALPN agreed on h2).
    virtual void on_connected() = 0;
    /// Bytes, the end, or a failure can be read. Told once; told again only after a `read` that
    /// answered `would_block`.
    virtual void on_readable() = 0;
    /// A `write` that answered `would_block` can go on.
    virtual void on_writable() = 0;
    /// Could not connect (refused, timed out, name not found, handshake failed). The words are for
    /// people and name the address. The stream is dead.
    virtual void on_connect_failed(std::string reason) = 0;

   protected:
    ~Handler() = default;
  };

  enum class Progress : unsigned char {
    moved,        ///< `bytes` were read or accepted (more than 0)
    would_block,  ///< nothing now; the handler will be told
    closed,       ///< the peer closed its side (read only)
    failed,       ///< the connection is broken; `reason` says how
  };
  struct Outcome {
    Progress progress = Progress::would_block;
    std::size_t bytes = 0;
    std::string reason;
  };

  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  /// Closes the connection at once. No handler is called afterwards.
  virtual ~ByteStream() = default;

  /// Begins to connect. Called once, before anything else.
  virtual void start(Handler& handler) = 0;
  /// Reads what is there into `buffer` (not empty).
  virtual Outcome read(std::span<char> buffer) = 0;
  /// Offers `bytes` (not empty) for sending. Accepts all, some (`bytes` says how many; offer the
  /// rest after `on_writable`), or none.
  virtual Outcome write(std::span<const char> bytes) = 0;
  /// How many of the bytes that `write` ever accepted may have left the process. For a socket all
  /// of them; TLS may still hold some.
  [[nodiscard]] virtual std::size_t bytes_released() const noexcept = 0;
};

/// Makes byte streams to addresses: the second half of the transport's seam to the world.
class Connector {
 public:
  Connector() = default;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  virtual ~Connector() = default;

  /// A new stream to `address` (`host:port`, `[v6]:port`), not yet started. Names are resolved anew
  /// for each stream.
  [[nodiscard]] virtual std::unique_ptr<ByteStream> connect(std::string_view address) = 0;
  /// The HTTP scheme of its streams: `http` or `https`.
  [[nodiscard]] virtual std::string_view scheme() const noexcept = 0;
};

}  // namespace tikv::rpc
