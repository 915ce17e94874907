#include "region/batch_commands.h"

#include <utility>

#include "region/batch_entry.h"
#include "region/batch_store.h"

namespace tikv::region {

BatchCommands::BatchCommands(core::Loop& loop, rpc::Transport& transport, const BatchOptions& options)
    : core_(std::make_shared<BatchCore>(loop, transport, options)) {}

BatchCommands::~BatchCommands() { close(); }

std::unique_ptr<rpc::Call> BatchCommands::unary(rpc::CallStart start, std::string request, rpc::UnaryHandler& handler) {
  BatchCore& core = *core_;
  const bool large = start.bulk || request.size() > core.options.max_request_bytes;
  const std::uint32_t command = batch_command_of(start.method);
  const bool may_ride = command != 0 && start.metadata.empty() && !large && core.options.streams_per_store > 0;
  BatchStore* store = may_ride ? &core.store(start.address) : nullptr;
  if (store == nullptr || store->goes_alone(command)) {
    start.bulk = large;
    ++core.stats.alone;
    return core.transport.unary(std::move(start), std::move(request), handler);
  }
  auto entry = std::make_unique<BatchEntry>(core.loop, start, std::move(request), handler);
  if (core.closed) {
    core.fail_later(*entry, {rpc::StatusCode::unavailable, "the client was closed", rpc::Failure::closed});
  } else {
    store->admit(*entry);
  }
  return entry;
}

void BatchCommands::forget(std::string_view address) {
  if (BatchStore* store = core_->find(address)) store->forget();
  core_->transport.forget(address);
}

void BatchCommands::close() { core_->close(); }

}  // namespace tikv::region
