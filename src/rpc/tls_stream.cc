#include "rpc/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/address.h"

namespace tikv::rpc {
namespace {

constexpr std::size_t record_size = std::size_t{16} * 1024;  // the most that one TLS record carries
constexpr std::size_t piece_size = std::size_t{32} * 1024;
constexpr unsigned records_per_write = 8;

// Alerts of a peer that concern the certificate we showed, or did not show.
bool refuses_our_certificate(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return false;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

// Verdicts on the peer's certificate that another CA file could change.
bool concerns_authorities(long verdict) {
  return verdict != X509_V_ERR_HOSTNAME_MISMATCH && verdict != X509_V_ERR_IP_ADDRESS_MISMATCH;
}

}  // namespace

TlsStream::TlsStream(std::unique_ptr<ByteStream> carrier, std::shared_ptr<const TlsContext> context,
                     std::string_view address)
    : address_(address), context_(std::move(context)), carrier_(std::move(carrier)) {
  // A malformed address: the carrier will say so.
  if (auto parsed = core::parse_address(address)) host_ = std::move(parsed->host);
}

void TlsStream::start(ByteStream::Handler& handler) {
  handler_ = &handler;
  carrier_->start(*this);
}

void TlsStream::on_connected() {
  session_ = context_->session(host_);
  if (!session_) {
    fail_to_connect("it cannot be begun: " + take_tls_errors());
    return;
  }
  state_ = State::handshaking;
  shake_hands();
}

void TlsStream::on_connect_failed(std::string reason) {
  state_ = State::dead;
  handler_->on_connect_failed(std::move(reason));
}

void TlsStream::on_readable() {
  if (state_ == State::handshaking) {
    shake_hands();
  } else if (state_ == State::open && told_blocked_reading_) {
    announce_readable();
  }
}

void TlsStream::on_writable() {
  if (state_ == State::handshaking) {
    shake_hands();
    return;
  }
  if (state_ != State::open) return;
  // A failure is met by our owner's next write.
  const bool stuck = flush().progress == Progress::would_block;
  if (!stuck && std::exchange(told_blocked_writing_, false)) handler_->on_writable();
}

void TlsStream::shake_hands() {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    const int error = SSL_get_error(session_.get(), result);
    const std::string refusal = result == 1 || error == SSL_ERROR_WANT_READ ? "" : handshake_failure();
    const Outcome sent = flush();  // in case of a refusal: the alert
    if (!refusal.empty()) {
      fail_to_connect(refusal);
      return;
    }
    if (sent.progress == Progress::failed) {
      fail_to_connect("the connection broke during the handshake: " + sent.reason);
      return;
    }
    if (result == 1) {
      finish_handshake();
      return;
    }
    const Outcome fed = feed();
    if (fed.progress == Progress::would_block) return;
    if (fed.progress == Progress::moved) continue;
    fail_to_connect(fed.progress == Progress::closed
                        ? "the peer closed the connection during the handshake; perhaps it does not speak TLS, or "
                          "misses a certificate of ours"
                        : "the connection broke during the handshake: " + fed.reason);
    return;
  }
}

void TlsStream::finish_handshake() {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(session_.get(), &protocol, &size);
  if (size != 2 || protocol[0] != 'h' || protocol[1] != '2') {
    fail_to_connect("the peer does not agree on HTTP/2 (ALPN h2)");
    return;
  }
  state_ = State::open;
  const std::weak_ptr<char> alive = alive_;
  handler_->on_connected();
  // What came with the end of the handshake nobody tells us again.
  if (!alive.expired() && state_ == State::open && told_blocked_reading_) announce_readable();
}

std::string TlsStream::handshake_failure() {
  const unsigned long first = ERR_peek_error();
  std::string reasons = take_reasons();
  const long verdict = SSL_get_verify_result(session_.get());
  if (verdict != X509_V_OK) {
    const std::string& authorities = context_->options().ca_file;
    return std::string("the certificate of the peer is not accepted: ") + X509_verify_cert_error_string(verdict) +
           (authorities.empty() || !concerns_authorities(verdict) ? "" : " (CA file '" + authorities + "')");
  }
  if (ERR_GET_LIB(first) == ERR_LIB_SSL && ERR_GET_REASON(first) == SSL_R_WRONG_VERSION_NUMBER) {
    return "the peer does not speak TLS (" + reasons + ")";
  }
  return reasons.empty() ? "the handshake failed" : reasons;
}

std::string TlsStream::take_reasons() const {
  const unsigned long first = ERR_peek_error();
  std::string reasons = take_tls_errors();
  if (!refuses_our_certificate(first)) return reasons;
  const std::string& file = context_->options().certificate_file;
  if (file.empty()) return "the peer wants a certificate of ours, and none is configured (" + reasons + ")";
  const bool expired = ERR_GET_REASON(first) == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED;
  return "the peer does not accept our certificate, file '" + file +
         "': " + (expired ? "certificate has expired (" + reasons + ")" : reasons);
}

void TlsStream::fail_to_connect(const std::string& reason) {
  state_ = State::dead;
  handler_->on_connect_failed("TLS with " + address_ + ": " + reason);
}

void TlsStream::announce_readable() {
  char first = 0;
  if (decrypt({&first, 1}, true).progress == Progress::would_block) return;
  told_blocked_reading_ = false;
  handler_->on_readable();
}

ByteStream::Outcome TlsStream::read(std::span<char> buffer) {
  if (state_ != State::open) return {Progress::failed, 0, "TLS with " + address_ + " is not established"};
  Outcome outcome = decrypt(buffer, false);
  told_blocked_reading_ = outcome.progress == Progress::would_block;
  return outcome;
}

ByteStream::Outcome TlsStream::decrypt(std::span<char> buffer, bool peek) {
  while (end_.progress == Progress::would_block) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = peek ? SSL_peek_ex(session_.get(), buffer.data(), buffer.size(), &count)
                            : SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &count);
    if (result == 1) return {Progress::moved, count, {}};
    const int error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) {
      end_ = {Progress::closed, 0, {}};
    } else if (error != SSL_ERROR_WANT_READ) {
      end_ = {Progress::failed, 0, "TLS: " + take_reasons()};
    } else {
      // Perhaps an answer to new keys; a failure is met by whoever reads or writes next.
      if (BIO_ctrl_pending(SSL_get_wbio(session_.get())) > 0) (void)flush();
      Outcome fed = feed();
      if (fed.progress == Progress::would_block) return fed;
      if (fed.progress != Progress::moved) end_ = std::move(fed);
    }
  }
  return end_;
}

ByteStream::Outcome TlsStream::feed() {
  std::array<char, piece_size> piece;
  Outcome outcome = carrier_->read(piece);
  if (outcome.progress == Progress::moved) {
    std::size_t written = 0;
    const int kept = BIO_write_ex(SSL_get_rbio(session_.get()), piece.data(), outcome.bytes, &written);
    if (kept != 1 || written != outcome.bytes) return {Progress::failed, 0, "TLS: no memory"};
  }
  return outcome;
}

ByteStream::Outcome TlsStream::flush() {
  BIO* from = SSL_get_wbio(session_.get());
  if (const std::size_t fresh = BIO_ctrl_pending(from); fresh > 0) {
    encrypted_.erase(0, std::exchange(offered_, 0));
    const std::size_t before = encrypted_.size();
    encrypted_.resize(before + fresh);
    std::size_t count = 0;
    BIO_read_ex(from, encrypted_.data() + before, fresh, &count);
    encrypted_.resize(before + count);
    produced_ += count;
  }
  while (offered_ < encrypted_.size()) {
    Outcome outcome = carrier_->write(std::string_view(encrypted_).substr(offered_));
    if (outcome.progress != Progress::moved) return outcome;
    offered_ += outcome.bytes;
  }
  encrypted_.clear();
  offered_ = 0;
  return {Progress::moved, 0, {}};
}

ByteStream::Outcome TlsStream::write(std::span<const char> bytes) {
  if (state_ != State::open) return {Progress::failed, 0, "TLS with " + address_ + " is not established"};
  Outcome before = flush();
  if (before.progress == Progress::would_block) told_blocked_writing_ = true;
  if (before.progress != Progress::moved) return before;
  // A few records at a time, then they go: what is encrypted can no longer be taken back.
  std::size_t taken = 0;
  for (unsigned count = 0; count < records_per_write && taken < bytes.size(); ++count) {
    Outcome outcome = write_record(bytes.subspan(taken, std::min(record_size, bytes.size() - taken)));
    if (outcome.progress != Progress::moved && taken == 0) return outcome;
    if (outcome.progress != Progress::moved) break;
    taken += outcome.bytes;
  }
  (void)flush();  // a failure is met by the next write: some of these bytes may be outside
  return {Progress::moved, taken, {}};
}

ByteStream::Outcome TlsStream::write_record(std::span<const char> bytes) {
  ERR_clear_error();
  const std::size_t begins = produced_ + BIO_ctrl_pending(SSL_get_wbio(session_.get()));
  std::size_t count = 0;
  if (SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count) != 1) {
    return {Progress::failed, 0, "TLS: " + take_tls_errors()};
  }
  accepted_ += count;
  unreleased_.push_back({begins, accepted_});
  return {Progress::moved, count, {}};
}

// One byte of a record outside may be enough for the peer to have it all: the rest can follow.
std::size_t TlsStream::bytes_released() const noexcept {
  const std::size_t outside = carrier_->bytes_released();
  while (!unreleased_.empty() && unreleased_.front().begins < outside) {
    released_ = unreleased_.front().carries_up_to;
    unreleased_.pop_front();
  }
  return released_;
}

}  // namespace tikv::rpc
