#pragma once

#include <memory>

#include "core/loop.h"
#include "rpc/byte_stream.h"
#include "rpc/holdings.h"
#include "rpc/transport.h"

namespace tikv::rpc {

/// gRPC over HTTP/2, over the byte streams of `connector`. All of it runs on `loop`, which must
/// outlive the transport and its calls, as must `connector`.
[[nodiscard]] std::unique_ptr<Transport> make_grpc_transport(core::Loop& loop, Connector& connector,
                                                             TransportOptions options = {});

/// Of a transport that was made here.
[[nodiscard]] Holdings holdings(const Transport& transport);

}  // namespace tikv::rpc
