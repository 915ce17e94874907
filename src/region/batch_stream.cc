#include "region/batch_stream.h"

#include <algorithm>
#include <utility>

#include "region/batch_store.h"

namespace tikv::region {
namespace {

// A peer that does not end its side of a finished stream within this is not waited for.
constexpr core::Duration patience_with_the_end = std::chrono::seconds(10);

/// An empty answer is what stores give to a command that they do not know. Neither it nor an answer
/// to something else is ever a success.
bool is_answer_to(const BatchedAnswer& answer, const BatchEntry& entry) noexcept {
  return answer.command != 0 && answer.command == entry.command();
}

rpc::UnaryAnswer no_answer(const BatchedAnswer& answer, const BatchEntry& entry, const std::string& address) {
  const std::string command(batch_command_name(entry.command()));
  rpc::UnaryAnswer failure;
  failure.delivery = Delivery::maybe_processed;
  if (answer.command == 0) {  // another try goes alone, and may do better
    failure.status = {rpc::StatusCode::internal,
                      address + " answered " + command + " with nothing: does it know the command in a batch?",
                      rpc::Failure::none};
  } else {
    failure.status = {rpc::StatusCode::internal,
                      address + " answered " + command + " with the answer to another command", rpc::Failure::protocol};
  }
  return failure;
}

/// What the entries of a stream that has ended are told.
rpc::Status broken(const rpc::Status& end, const std::string& address) {
  if (!end.ok()) return end;
  return {rpc::StatusCode::unavailable, address + " ended the BatchCommands stream", rpc::Failure::none};
}

}  // namespace

BatchStream::BatchStream(BatchStore& store)
    : core_(store.core()), store_(store), timer_(core_.loop, [this] { on_timer(); }) {}

BatchStream::~BatchStream() = default;

void BatchStream::enqueue(BatchEntry& entry) {
  queue_.push_back(entry);
  core_.send_soon(*this);
}

Delivery BatchStream::delivery(std::uint64_t number) const noexcept {
  // A message that is with the transport cannot be taken back: whoever gives up on an entry in it
  // while the stream lives must expect it to arrive.
  return ended_ ? stream_->delivery(number) : Delivery::maybe_processed;
}

void BatchStream::open() {
  rpc::CallStart start;
  start.address = store_.address();
  start.method = "/tikvpb.Tikv/BatchCommands";
  stream_ = core_.transport.stream(std::move(start), *this);
  ++core_.stats.streams;
  timer_.set(core::saturating_add(core_.loop.now(), core_.options.idle_timeout));
}

void BatchStream::send_queued() {
  if (ended_ || queue_.empty()) return;
  if (stream_ == nullptr) open();
  // on_drained() comes, or on_going_away(): what is queued here can still go elsewhere.
  if (stream_->staged_bytes() > 0 || !stream_->ready_to_send()) return;
  while (stream_->staged_bytes() < core_.options.max_message_bytes && send_message()) {
  }
}

bool BatchStream::send_message() {
  std::vector<BatchedRequest>& requests = core_.requests;
  requests.clear();
  const std::size_t most = std::max<std::size_t>(core_.options.max_batch, 1);
  std::size_t size = 0;
  rpc::List<BatchEntry> taken;
  rpc::List<BatchEntry> late;  // about to be told so by their timers
  last_use_ = core_.loop.now();
  while (requests.size() < most && size < core_.options.max_message_bytes) {
    BatchEntry* entry = queue_.front();
    if (entry == nullptr) break;
    if (entry->deadline() <= last_use_) {
      late.push_back(*entry);
      continue;
    }
    entry->set_id(store_.new_id());
    requests.push_back({entry->id(), entry->command(), entry->request()});
    size += entry->bytes();
    taken.push_back(*entry);
  }
  queue_.splice_back(late);
  if (requests.empty()) return false;
  if (sent_.empty()) stream_->expect_answer(true);
  const std::uint64_t number = stream_->send(encode_batch(requests));
  ++core_.stats.messages;
  core_.stats.requests += requests.size();
  while (BatchEntry* entry = taken.front()) {
    entry->sent(number, !store_.proven());
    ids_.insert(*entry);
    sent_.push_back(*entry);
  }
  return true;
}

void BatchStream::on_message(std::string message) {
  const auto core = core_.shared_from_this();  // whoever is told may destroy everything
  const auto self = shared_from_this();
  std::vector<BatchedAnswer> answers = std::move(core_.answers);
  BatchFeedback feedback;
  if (!decode_batch(message, answers, feedback)) {
    break_off(store_.address() + " sent a BatchCommands message that makes no sense");
    return;
  }
  if (!retired_) store_.prove();
  if (core_.listener && (feedback.has_health || feedback.transport_load > 0)) {
    core_.listener(store_.address(), feedback);
  }
  for (const BatchedAnswer& answer : answers) take_answer(answer);
  core_.answers = std::move(answers);
}

void BatchStream::take_answer(const BatchedAnswer& answer) {
  BatchEntry* entry = ids_.find(answer.id);
  if (entry == nullptr) {
    ++core_.stats.unknown_answers;
  } else if (!is_answer_to(answer, *entry)) {
    ++core_.stats.empty_answers;
    if (answer.command == 0 && !retired_) store_.set_alone(entry->command());
    entry->finish(no_answer(answer, *entry, store_.address()));
  } else {
    rpc::UnaryAnswer result;
    result.delivery = Delivery::answered;
    result.message = answer.body;
    entry->finish(std::move(result));
  }
}

void BatchStream::on_going_away() { store_.retire(*this); }

// Whoever is told may leave, and end others.
void BatchStream::on_silence() {
  const auto core = core_.shared_from_this();
  const auto self = shared_from_this();
  std::vector<std::uint64_t> sent;
  for (const BatchEntry& entry : sent_) sent.push_back(entry.id());
  for (const std::uint64_t id : sent) {
    if (BatchEntry* entry = ids_.find(id)) entry->tell_silence();
  }
  tell_silence(queue_);
  if (!retired_ && !ended_) store_.tell_silence();
}

void BatchStream::on_end(rpc::StreamEnd end) {
  const auto core = core_.shared_from_this();
  const auto self = shared_from_this();
  ended_ = true;
  timer_.cancel();
  store_.drop(*this);
  // Who says so before the first answer has run nothing of it.
  const bool unknown = end.status.code == rpc::StatusCode::unimplemented && end.status.failure == rpc::Failure::none;
  if (unknown && !retired_ && !store_.proven()) {
    store_.set_unary_only();
    send_all_alone(end.status);
  } else {
    fail_all(broken(end.status, store_.address()));
  }
}

void BatchStream::break_off(std::string why) {
  ended_ = true;
  timer_.cancel();
  store_.drop(*this);
  fail_all({rpc::StatusCode::internal, std::move(why), rpc::Failure::protocol});
}

// All of them in one go: what they set off is sent in a later turn, on another stream.
void BatchStream::fail_all(const rpc::Status& status) {
  for (rpc::List<BatchEntry>* list : {&sent_, &queue_}) {
    while (BatchEntry* entry = list->front()) entry->fail(status);
  }
}

void BatchStream::send_all_alone(const rpc::Status& status) {
  for (rpc::List<BatchEntry>* list : {&sent_, &queue_}) {
    while (BatchEntry* entry = list->front()) {
      if (entry->can_go_alone()) {
        ++core_.stats.alone;
        entry->go_alone(core_.transport);
      } else {
        entry->fail(status);
      }
    }
  }
}

void BatchStream::on_left(const BatchEntry& entry) {
  if (entry.is_sent()) ids_.erase(entry);
  if (ended_) return;
  if (entry.is_sent() && sent_.empty()) {
    stream_->expect_answer(false);
    last_use_ = core_.loop.now();
  }
  finish_if_unused();
}

void BatchStream::retire() {
  retired_ = true;
  finish_if_unused();
}

void BatchStream::finish_if_unused() {
  if (!retired_ || finished_ || !unused()) return;
  const auto self = shared_from_this();
  finished_ = true;
  if (stream_ == nullptr) {
    ended_ = true;
    store_.drop(*this);
    return;
  }
  stream_->finish_sending();
  timer_.set(core::saturating_add(core_.loop.now(), patience_with_the_end));
}

void BatchStream::on_timer() {
  const auto self = shared_from_this();
  if (finished_) {
    ended_ = true;
    store_.drop(*this);
    return;
  }
  const core::Duration timeout = core_.options.idle_timeout;
  const core::Time now = core_.loop.now();
  const core::Time due = core::saturating_add(unused() ? last_use_ : now, timeout);
  if (due <= now) {
    store_.retire(*this);
  } else {
    timer_.set(due);
  }
}

void BatchStream::close(const rpc::Status& status) {
  ended_ = true;
  timer_.cancel();
  UnsentNode::unlink();
  for (rpc::List<BatchEntry>* list : {&sent_, &queue_}) {
    while (BatchEntry* entry = list->front()) core_.fail_later(*entry, status);
  }
}

}  // namespace tikv::region
