#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rpc/tls_options.h"
#include "tikv/result.h"

// OpenSSL's, named here so that two files alone need its headers.
struct ssl_ctx_st;
struct ssl_st;

namespace tikv::rpc {

/// What the TLS connections of one client share: the authorities, our certificate, the rules.
class TlsContext {
 public:
  /// Reads the files. An error names the file and what is wrong with it.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options);

  struct FreeSession {
    void operator()(ssl_st* session) const noexcept;
  };
  using Session = std::unique_ptr<ssl_st, FreeSession>;

  /// A client's side of a connection to `host`: HTTP/2 only, over memory; the certificate must bear
  /// `host` or the name of the options. Null if memory is short.
  [[nodiscard]] Session session(const std::string& host) const;
  /// The files that were read.
  [[nodiscard]] const TlsOptions& options() const noexcept { return options_; }

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  explicit TlsContext(TlsOptions options) : options_(std::move(options)) {}
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> load_authorities(const std::string& file);
  [[nodiscard]] Result<void> load_certificate(const std::string& certificate, const std::string& key);

  const TlsOptions options_;
  std::unique_ptr<ssl_ctx_st, FreeContext> context_;
};

/// Takes what OpenSSL has to complain about off its queue, in words; empty if it has nothing.
[[nodiscard]] std::string take_tls_errors();

}  // namespace tikv::rpc
