#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/loop.h"
#include "region/batch_core.h"
#include "rpc/transport.h"

namespace tikv::region {

/// Calls to stores, many on one BatchCommands stream per store: what is started in one turn of the
/// loop, or while the socket is busy, leaves in one message; a lone request leaves at once. Commands
/// that cannot ride a stream, and large ones, go as calls of their own.
///
/// An entry whose stream breaks fails with its own delivery state before anything reconnects. One
/// that is cancelled or out of time leaves its stream alive, and its late answer reaches nobody.
class BatchCommands final : public rpc::UnaryCaller {
 public:
  /// `transport` outlives it.
  BatchCommands(core::Loop& loop, rpc::Transport& transport, const BatchOptions& options = {});
  /// Closes.
  ~BatchCommands();

  [[nodiscard]] std::unique_ptr<rpc::Call> unary(rpc::CallStart start, std::string request,
                                                 rpc::UnaryHandler& handler) override;

  /// The store moved: new requests open a stream on a new connection; those under way may finish on
  /// theirs. Tells the transport, too.
  void forget(std::string_view address);
  /// Whether some store keeps silent (cheap), and whether this one does.
  [[nodiscard]] bool any_silent() const noexcept { return core_->transport.any_silent(); }
  [[nodiscard]] bool silent(std::string_view address) const noexcept { return core_->transport.silent(address); }
  /// Ends every entry (`Failure::closed`) and every stream. Calls that ride none are the transport's.
  void close();

  /// Is told what stores say of themselves; on the loop. It must not destroy this.
  void set_listener(BatchListener listener) { core_->listener = std::move(listener); }
  [[nodiscard]] const BatchStats& stats() const noexcept { return core_->stats; }
  [[nodiscard]] BatchHoldings holdings() const { return core_->holdings(); }

 private:
  std::shared_ptr<BatchCore> core_;
};

}  // namespace tikv::region
