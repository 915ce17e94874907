#include "rpc/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "rpc/system_words.h"

namespace tikv::rpc {
namespace {

// In the form of ALPN: each name after its length.
constexpr unsigned char http2_only[] = {2, 'h', '2'};

// OpenSSL would ask the terminal for the password of a key.
int no_password(char*, int, int, void*) { return -1; }

Error unusable(std::string_view what, const std::string& file, std::string_view reason,
               ErrorKind kind = ErrorKind::invalid_argument) {
  return {kind, "TLS: the " + std::string(what) + " file '" + file + "' cannot be used: " + std::string(reason)};
}

// OpenSSL's words for a missing file are worse than the system's.
Result<void> check_readable(std::string_view what, const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(file.c_str(), "re"), &std::fclose);
  if (!opened) {
    const int error = errno;
    const bool limit = error == EMFILE || error == ENFILE;
    return unusable(what, file, system_words(error),
                    limit ? ErrorKind::resource_exhausted : ErrorKind::invalid_argument);
  }
  if (std::fgetc(opened.get()) == EOF) {
    return unusable(what, file, std::ferror(opened.get()) != 0 ? system_words(errno) : "it is empty");
  }
  return {};
}

std::string reason_or(std::string_view otherwise) {
  std::string reason = take_tls_errors();
  return reason.empty() ? std::string(otherwise) : reason;
}

}  // namespace

std::string take_tls_errors() {
  std::string words;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (reason == nullptr || words.find(reason) != std::string::npos) continue;
    if (!words.empty()) words += ", ";
    words += reason;
  }
  return words;
}

void TlsContext::FreeContext::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

void TlsContext::FreeSession::operator()(ssl_st* session) const noexcept { SSL_free(session); }

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsOptions& options) {
  std::shared_ptr<TlsContext> context(new TlsContext(options));
  if (Result<void> loaded = context->load(); !loaded) return loaded.error();
  return std::shared_ptr<const TlsContext>(std::move(context));
}

Result<void> TlsContext::load() {
  ERR_clear_error();
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_) return Error(ErrorKind::resource_exhausted, "TLS: " + reason_or("no memory"));
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_passwd_cb(context_.get(), &no_password);
  if (SSL_CTX_set_alpn_protos(context_.get(), http2_only, sizeof http2_only) != 0) {
    return Error(ErrorKind::internal, "TLS: " + reason_or("ALPN cannot be set"));
  }
  if (Result<void> loaded = load_authorities(options_.ca_file); !loaded) return loaded;
  return load_certificate(options_.certificate_file, options_.key_file);
}

Result<void> TlsContext::load_authorities(const std::string& file) {
  if (file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context_.get()) == 1) return {};
    return Error(ErrorKind::invalid_argument, "TLS: no CA file is given and the system's authorities cannot be used: " +
                                                  reason_or("unknown reason"));
  }
  if (Result<void> readable = check_readable("CA", file); !readable) return readable;
  if (SSL_CTX_load_verify_file(context_.get(), file.c_str()) == 1) return {};
  return unusable("CA", file, "it holds no certificate in PEM form (" + reason_or("unknown reason") + ")");
}

Result<void> TlsContext::load_certificate(const std::string& certificate, const std::string& key) {
  if (certificate.empty() && key.empty()) return {};
  if (certificate.empty()) {
    return Error(ErrorKind::invalid_argument, "TLS: the key file '" + key + "' is given without a certificate file");
  }
  if (key.empty()) {
    return Error(ErrorKind::invalid_argument,
                 "TLS: the certificate file '" + certificate + "' is given without a key file");
  }
  if (Result<void> readable = check_readable("certificate", certificate); !readable) return readable;
  if (Result<void> readable = check_readable("key", key); !readable) return readable;
  if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) != 1) {
    return unusable("certificate", certificate,
                    "it holds no certificate in PEM form (" + reason_or("unknown reason") + ")");
  }
  if (SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable("key", key,
                    "it holds no private key in PEM form without a password that fits the certificate (" +
                        reason_or("unknown reason") + ")");
  }
  return {};
}

TlsContext::Session TlsContext::session(const std::string& host) const {
  Session session(SSL_new(context_.get()));
  BIO* from_peer = BIO_new(BIO_s_mem());
  BIO* to_peer = BIO_new(BIO_s_mem());
  if (!session || from_peer == nullptr || to_peer == nullptr) {
    BIO_free(from_peer);
    BIO_free(to_peer);
    return nullptr;
  }
  BIO_set_mem_eof_return(from_peer, -1);  // empty means: ask again later
  SSL_set_bio(session.get(), from_peer, to_peer);
  const std::string& name = options_.server_name.empty() ? host : options_.server_name;
  X509_VERIFY_PARAM* rules = SSL_get0_param(session.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) != 1) {
    ERR_clear_error();  // a name, then; addresses are not sent as SNI
    SSL_set_hostflags(session.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // SSL_set_tlsext_host_name is a macro with a cast; it wants a char* and copies it.
    const auto set_name = [&](char* sent) {
      return SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, sent);
    };
    std::string sent = name;
    if (SSL_set1_host(session.get(), name.c_str()) != 1 || set_name(sent.data()) != 1) {
      return nullptr;
    }
  }
  SSL_set_connect_state(session.get());
  return session;
}

}  // namespace tikv::rpc
