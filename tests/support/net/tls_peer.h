#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "support/net/certificates.h"
#include "support/rpc/sim_byte_stream.h"

namespace tikv::testing_support {

struct TlsPeerRules {
  Certificates::Files files;
  std::string client_ca;  ///< not empty: clients must show a certificate of this authority
  bool alpn = true;       ///< agrees on h2
  int version = 0;        ///< the only TLS version spoken; 0: any
  long clock_ahead = 0;   ///< certificates of clients are judged so many seconds later than it is
};

/// A TLS server at the far end of a simulated connection: decrypts and answers with the same bytes.
class TlsPeer final : public rpc::sim::SimPeer {
 public:
  TlsPeer(rpc::sim::SimLink& link, const TlsPeerRules& rules);

  void on_bytes(std::string_view bytes) override;
  void on_closed() override { closed = true; }
  /// Encrypts and sends.
  void say(std::string_view bytes);
  /// Ends the talk as TLS does, with close_notify.
  void say_goodbye();
  void update_keys();

  std::string heard;
  std::string server_name;  // as SNI told it
  bool established = false;
  bool client_certified = false;
  bool closed = false;
  bool echoes = true;

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };
  struct FreeSession {
    void operator()(SSL* session) const noexcept { SSL_free(session); }
  };
  void flush();

  rpc::sim::SimLink& link_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  std::unique_ptr<SSL, FreeSession> session_;
};

}  // namespace tikv::testing_support
