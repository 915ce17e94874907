#include "rpc/asio_connector.h"

#include "rpc/asio_poller.h"
#include "rpc/asio_stream.h"

namespace tikv::rpc {

AsioConnector::AsioConnector(core::Loop& loop, const AsioPoller& poller) : loop_(loop), context_(poller.context()) {}

std::unique_ptr<ByteStream> AsioConnector::connect(std::string_view address) {
  return std::make_unique<AsioStream>(loop_, context_, address);
}

}  // namespace tikv::rpc
