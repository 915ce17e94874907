#pragma once

#include <memory>
#include <string_view>

#include "rpc/byte_stream.h"
#include "rpc/tls_options.h"
#include "tikv/result.h"

namespace tikv::rpc {

class TlsContext;

/// Puts TLS over the streams of another connector.
class TlsConnector final : public Connector {
 public:
  /// Reads the files of `options`; an error says which one cannot be used and why.
  [[nodiscard]] static Result<std::unique_ptr<TlsConnector>> make(std::unique_ptr<Connector> carrier,
                                                                  const TlsOptions& options);

  [[nodiscard]] std::unique_ptr<ByteStream> connect(std::string_view address) override;
  [[nodiscard]] std::string_view scheme() const noexcept override { return "https"; }

 private:
  TlsConnector(std::unique_ptr<Connector> carrier, std::shared_ptr<const TlsContext> context);

  std::unique_ptr<Connector> carrier_;
  std::shared_ptr<const TlsContext> context_;
};

}  // namespace tikv::rpc
