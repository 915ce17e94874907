#include "rpc/pending_call.h"

#include <limits>
#include <utility>

#include "rpc/channel.h"
#include "rpc/connection.h"

namespace tikv::rpc {
namespace {

constexpr std::size_t max_message = std::numeric_limits<std::uint32_t>::max();

Status too_large_to_send(std::size_t size) {
  return {StatusCode::internal, "a message of " + std::to_string(size) + " bytes cannot be sent: gRPC's limit is 4 GiB",
          Failure::none};
}

}  // namespace

PendingCall::PendingCall(TransportCore& core, const CallStart& start, Metadata metadata)
    : Exchange(start.method, std::move(metadata)), core_(core), deadline_(start.deadline), timer_(core.loop, [this] {
        Turn turn(core_);
        expire();
      }) {}

PendingCall::~PendingCall() {
  if (ended()) return;
  if (connection_ != nullptr) connection_->cancel(*this);
  leave();
}

void PendingCall::begin(const CallStart& start, std::size_t request_bytes) {
  if (core_.closed) {
    end_unsent({StatusCode::unavailable, "the transport was closed", Failure::closed});
    return;
  }
  if (std::string problem = prepare_metadata(); !problem.empty()) {
    end_unsent({StatusCode::internal, std::move(problem), Failure::none});
    return;
  }
  timer_.set(deadline_);
  bytes_in_flight_ = request_bytes;
  destination_ = &core_.destination(start.address);
  const std::size_t threshold = core_.options.bulk_threshold;
  bulk_ = threshold > 0 && (start.bulk || request_bytes > threshold);
  destination_->admit(*this);
}

void PendingCall::leave() {
  WaitNode::unlink();
  connection_ = nullptr;
  timer_.cancel();
  if (Destination* destination = std::exchange(destination_, nullptr)) destination->release(*this);
  channel_ = nullptr;
}

void PendingCall::on_ended(Ending ending) {
  ending_ = std::move(ending);
  // A server that watches the deadline, too, resets the stream then, perhaps before our timer fires.
  if (ending_.status.code == StatusCode::cancelled && deadline_ <= core_.loop.now()) {
    ending_.status.code = StatusCode::deadline_exceeded;
    ending_.status.message = "the deadline passed, and " + ending_.status.message;
  }
  leave();
  core_.mark_ready(*this);
}

void PendingCall::end_now(Status status) {
  if (ended()) return;
  if (connection_ != nullptr) {
    connection_->abort(*this, std::move(status));
  } else {
    end_unsent(std::move(status));
  }
}

void PendingCall::expire() {
  if (ended()) return;
  std::string what = "the deadline passed while waiting for ";
  if (active()) {
    what += "the answer of " + destination_->address();
  } else if (channel_ != nullptr) {
    what += channel_->describe_wait();
  } else {
    what += "room under the limit of bytes in flight to " + destination_->address();
  }
  end_now({StatusCode::deadline_exceeded, std::move(what), Failure::none});
}

void PendingCall::tell_silence() {
  if (ended()) return;
  silence_untold_ = true;
  core_.mark_ready(*this);
}

bool PendingCall::leaves_now() {
  if (ended()) return true;
  if (connection_ != nullptr) return connection_->trusted_or_prove();
  return channel_ != nullptr && channel_->takes_calls();
}

void PendingCall::refresh_released() const noexcept {
  if (connection_ != nullptr) connection_->refresh_released();
}

void PendingCall::send_more(bool only_the_end) {
  if (connection_ == nullptr) return;
  only_the_end ? connection_->send_end(*this) : connection_->send_more(*this);
}

GrpcCall::GrpcCall(TransportCore& core, CallStart& start, std::string request, UnaryHandler& handler)
    : PendingCall(core, start, std::move(start.metadata)), handler_(handler) {
  const std::size_t size = request.size();
  if (size > max_message) {
    end_unsent(too_large_to_send(size));
    return;
  }
  add_message(std::move(request));
  Exchange::finish_sending();
  begin(start, size);
}

Delivery GrpcCall::delivery() const noexcept {
  refresh_released();
  return Exchange::delivery();
}

void GrpcCall::deliver_next() {
  if (!ended()) {
    if (take_silence()) handler_.on_silence();
    return;
  }
  answer_.delivery = ending_.delivery;
  answer_.status = std::move(ending_.status);
  answer_.trailing = std::move(ending_.trailing);
  if (!answer_.status.ok()) answer_.message.clear();
  handler_.on_answer(std::move(answer_));
}

GrpcStream::GrpcStream(TransportCore& core, CallStart& start, StreamHandler& handler)
    : PendingCall(core, start, std::move(start.metadata)), handler_(handler) {
  take_in_pieces(start.pieces_above);
  begin(start, 0);
}

std::uint64_t GrpcStream::send(std::string message) {
  const std::size_t size = message.size();
  if (size > max_message) end_now(too_large_to_send(size));
  const std::uint64_t number = add_message(std::move(message));
  send_more();
  return number;
}

bool GrpcStream::ready_to_send() {
  const bool ready = leaves_now();
  waits_to_send_ = !ready;
  return ready;
}

void GrpcStream::on_trusted() {
  if (!std::exchange(waits_to_send_, false)) return;
  drained_untold_ = true;
  core().mark_ready(*this);
}

void GrpcStream::finish_sending() {
  const bool nothing_staged = staged_bytes() == 0;
  Exchange::finish_sending();
  send_more(nothing_staged);
}

void GrpcStream::cancel() { end_now({StatusCode::cancelled, "cancelled by the caller", Failure::none}); }

Delivery GrpcStream::delivery(std::uint64_t number) const noexcept {
  refresh_released();
  return Exchange::delivery(number);
}

std::size_t GrpcStream::staged_bytes() const noexcept { return Exchange::staged_bytes(); }

void GrpcStream::on_initial_metadata(Metadata metadata) {
  initial_ = std::move(metadata);
  initial_untold_ = true;
  core().mark_ready(*this);
}

void GrpcStream::on_message(std::string message) {
  inbox_.push_back({std::move(message)});
  core().mark_ready(*this);
}

void GrpcStream::on_piece(std::string piece, std::size_t left) {
  // What one read brought is told as one piece.
  if (inbox_next_ < inbox_.size() && inbox_.back().piece && inbox_.back().left > 0) {
    inbox_.back().bytes += piece;
    inbox_.back().left = left;
  } else {
    inbox_.push_back({std::move(piece), true, left});
  }
  core().mark_ready(*this);
}

void GrpcStream::on_drained() {
  drained_untold_ = true;
  core().mark_ready(*this);
}

void GrpcStream::on_going_away() {
  going_away_untold_ = true;
  core().mark_ready(*this);
}

bool GrpcStream::has_more_to_tell() const noexcept {
  return initial_untold_ || going_away_untold_ || inbox_next_ < inbox_.size() || drained_untold_ || silence_untold() ||
         ended();
}

void GrpcStream::deliver_next() {
  if (initial_untold_) {
    initial_untold_ = false;
    if (has_more_to_tell()) core().mark_ready(*this, true);
    handler_.on_initial_metadata(std::move(initial_));
  } else if (going_away_untold_) {
    going_away_untold_ = false;
    if (has_more_to_tell()) core().mark_ready(*this, true);
    handler_.on_going_away();
  } else if (inbox_next_ < inbox_.size()) {
    Arrived next = std::move(inbox_[inbox_next_++]);
    if (inbox_next_ == inbox_.size()) {
      inbox_.clear();
      inbox_next_ = 0;
    }
    if (has_more_to_tell()) core().mark_ready(*this, true);
    if (next.piece) {
      handler_.on_piece(std::move(next.bytes), next.left);
    } else {
      handler_.on_message(std::move(next.bytes));
    }
  } else if (ended()) {
    handler_.on_end({std::move(ending_.status), std::move(ending_.trailing)});
  } else if (take_silence()) {
    if (has_more_to_tell()) core().mark_ready(*this, true);
    handler_.on_silence();
  } else if (drained_untold_) {
    drained_untold_ = false;
    if (Exchange::staged_bytes() == 0) handler_.on_drained();
  }
}

}  // namespace tikv::rpc
