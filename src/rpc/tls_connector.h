#pragma once

#include <memory>
#include <string_view>

#include "core/loop.h"
#include "rpc/byte_stream.h"
#include "rpc/tls_options.h"
#include "tikv/observer.h"
#include "tikv/result.h"

namespace tikv::rpc {

class TlsSource;

/// Puts TLS over the streams of another connector. Each new stream uses the files as they are then.
class TlsConnector final : public Connector {
 public:
  /// Reads the files of `options`; an error says which one cannot be used and why. Later changes of
  /// the files, for good or bad, are told to `observer` (may be null). The loop outlives the connector.
  [[nodiscard]] static Result<std::unique_ptr<TlsConnector>> make(std::unique_ptr<Connector> carrier,
                                                                  const TlsOptions& options, core::Loop& loop,
                                                                  std::shared_ptr<Observer> observer);
  ~TlsConnector() override;

  [[nodiscard]] std::unique_ptr<ByteStream> connect(std::string_view address) override;
  [[nodiscard]] std::string_view scheme() const noexcept override { return "https"; }

 private:
  TlsConnector(std::unique_ptr<Connector> carrier, std::unique_ptr<TlsSource> source);

  std::unique_ptr<Connector> carrier_;
  std::unique_ptr<TlsSource> source_;
};

}  // namespace tikv::rpc
