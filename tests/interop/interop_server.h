#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "support/net/certificates.h"
#include "support/net/listener.h"

namespace tikv::interop {

/// grpc-go's interoperability server, a child process of the test. Ends with it.
class InteropServer {
 public:
  /// Nothing if the program was not built. Throws if it is there and does not start.
  [[nodiscard]] static bool available();
  InteropServer();
  ~InteropServer();
  InteropServer(const InteropServer&) = delete;
  InteropServer& operator=(const InteropServer&) = delete;

  [[nodiscard]] std::string plain() const { return address(plain_); }
  [[nodiscard]] std::string encrypted() const { return address(encrypted_); }
  /// TLS that demands a certificate of the client.
  [[nodiscard]] std::string certified() const { return address(certified_); }
  [[nodiscard]] const testing_support::Certificates& certificates() const noexcept { return certificates_; }

 private:
  [[nodiscard]] static std::string address(int port) { return "127.0.0.1:" + std::to_string(port); }
  void read_ports(int from);

  testing_support::Certificates certificates_;
  testing_support::Descriptor lifeline_;  // its standard input: closed, it ends
  pid_t process_ = -1;
  int plain_ = 0;
  int encrypted_ = 0;
  int certified_ = 0;
};

}  // namespace tikv::interop
