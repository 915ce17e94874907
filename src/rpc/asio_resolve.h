#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/address.h"
#include "rpc/asio_context.h"

namespace tikv::rpc {

/// What an address stands for, in the order in which to try it; if nothing, `failure` says why.
struct Resolved {
  std::vector<asio::ip::tcp::endpoint> endpoints;
  std::string failure;
};

/// Looks `address` up and calls `done` from a later turn of the poller of `context`. A name is
/// looked up in a thread of its own, with all signals blocked, that nobody waits for: the system's
/// resolver cannot be interrupted, and closing a client must not take as long as a dead name server.
void resolve(const std::shared_ptr<AsioContext>& context, const core::Address& address,
             std::function<void(Resolved)> done);

}  // namespace tikv::rpc
