#pragma once

#include <string>

namespace tikv::rpc {

/// PEM files and names for TLS.
struct TlsOptions {
  /// Certificates of the authorities that servers must descend from; empty: those the system trusts.
  std::string ca_file;
  /// This client's certificate with its chain, and its private key; both or none.
  std::string certificate_file;
  std::string key_file;
  /// The name that the server's certificate must bear; empty: the host of the address.
  std::string server_name;
};

}  // namespace tikv::rpc
