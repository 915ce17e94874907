#include "rpc/tls_connector.h"

#include <utility>

#include "rpc/tls_context.h"
#include "rpc/tls_stream.h"

namespace tikv::rpc {

Result<std::unique_ptr<TlsConnector>> TlsConnector::make(std::unique_ptr<Connector> carrier,
                                                         const TlsOptions& options) {
  auto context = TlsContext::make(options);
  if (!context) return context.error();
  return std::unique_ptr<TlsConnector>(new TlsConnector(std::move(carrier), std::move(*context)));
}

TlsConnector::TlsConnector(std::unique_ptr<Connector> carrier, std::shared_ptr<const TlsContext> context)
    : carrier_(std::move(carrier)), context_(std::move(context)) {}

std::unique_ptr<ByteStream> TlsConnector::connect(std::string_view address) {
  return std::make_unique<TlsStream>(carrier_->connect(address), context_, address);
}

}  // namespace tikv::rpc
