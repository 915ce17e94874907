#include "support/net/tls_peer.h"

#include <openssl/err.h>

#include <array>
#include <ctime>
#include <stdexcept>

namespace tikv::testing_support {
namespace {

int choose_h2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
              unsigned int offered_size, void*) {
  for (unsigned int at = 0; at + 2 < offered_size; at += 1U + offered[at]) {
    if (offered[at] == 2 && offered[at + 1] == 'h' && offered[at + 2] == '2') {
      *chosen = offered + at + 1;
      *size = 2;
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void check(bool fine) {
  if (!fine) throw std::runtime_error("the TLS server of the test cannot be set up");
}

}  // namespace

TlsPeer::TlsPeer(rpc::sim::SimLink& link, const TlsPeerRules& rules)
    : link_(link), context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* context = context_.get();
  check(SSL_CTX_use_certificate_chain_file(context, rules.files.certificate.c_str()) == 1);
  check(SSL_CTX_use_PrivateKey_file(context, rules.files.key.c_str(), SSL_FILETYPE_PEM) == 1);
  if (rules.alpn) SSL_CTX_set_alpn_select_cb(context, &choose_h2, nullptr);
  if (rules.version != 0) {
    SSL_CTX_set_min_proto_version(context, rules.version);
    SSL_CTX_set_max_proto_version(context, rules.version);
    SSL_CTX_set_security_level(context, 0);
  }
  if (!rules.client_ca.empty()) {
    check(SSL_CTX_load_verify_file(context, rules.client_ca.c_str()) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    const std::time_t judged_at = std::time(nullptr) + rules.clock_ahead;
    if (rules.clock_ahead != 0) X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(context), judged_at);
  }
  session_.reset(SSL_new(context));
  BIO* in = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(session_.get(), in, BIO_new(BIO_s_mem()));
  SSL_set_accept_state(session_.get());
}

void TlsPeer::on_bytes(std::string_view bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  BIO_write_ex(SSL_get_rbio(session_.get()), bytes.data(), bytes.size(), &count);
  std::array<char, 16384> buffer;
  std::string answer;
  while (SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &count) == 1) answer.append(buffer.data(), count);
  if (!established && SSL_is_init_finished(session_.get()) == 1) {
    established = true;
    if (const char* name = SSL_get_servername(session_.get(), TLSEXT_NAMETYPE_host_name)) server_name = name;
    client_certified = SSL_get0_peer_certificate(session_.get()) != nullptr;
  }
  heard += answer;
  flush();
  if (echoes && !answer.empty()) say(answer);
}

void TlsPeer::say(std::string_view bytes) {
  std::size_t count = 0;
  check(SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count) == 1);
  flush();
}

void TlsPeer::say_goodbye() {
  SSL_shutdown(session_.get());
  flush();
}

void TlsPeer::update_keys() {
  check(SSL_key_update(session_.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
  check(SSL_do_handshake(session_.get()) == 1);
  flush();
}

void TlsPeer::flush() {
  BIO* out = SSL_get_wbio(session_.get());
  std::string bytes(BIO_ctrl_pending(out), '\0');
  if (bytes.empty()) return;
  std::size_t count = 0;
  BIO_read_ex(out, bytes.data(), bytes.size(), &count);
  link_.answer(bytes);
}

}  // namespace tikv::testing_support
