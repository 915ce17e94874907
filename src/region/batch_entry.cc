#include "region/batch_entry.h"

#include <utility>

#include "region/batch_format.h"
#include "region/batch_store.h"
#include "region/batch_stream.h"

namespace tikv::region {

BatchEntry::BatchEntry(core::Loop& loop, const rpc::CallStart& start, std::string request, rpc::UnaryHandler& handler)
    : handler_(handler),
      method_(start.method),
      command_(batch_command_of(start.method)),
      deadline_(start.deadline),
      timer_(loop, [this] { expire(); }),
      request_(std::move(request)),
      bytes_(request_.size()) {}

BatchEntry::~BatchEntry() { leave(); }

void BatchEntry::joined(BatchStore& store) {
  store_ = &store;
  timer_.set(deadline_);
}

Delivery BatchEntry::delivery() const noexcept {
  if (alone_ != nullptr) return alone_->delivery();
  if (stream_ != nullptr && is_sent_) return stream_->delivery(message_);
  return final_delivery_;
}

void BatchEntry::sent(std::uint64_t number, bool keep_body) {
  message_ = number;
  is_sent_ = true;
  body_kept_ = keep_body;
  if (!keep_body) std::string().swap(request_);
}

void BatchEntry::leave() {
  BatchStore* store = std::exchange(store_, nullptr);
  if (store == nullptr) return;
  timer_.cancel();
  ListNode::unlink();
  BatchStream* stream = std::exchange(stream_, nullptr);
  if (stream != nullptr) stream->on_left(*this);
  store->release(stream != nullptr ? bytes_ : 0);
}

void BatchEntry::finish(rpc::UnaryAnswer answer) {
  final_delivery_ = answer.delivery;
  leave();
  handler_.on_answer(std::move(answer));
}

void BatchEntry::fail(rpc::Status status) {
  rpc::UnaryAnswer answer;
  answer.delivery = delivery();
  answer.status = std::move(status);
  finish(std::move(answer));
}

void BatchEntry::fail_later(rpc::Status status) {
  untold_ = std::make_unique<rpc::UnaryAnswer>();
  untold_->delivery = final_delivery_ = delivery();
  untold_->status = std::move(status);
  leave();
}

void BatchEntry::tell() { handler_.on_answer(std::move(*untold_)); }

void BatchEntry::expire() {
  const std::string place = store_->address();
  std::string what = "the deadline passed while waiting for ";
  if (stream_ == nullptr) {
    what += "room under the limit of bytes in flight to " + place;
  } else if (delivery() == Delivery::not_sent) {
    what += "the BatchCommands stream to " + place + " to take the request";
  } else {
    what += "the answer of " + place;
  }
  fail({rpc::StatusCode::deadline_exceeded, std::move(what), rpc::Failure::none});
}

void BatchEntry::go_alone(rpc::UnaryCaller& caller) {
  rpc::CallStart start;
  start.address = store_->address();
  start.method = method_;
  start.deadline = deadline_;
  leave();
  alone_ = caller.unary(std::move(start), std::move(request_), *this);
}

void tell_silence(rpc::List<BatchEntry>& queue) {
  std::size_t count = 0;
  for ([[maybe_unused]] const BatchEntry& entry : queue) ++count;
  for (; count > 0 && !queue.empty(); --count) {
    BatchEntry* entry = queue.front();
    queue.push_back(*entry);
    entry->tell_silence();
  }
}

std::size_t BatchIds::place(std::uint64_t id) const noexcept {
  return static_cast<std::size_t>(id) & (heads_.size() - 1);
}

void BatchIds::insert(BatchEntry& entry) {
  if (size_ >= heads_.size()) grow();
  BatchEntry*& head = heads_[place(entry.id())];
  entry.next_with_hash_ = std::exchange(head, &entry);
  ++size_;
}

void BatchIds::erase(const BatchEntry& entry) noexcept {
  if (heads_.empty()) return;
  for (BatchEntry** at = &heads_[place(entry.id())]; *at != nullptr; at = &(*at)->next_with_hash_) {
    if (*at != &entry) continue;
    *at = entry.next_with_hash_;
    --size_;
    return;
  }
}

BatchEntry* BatchIds::find(std::uint64_t id) const noexcept {
  if (heads_.empty()) return nullptr;
  BatchEntry* entry = heads_[place(id)];
  while (entry != nullptr && entry->id() != id) entry = entry->next_with_hash_;
  return entry;
}

void BatchIds::grow() {
  std::vector<BatchEntry*> old(heads_.empty() ? 64 : heads_.size() * 2);
  old.swap(heads_);
  size_ = 0;
  for (BatchEntry* entry : old) {
    while (entry != nullptr) {
      BatchEntry* next = entry->next_with_hash_;
      BatchEntry*& head = heads_[place(entry->id())];
      entry->next_with_hash_ = std::exchange(head, entry);
      ++size_;
      entry = next;
    }
  }
}

}  // namespace tikv::region
