#include "rpc/grpc_transport.h"

#include <utility>

#include "rpc/channel.h"
#include "rpc/pending_call.h"
#include "rpc/transport_core.h"

namespace tikv::rpc {
namespace {

class GrpcTransport final : public Transport {
 public:
  GrpcTransport(core::Loop& loop, Connector& connector, const TransportOptions& options)
      : core_(std::make_shared<TransportCore>(loop, connector, options)) {}
  ~GrpcTransport() override { core_->close(); }

  std::unique_ptr<Call> unary(CallStart start, std::string request, UnaryHandler& handler) override {
    return std::make_unique<GrpcCall>(*core_, start, std::move(request), handler);
  }
  std::unique_ptr<Stream> stream(CallStart start, StreamHandler& handler) override {
    return std::make_unique<GrpcStream>(*core_, start, handler);
  }
  void forget(std::string_view address) override {
    if (Destination* destination = core_->find(address)) destination->forget();
  }
  bool any_silent() const noexcept override { return core_->silent_channels > 0; }
  bool silent(std::string_view address) const noexcept override {
    const Destination* destination = core_->find(address);
    return destination != nullptr && destination->silent();
  }
  void set_connection_listener(ConnectionListener* listener) override { core_->listener = listener; }
  void close() override { core_->close(); }
  [[nodiscard]] Holdings holdings() const { return core_->holdings(); }

 private:
  std::shared_ptr<TransportCore> core_;
};

}  // namespace

std::unique_ptr<Transport> make_grpc_transport(core::Loop& loop, Connector& connector, TransportOptions options) {
  return std::make_unique<GrpcTransport>(loop, connector, options);
}

Holdings holdings(const Transport& transport) { return static_cast<const GrpcTransport&>(transport).holdings(); }

}  // namespace tikv::rpc
