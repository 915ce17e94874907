#include "region/batch_core.h"

#include <utility>

#include "region/batch_store.h"
#include "region/batch_stream.h"
#include "rpc/holdings.h"

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
  // First the post: a list that is not empty stands for one that was made.
  if (unsent_.empty()) loop.post([self = shared_from_this()] { self->send_all(); });
  if (!static_cast<UnsentNode&>(stream).linked()) unsent_.push_back(stream);
}

void BatchCore::send_all() {
  while (UnsentNode* node = unsent_.pop_front()) static_cast<BatchStream*>(node)->send_queued();
}

void BatchCore::fail_later(BatchEntry& entry, rpc::Status status) {
  if (failed_.empty()) loop.post([self = shared_from_this()] { self->tell_all(); });
  entry.fail_later(std::move(status));
  failed_.push_back(entry);
}

void BatchCore::tell_all() {
  while (BatchEntry* entry = failed_.pop_front()) entry->tell();
}

BatchHoldings BatchCore::holdings() {
  BatchHoldings held;
  held.untold = rpc::count(failed_);
  for (auto& [address, store] : stores_) store->add_to(held);
  return held;
}

void BatchCore::close() {
  if (std::exchange(closed, true)) return;
  for (const auto& [address, store] : stores_) {
    store->close({rpc::StatusCode::unavailable, "the client was closed", rpc::Failure::closed});
  }
}

}  // namespace tikv::region
