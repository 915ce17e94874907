#include "rpc/tls_connector.h"

#include <utility>

#include "rpc/tls_source.h"
#include "rpc/tls_stream.h"

namespace tikv::rpc {

Result<std::unique_ptr<TlsConnector>> TlsConnector::make(std::unique_ptr<Connector> carrier, const TlsOptions& options,
                                                         core::Loop& loop, std::shared_ptr<Observer> observer) {
  auto source = TlsSource::make(loop, options, std::move(observer));
  if (!source) return source.error();
  return std::unique_ptr<TlsConnector>(new TlsConnector(std::move(carrier), *std::move(source)));
}

TlsConnector::TlsConnector(std::unique_ptr<Connector> carrier, std::unique_ptr<TlsSource> source)
    : carrier_(std::move(carrier)), source_(std::move(source)) {}

TlsConnector::~TlsConnector() = default;

std::unique_ptr<ByteStream> TlsConnector::connect(std::string_view address) {
  return std::make_unique<TlsStream>(carrier_->connect(address), source_->context(), address);
}

}  // namespace tikv::rpc
