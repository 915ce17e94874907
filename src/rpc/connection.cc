#include "rpc/connection.h"

#include <algorithm>
#include <utility>

#include "rpc/channel.h"
#include "rpc/pending_call.h"

namespace tikv::rpc {
namespace {

// So much is read or written in one turn; then others get their turn.
constexpr unsigned pieces_per_turn = 16;
constexpr unsigned last_pieces = 256;
constexpr unsigned calls_per_piece = 1024;

std::string in_words(core::Duration duration) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + " s" : std::to_string(milliseconds) + " ms";
}

SessionOptions session_options(const TransportCore& core, const std::string& address) {
  SessionOptions options;
  options.scheme = core.connector.scheme();
  options.address = address;
  options.user_agent = core.user_agent;
  options.receive_window = std::clamp<std::uint32_t>(core.options.receive_window, 65'535, 0x7fff'ffff);
  options.max_answer_size = core.options.max_answer_size;
  return options;
}

}  // namespace

Connection::Connection(TransportCore& core, Channel& channel, const std::string& address)
    : core_(core),
      channel_(&channel),
      address_(address),
      session_(session_options(core, address)),
      stream_(core.connector.connect(address)),
      timer_(core.loop, [this] { on_timer(); }),
      liveness_(core.options.silence) {}

Connection::~Connection() = default;

void Connection::start() {
  started_ = core_.loop.now();
  timer_.set(
      core::saturating_add(started_, std::min(core_.options.connect_timeout, core_.options.silence.connecting_after)));
  stream_->start(*this);
}

void Connection::request_flush() {
  if (flush_requested_) return;
  core_.loop.post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr || self->ended_) return;
    Turn turn(self->core_);
    self->flush();
  });
  flush_requested_ = true;  // only what was posted
}

void Connection::drain() {
  draining_ = true;
  request_flush();
}

void Connection::retire() {
  session_.tell_going_away();
  drain();
}

void Connection::supersede() {
  liveness_.superseded();
  retire();
  session_.tell_silence();
}

bool Connection::trusted_or_prove() {
  if (liveness_.trusted(core_.loop.now())) return true;
  if (ended_ || !ready_) return false;
  liveness_.prove();
  if (liveness_.proof_due()) {
    follow(liveness_.next_step(core_.loop.now(), session_.answers_heard()));
    request_flush();  // only here: a flush may have asked
  }
  if (liveness_.wants_company() && channel_ != nullptr) channel_->on_company_wanted(*this);
  return false;
}

void Connection::on_connected() {
  const auto self = shared_from_this();
  Turn turn(core_);
  connected_ = true;
  flush();
}

void Connection::on_connect_failed(std::string reason) {
  const auto self = shared_from_this();
  Turn turn(core_);
  fail(Failure::connect, std::move(reason));
}

void Connection::on_writable() {
  const auto self = shared_from_this();
  Turn turn(core_);
  write_blocked_ = false;
  liveness_.took_bytes(core_.loop.now());
  flush();
}

void Connection::on_readable() {
  const auto self = shared_from_this();
  Turn turn(core_);
  read_some();
}

void Connection::read_some() {
  flush_requested_ = true;  // by us, below: what the answers set off leaves in one write
  Reading reading = Reading::again;
  for (unsigned piece = 0; piece < pieces_per_turn && reading == Reading::again; ++piece) {
    reading = read_once();
    if (core_.is_behind()) break;
  }
  if (reading == Reading::again) {
    core_.loop.post([weak = weak_from_this()] {
      if (const auto self = weak.lock(); self != nullptr && !self->ended_) self->on_readable();
    });
  }
  if (!ended_) flush();
}

Connection::Reading Connection::read_once() {
  const ByteStream::Outcome outcome = stream_->read(core_.read_buffer);
  switch (outcome.progress) {
    case ByteStream::Progress::would_block:
      return Reading::blocked;
    case ByteStream::Progress::closed:
      lose(ready_ ? "closed the connection" : "closed the connection before it said anything in HTTP/2");
      return Reading::over;
    case ByteStream::Progress::failed:
      lose("is lost: " + outcome.reason);
      return Reading::over;
    case ByteStream::Progress::moved:
      break;
  }
  note_life();
  refresh_released();
  after_receiving(session_.receive({core_.read_buffer.data(), outcome.bytes}));
  return ended_ ? Reading::over : Reading::again;
}

void Connection::after_receiving(bool usable) {
  if (!ready_ && session_.settled()) {
    ready_ = true;
    ready_since_ = core_.loop.now();
    timer_.cancel();
    liveness_.ready(ready_since_, ready_since_ - started_);
    if (core_.listener != nullptr) core_.listener->on_opened(address_, ready_since_ - started_);
    if (channel_ != nullptr) channel_->on_ready(*this);
  }
  if (!draining_ && session_.draining()) {
    draining_ = true;
    if (channel_ != nullptr) channel_->on_draining(*this, false);
  }
  core_.deliver();
  if (!usable && !ended_) fail(Failure::protocol, session_.failure());
}

void Connection::take_calls() {
  if (draining_ || !ready_ || !channel_->has_waiting() || !trusted_or_prove()) return;
  bool someone_has_more = false;
  for (unsigned count = 0; count < calls_per_piece && session_.can_open(); ++count) {
    PendingCall* call = channel_->take_waiting();
    if (call == nullptr) break;
    const core::Duration timeout =
        call->deadline() == core::never ? core::Duration::max() : call->deadline() - core_.loop.now();
    if (!session_.start(*call, timeout)) {
      channel_->put_back(*call);
      draining_ = true;
      channel_->on_draining(*this, false);
      return;
    }
    someone_has_more = call->joined(*this) || someone_has_more;
    liveness_.called();
  }
  if (someone_has_more) core_.deliver();  // so that it leaves in the same write
}

bool Connection::prepare_output() {
  if (!session_.output().empty()) return true;
  take_calls();
  if (ended_) return false;
  broken_ = !session_.produce();
  return !session_.output().empty();
}

void Connection::flush() {
  flush_requested_ = false;
  if (!connected_) return;
  unsigned pieces = 0;
  while (!ended_ && !write_blocked_ && !broken_ && prepare_output()) {
    if (++pieces > pieces_per_turn) {
      request_flush();
      break;
    }
    const ByteStream::Outcome outcome = stream_->write(session_.output());
    refresh_released();
    switch (outcome.progress) {
      case ByteStream::Progress::moved:
        session_.accept_output(outcome.bytes);
        break;
      case ByteStream::Progress::would_block:
        write_blocked_ = true;
        break;
      case ByteStream::Progress::closed:
      case ByteStream::Progress::failed:
        lose_after_reading("is lost: " + outcome.reason);
        break;
    }
  }
  if (ended_) return;
  if (broken_) {
    fail(Failure::protocol, session_.failure());
    return;
  }
  watch();
  close_if_drained();
}

void Connection::lose_after_reading(std::string_view how) {
  // What the peer said before it went may still be there: answers, or GOAWAY.
  Reading reading = Reading::again;
  for (unsigned piece = 0; piece < last_pieces && reading == Reading::again; ++piece) reading = read_once();
  if (!ended_) lose(how);
}

void Connection::close_if_drained() {
  if (!draining_ || !session_.idle() || !session_.output().empty()) return;
  lose("was closed by us after its last call");
}

void Connection::watch() {
  if (!ready_) return;
  const core::Time now = core_.loop.now();
  if (session_.awaits_answer()) liveness_.owes(now);
  // On a busy connection the timer stays where it is, and finds that there is nothing to do.
  if (!liveness_.waits() && !liveness_.proof_due()) return;
  const core::Time due = liveness_.due(session_.answers_heard());
  if (!timer_.armed() || due < timer_.when()) timer_.set(std::max(due, now));
}

void Connection::note_life() {
  if (!liveness_.heard(core_.loop.now())) return;
  session_.tell_trusted();
  if (channel_ != nullptr) channel_->on_alive(*this);
}

void Connection::on_connecting_too_long() {
  const core::Time now = core_.loop.now();
  const core::Time limit = core::saturating_add(started_, core_.options.connect_timeout);
  if (now >= limit) {
    lose((connected_ ? "accepted the connection but sent no HTTP/2 SETTINGS within "
                     : "could not be connected to within ") +
         in_words(core_.options.connect_timeout));
    return;
  }
  timer_.set(std::min(limit, core::saturating_add(now, core_.options.silence.told_every)));
  if (channel_ != nullptr) channel_->on_silent(*this);
}

void Connection::on_timer() {
  const auto self = shared_from_this();
  Turn turn(core_);
  if (!ready_) return on_connecting_too_long();
  // A loop that was held up finds the signs of life in the socket, not in the past.
  if (liveness_.waits()) read_some();
  for (Liveness::Step step = Liveness::Step::ping; !ended_ && step != Liveness::Step::none;) {
    step = liveness_.next_step(core_.loop.now(), session_.answers_heard());
    follow(step);
  }
  if (!ended_) flush();
}

void Connection::follow(Liveness::Step step) {
  switch (step) {
    case Liveness::Step::none:
      return;
    case Liveness::Step::ping:
      session_.ping();
      return;
    case Liveness::Step::company:
      // Nobody to be helped: the next one will ask for it.
      if (channel_ != nullptr && (!session_.idle() || channel_->has_waiting())) channel_->on_company_wanted(*this);
      return;
    case Liveness::Step::silent:
      session_.tell_silence();
      if (channel_ != nullptr) channel_->on_silent(*this);
      return;
    case Liveness::Step::lost:
      lose("did not answer a ping within " + in_words(liveness_.waited_for_ping(core_.loop.now())));
      return;
  }
}

void Connection::refresh_released() noexcept {
  if (stream_ != nullptr) session_.set_released(stream_->bytes_released());
}

void Connection::cancel(PendingCall& call) {
  session_.cancel(call);
  request_flush();
}

void Connection::abort(PendingCall& call, Status status) {
  refresh_released();
  session_.abort(call, std::move(status));
  request_flush();
}

void Connection::send_more(PendingCall& call) {
  // What a connection that is in doubt has not been given is certainly not sent.
  if (trusted_or_prove()) {
    liveness_.called();
    session_.more(call);
  }
  request_flush();
}

void Connection::send_end(PendingCall& call) {
  session_.more(call);
  request_flush();
}

void Connection::fail(Failure failure, std::string why) {
  Status status;
  status.failure = failure;
  status.code = failure == Failure::protocol ? StatusCode::internal : StatusCode::unavailable;
  status.message = std::move(why);
  close(std::move(status));
}

void Connection::lose(std::string_view how) {
  std::string why = address_ + ' ' + std::string(how);
  if (!session_.goaway().empty()) why += ", after " + session_.goaway();
  fail(ready_ ? Failure::connection_lost : Failure::connect, std::move(why));
}

void Connection::close(Status status) {
  if (std::exchange(ended_, true)) return;
  const auto self = weak_from_this().lock();
  timer_.cancel();
  refresh_released();
  if (core_.listener != nullptr) {
    core_.listener->on_ended(address_, status.message, ready_, core_.loop.now() - (ready_ ? ready_since_ : started_));
  }
  session_.break_off(status);
  stream_.reset();
  if (Channel* channel = std::exchange(channel_, nullptr)) channel->on_ended(*this, status);
}

}  // namespace tikv::rpc
