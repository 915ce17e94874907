#include "region/batch_core.h"

#include <utility>

#include "region/batch_store.h"
#include "region/batch_stream.h"

namespace tikv::region {

BatchCore::BatchCore(core::Loop& its_loop, rpc::Transport& its_transport, const BatchOptions& its_options)
    : loop(its_loop), transport(its_transport), options(its_options) {}

BatchCore::~BatchCore() = default;

BatchStore& BatchCore::store(std::string_view address) {
  if (BatchStore* known = find(address)) return *known;
  std::string name(address);
  auto made = std::make_unique<BatchStore>(*this, name);
  return *stores_.emplace(std::move(name), std::move(made)).first->second;
}

BatchStore* BatchCore::find(std::string_view address) noexcept {
  const auto found = stores_.find(address);
  return found == stores_.end() ? nullptr : found->second.get();
}

void BatchCore::send_soon(BatchStream& stream) {
  const bool posted = !unsent_.empty();
  if (!static_cast<UnsentNode&>(stream).linked()) unsent_.push_back(stream);
  if (!posted) loop.post([self = shared_from_this()] { self->send_all(); });
}

void BatchCore::send_all() {
  while (UnsentNode* node = unsent_.pop_front()) static_cast<BatchStream*>(node)->send_queued();
}

void BatchCore::fail_later(BatchEntry& entry, rpc::Status status) {
  entry.fail_later(std::move(status));
  const bool posted = !failed_.empty();
  failed_.push_back(entry);
  if (!posted) loop.post([self = shared_from_this()] { self->tell_all(); });
}

void BatchCore::tell_all() {
  while (BatchEntry* entry = failed_.pop_front()) entry->tell();
}

void BatchCore::close() {
  if (std::exchange(closed, true)) return;
  for (const auto& [address, store] : stores_) {
    store->close({rpc::StatusCode::unavailable, "the client was closed", rpc::Failure::closed});
  }
}

}  // namespace tikv::region
