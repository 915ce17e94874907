#pragma once

#include <memory>
#include <string_view>

#include "core/loop.h"
#include "rpc/byte_stream.h"

namespace tikv::rpc {

class AsioPoller;
struct AsioContext;

/// Makes TCP connections watched by the poller of `loop`: non-blocking, without Nagle's delay, not
/// inherited by programs that are started. Names are looked up anew for each stream, in a thread of
/// its own; numeric addresses need none. The addresses of a name are tried in their order, the next
/// one when the one before has failed or has not answered for a quarter of a second.
class AsioConnector final : public Connector {
 public:
  AsioConnector(core::Loop& loop, const AsioPoller& poller);

  [[nodiscard]] std::unique_ptr<ByteStream> connect(std::string_view address) override;
  [[nodiscard]] std::string_view scheme() const noexcept override { return "http"; }

 private:
  core::Loop& loop_;
  std::shared_ptr<AsioContext> context_;
};

}  // namespace tikv::rpc
