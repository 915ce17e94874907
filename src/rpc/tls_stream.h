#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "rpc/byte_stream.h"
#include "rpc/tls_context.h"

namespace tikv::rpc {

/// TLS 1.2 or newer over another byte stream: connected once the peer is verified and has agreed to
/// HTTP/2. Does no I/O of its own.
class TlsStream final : public ByteStream, private ByteStream::Handler {
 public:
  TlsStream(std::unique_ptr<ByteStream> carrier, std::shared_ptr<const TlsContext> context, std::string_view address);

  void start(ByteStream::Handler& handler) override;
  Outcome read(std::span<char> buffer) override;
  Outcome write(std::span<const char> bytes) override;
  [[nodiscard]] std::size_t bytes_released() const noexcept override;

 private:
  enum class State : unsigned char { connecting, handshaking, open, dead };

  void on_connected() override;
  void on_readable() override;
  void on_writable() override;
  void on_connect_failed(std::string reason) override;

  void shake_hands();
  void finish_handshake();
  void fail_to_connect(const std::string& reason);
  [[nodiscard]] std::string handshake_failure();
  /// What OpenSSL complains about, in words that name our file if the peer refuses what is in it.
  [[nodiscard]] std::string take_reasons() const;
  void announce_readable();
  [[nodiscard]] Outcome decrypt(std::span<char> buffer, bool peek);
  /// Moves what the carrier has into OpenSSL.
  [[nodiscard]] Outcome feed();
  /// Offers what OpenSSL has for the peer to the carrier, until it takes no more.
  [[nodiscard]] Outcome flush();
  [[nodiscard]] Outcome write_record(std::span<const char> bytes);

  /// Where a TLS record begins in what the peer gets, and how much of our owner's bytes it ends.
  struct Record {
    std::size_t begins;
    std::size_t carries_up_to;
  };

  const std::string address_;
  const std::shared_ptr<const TlsContext> context_;
  std::string host_;
  TlsContext::Session session_;
  ByteStream::Handler* handler_ = nullptr;
  State state_ = State::connecting;
  Outcome end_;  // closed or failed, once reading came to it: OpenSSL tells it only once
  bool told_blocked_reading_ = true;
  bool told_blocked_writing_ = false;

  std::string encrypted_;     // for the carrier
  std::size_t offered_ = 0;   // so much of it the carrier has accepted
  std::size_t produced_ = 0;  // bytes ever encrypted
  std::size_t accepted_ = 0;  // our owner's bytes ever accepted
  mutable std::deque<Record> unreleased_;
  mutable std::size_t released_ = 0;

  std::shared_ptr<char> alive_ = std::make_shared<char>();
  std::unique_ptr<ByteStream> carrier_;  // last: its end calls nobody
};

}  // namespace tikv::rpc
