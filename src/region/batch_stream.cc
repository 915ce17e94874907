#include "region/batch_stream.h"

#include <algorithm>
#include <utility>

#include "region/batch_store.h"
#include "rpc/holdings.h"

namespace tikv::region {
namespace {

// Larger messages are taken apart while they come: see BatchReader. Small ones are cheaper whole.
constexpr std::size_t most_taken_whole = std::size_t{256} << 10;
// A peer that does not end its side of a finished stream within this is not waited for.
constexpr core::Duration patience_with_the_end = std::chrono::seconds(10);

/// An empty answer is what stores give to a command that they do not know. Neither it nor an answer
/// to something else is ever a success.
bool is_answer_to(const HeldAnswer& answer, const BatchEntry& entry) noexcept {
  return answer.command != 0 && answer.command == entry.command();
}

rpc::UnaryAnswer no_answer(const HeldAnswer& answer, const BatchEntry& entry, const std::string& address) {
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

/// The answer was dropped as it came. One that only had no room beside others may do better alone.
rpc::UnaryAnswer dropped_answer(const HeldAnswer& answer, const std::string& address, std::size_t limit) {
  const bool too_large = answer.fate == HeldAnswer::Fate::too_large;
  const std::string size = std::to_string(answer.size) + " bytes";
  rpc::UnaryAnswer failure;
  failure.delivery = too_large ? Delivery::answered : Delivery::maybe_processed;
  failure.status.code = rpc::StatusCode::resource_exhausted;
  failure.status.failure = too_large ? rpc::Failure::answer_too_large : rpc::Failure::shared_stream;
  failure.status.message =
      too_large ? "the server at " + address + " sent an answer of " + size + "; the limit is " +
                      std::to_string(limit) + " bytes (max_answer_size)"
                : "there was no room for an answer of " + size + " of " + address + " beside others in one message";
  return failure;
}

/// What the entries of a stream that has ended are told. Whose fault it was that a peer broke the rules on a
/// stream of many, nobody knows: each has the right to another try of its own. And who knows the stream no
/// more has known it: that proves nothing of what it was sent.
rpc::Status broken(const rpc::Status& end, const std::string& address) {
  const bool spoilt = end.failure == rpc::Failure::protocol || end.failure == rpc::Failure::answer_too_large ||
                      end.code == rpc::StatusCode::unimplemented || end.code == rpc::StatusCode::resource_exhausted;
  if (spoilt) return {end.code, end.message, rpc::Failure::shared_stream};
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
  start.pieces_above = std::min(most_taken_whole, core_.options.max_answer_size);
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
  if (!decode_batch(message, answers, feedback)) return break_off();
  take_feedback(feedback);
  for (const BatchedAnswer& answer : answers) {
    HeldAnswer held;
    held.id = answer.id;
    held.command = answer.command;
    held.body = answer.body;
    take_answer(std::move(held));
  }
  core_.answers = std::move(answers);
}

void BatchStream::on_piece(std::string piece, std::size_t left) {
  const auto core = core_.shared_from_this();
  const auto self = shared_from_this();
  if (!reader_) reader_.emplace(BatchLimits{core_.options.max_answer_size});
  std::vector<HeldAnswer> answers;
  BatchFeedback feedback;
  if (!reader_->take(piece, left) || (left == 0 && !reader_->finish(answers, feedback))) return break_off();
  if (left > 0) return;
  reader_.reset();
  take_feedback(feedback);
  for (HeldAnswer& answer : answers) take_answer(std::move(answer));
}

void BatchStream::take_feedback(const BatchFeedback& feedback) {
  if (!retired_) store_.prove();
  if (core_.listener && (feedback.has_health || feedback.transport_load > 0)) {
    core_.listener(store_.address(), feedback);
  }
}

void BatchStream::take_answer(HeldAnswer answer) {
  BatchEntry* entry = ids_.find(answer.id);
  const bool dropped = answer.fate != HeldAnswer::Fate::kept;
  if (dropped) ++core_.stats.large_answers;
  if (entry == nullptr) {
    ++core_.stats.unknown_answers;
  } else if (dropped) {
    entry->finish(dropped_answer(answer, store_.address(), core_.options.max_answer_size));
  } else if (!is_answer_to(answer, *entry)) {
    ++core_.stats.empty_answers;
    if (answer.command == 0 && !retired_) store_.set_alone(entry->command());
    entry->finish(no_answer(answer, *entry, store_.address()));
  } else {
    rpc::UnaryAnswer result;
    result.delivery = Delivery::answered;
    result.message = std::move(answer.body);
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
  const bool unknown = end.status.code == rpc::StatusCode::unimplemented && end.status.failure == rpc::Failure::none;
  if (unknown && !retired_ && !store_.proven()) {
    store_.set_unary_only();
    send_all_alone(end.status);
  } else {
    fail_all(broken(end.status, store_.address()));
  }
}

void BatchStream::break_off() {
  ended_ = true;
  timer_.cancel();
  store_.drop(*this);
  const std::string why = store_.address() + " sent a BatchCommands message that makes no sense";
  fail_all(broken({rpc::StatusCode::internal, why, rpc::Failure::protocol}, store_.address()));
}

// Who knows no such stream has run nothing of it, or so it says: what would be done twice if that were not
// true goes by the rules for lost answers.
void BatchStream::send_all_alone(const rpc::Status& status) {
  const rpc::Status doubtful{status.code, status.message, rpc::Failure::shared_stream};
  for (rpc::List<BatchEntry>* list : {&sent_, &queue_}) {
    while (BatchEntry* entry = list->front()) {
      const bool repeatable = batch_command_reads(entry->command()) || entry->delivery() != Delivery::maybe_processed;
      if (repeatable && entry->can_go_alone()) {
        ++core_.stats.alone;
        entry->go_alone(core_.transport);
      } else {
        entry->fail(doubtful);
      }
    }
  }
}

// All of them in one go: what they set off is sent in a later turn, on another stream.
void BatchStream::fail_all(const rpc::Status& status) {
  for (rpc::List<BatchEntry>* list : {&sent_, &queue_}) {
    while (BatchEntry* entry = list->front()) entry->fail(status);
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

void BatchStream::add_to(BatchHoldings& held) {
  ++held.streams;
  held.queued += rpc::count(queue_);
  held.sent += rpc::count(sent_);
  held.ids += ids_.size();
  held.readers += reader_ ? 1U : 0U;
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
