#include "region/batch_store.h"

#include <algorithm>
#include <new>
#include <utility>

#include "region/batch_core.h"
#include "region/batch_stream.h"
#include "rpc/holdings.h"
#include "tikv/error.h"

namespace tikv::region {

BatchStore::BatchStore(BatchCore& core, std::string address)
    : core_(core), address_(std::move(address)), streams_(std::max<std::size_t>(core.options.streams_per_store, 1)) {}

BatchStore::~BatchStore() = default;

bool BatchStore::has_room(const BatchEntry& entry) const noexcept {
  // A single request larger than the limit goes alone.
  return bytes_in_flight_ == 0 || bytes_in_flight_ + entry.bytes() <= core_.options.max_bytes_in_flight;
}

void BatchStore::admit(BatchEntry& entry) {
  entry.joined(*this);
  if (blocked_.empty() && has_room(entry)) {
    let_in(entry);
  } else {
    blocked_.push_back(entry);
  }
}

void BatchStore::let_in(BatchEntry& entry) {
  BatchStream& stream = next_stream();  // may find no memory: first, then what counts
  bytes_in_flight_ += entry.bytes();
  entry.joined(stream);
  stream.enqueue(entry);
}

void BatchStore::join(BatchEntry& entry) {
  BatchStream& stream = next_stream();
  entry.joined(stream);
  stream.enqueue(entry);
}

BatchStream& BatchStore::next_stream() {
  std::shared_ptr<BatchStream>& slot = streams_[turn_];
  if (++turn_ == streams_.size()) turn_ = 0;
  if (slot == nullptr) slot = std::make_shared<BatchStream>(*this);
  return *slot;
}

// Also from destructors, and about others than the one who leaves.
void BatchStore::release(std::size_t bytes) try {
  bytes_in_flight_ -= bytes;
  while (!core_.closed && !unary_only_) {
    BatchEntry* entry = blocked_.front();
    if (entry == nullptr || !has_room(*entry)) return;
    let_in(*entry);
  }
} catch (const std::bad_alloc&) {
  detail::end_out_of_memory();
}

void BatchStore::set_unary_only() {
  unary_only_ = true;
  while (BatchEntry* entry = blocked_.front()) entry->go_alone(core_.transport);
}

void BatchStore::tell_silence() { region::tell_silence(blocked_); }

void BatchStore::retire(BatchStream& stream) {
  for (std::shared_ptr<BatchStream>& slot : streams_) {
    if (slot.get() != &stream) continue;
    retired_.push_back(std::move(slot));
    slot = nullptr;
    // What has not been sent yet need not be in doubt.
    while (BatchEntry* entry = stream.take_queued()) join(*entry);
    stream.retire();
    return;
  }
}

void BatchStore::drop(const BatchStream& stream) noexcept {
  for (std::shared_ptr<BatchStream>& slot : streams_) {
    if (slot.get() == &stream) slot = nullptr;
  }
  std::erase_if(retired_, [&](const auto& each) { return each.get() == &stream; });
}

void BatchStore::forget() {
  proven_ = false;
  unary_only_ = false;
  alone_ = 0;
  const auto streams = streams_;
  for (const auto& stream : streams) {
    if (stream != nullptr) retire(*stream);
  }
}

void BatchStore::add_to(BatchHoldings& held) {
  held.blocked += rpc::count(blocked_);
  held.bytes_in_flight += bytes_in_flight_;
  for (const auto* list : {&streams_, &retired_}) {
    for (const auto& stream : *list) {
      if (stream != nullptr) stream->add_to(held);
    }
  }
}

void BatchStore::close(const rpc::Status& status) {
  auto streams = std::exchange(streams_, std::vector<std::shared_ptr<BatchStream>>(streams_.size()));
  for (auto& stream : std::exchange(retired_, {})) streams.push_back(std::move(stream));
  for (const auto& stream : streams) {
    if (stream != nullptr) stream->close(status);
  }
  while (BatchEntry* entry = blocked_.front()) core_.fail_later(*entry, status);
}

}  // namespace tikv::region
