#include <utility>

#include "testing/network_core.h"

namespace tikv::testing::network {

namespace {

/// How far the request of an answered call got, as the real transport tells it.
Delivery delivery_of(const rpc::Status& status) {
  switch (status.code) {
    case rpc::StatusCode::unavailable:
    case rpc::StatusCode::cancelled:
    case rpc::StatusCode::deadline_exceeded:
      return Delivery::maybe_processed;
    default:
      return Delivery::answered;
  }
}

/// A unary call between its events. The client may leave at any time; what has left it goes on.
class CallState final : public Rider, public std::enable_shared_from_this<CallState> {
 public:
  CallState(std::shared_ptr<Endpoint> endpoint, rpc::CallStart start, std::string request, rpc::UnaryHandler& handler)
      : endpoint_(std::move(endpoint)),
        core_(*endpoint_->core),
        start_(std::move(start)),
        request_(std::move(request)),
        handler_(&handler),
        id_(core_.next_exchange++) {
    ++core_.open_calls;
  }

  void begin();
  void abandon();
  [[nodiscard]] Delivery delivery() const { return delivery_; }

  void connected() override { leave(); }
  void broken(rpc::Failure failure, const std::string& why) override { finish(delivery_, unavailable(why, failure)); }
  void silence() override {
    if (handler_ != nullptr) handler_->on_silence();
  }
  void trusted() override {
    if (delivery_ == Delivery::not_sent) leave();
  }
  void superseded() override;

 private:
  void leave();
  void travel(core::Duration wait);
  void arrive();
  void reply(Answer answer);
  void client_sees(core::Duration wait);
  void finish(Delivery delivery, rpc::Status status, std::string message = {});
  void finish_later(core::Duration wait, Delivery delivery, rpc::Status status);
  void leave_everything();
  [[nodiscard]] NetworkEvent event(NetworkEvent::Kind kind) const;

  std::shared_ptr<Endpoint> endpoint_;
  Core& core_;
  rpc::CallStart start_;
  std::string request_;
  rpc::UnaryHandler* handler_;
  std::uint64_t id_;
  std::uint64_t number_ = 0;
  Fate fate_;
  Delivery delivery_ = Delivery::not_sent;
  std::shared_ptr<Connection> connection_;
  Schedule::Ticket deadline_;
};

NetworkEvent CallState::event(NetworkEvent::Kind kind) const {
  NetworkEvent event;
  event.kind = kind;
  event.client = endpoint_->client;
  event.address = start_.address;
  event.method = start_.method;
  event.exchange = id_;
  event.message = number_;
  event.fate = fate_;
  return event;
}

void CallState::begin() {
  endpoint_->riders.emplace(id_, weak_from_this());
  if (endpoint_->closed) {
    finish_later(core::Duration{}, Delivery::not_sent, unavailable("the transport is closed", rpc::Failure::closed));
    return;
  }
  MessageSeen seen;
  seen.client = endpoint_->client;
  seen.address = start_.address;
  seen.method = start_.method;
  seen.bytes = request_;
  fate_ = core_.draw(seen);
  number_ = seen.number;
  NetworkEvent sent = event(NetworkEvent::Kind::sent);
  sent.bytes = request_;
  core_.tell(sent);
  if (start_.deadline != core::never) {
    deadline_ = core_.schedule.at(start_.deadline, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->finish(self->delivery_, {rpc::StatusCode::deadline_exceeded, "the deadline of the call passed", {}});
    });
  }
  if (fate_.travel == Fate::Travel::cannot_connect) {
    finish_later(core_.one_way({}), Delivery::not_sent,
                 unavailable("connect to " + start_.address + ": refused", rpc::Failure::connect));
    return;
  }
  connection_ = endpoint_->connection_to(start_.address);
  connection_->add(id_, *this);
  if (connection_->open()) leave();
}

/// What has not left goes by another connection.
void CallState::superseded() {
  if (delivery_ != Delivery::not_sent) return;
  connection_->remove(id_);
  connection_ = endpoint_->connection_to(start_.address);
  connection_->add(id_, *this);
  if (connection_->open()) leave();
}

void CallState::leave() {
  if (!connection_->is_trusted()) return connection_->watch();
  const core::Duration there = connection_->one_way();
  if (fate_.travel == Fate::Travel::not_sent) return connection_->break_later();
  delivery_ = Delivery::maybe_processed;
  if (fate_.travel != Fate::Travel::refused || connection_->silent()) {
    NetworkEvent left = event(NetworkEvent::Kind::left);
    left.bytes = request_;
    core_.tell(left);
  }
  if (connection_->silent()) return connection_->watch();
  switch (fate_.travel) {
    case Fate::Travel::refused:
      finish_later(2 * there, Delivery::refused, unavailable("REFUSED_STREAM", rpc::Failure::none));
      break;
    case Fate::Travel::lost:
      client_sees(2 * there);
      break;
    case Fate::Travel::late:
      travel(there + fate_.late_by);
      client_sees(2 * there);
      break;
    default:
      travel(there);
      break;
  }
}

void CallState::travel(core::Duration wait) {
  core_.schedule.after(wait, [self = shared_from_this()] { self->arrive(); });
}

// The state lives on without its client until the answer is there: it is the request under way.
void CallState::arrive() {
  if (!connection_->reaches_server(fate_.travel == Fate::Travel::late)) return;
  core_.tell(event(NetworkEvent::Kind::arrived));
  core_.cluster.handle(connection_->node(), start_.method, request_,
                       [self = shared_from_this(), alive = std::weak_ptr<Core>(endpoint_->core)](Answer answer) {
                         if (alive.lock()) self->reply(std::move(answer));
                       });
}

void CallState::reply(Answer answer) {
  NetworkEvent answered = event(NetworkEvent::Kind::answered);
  answered.status = answer.status.code;
  answered.bytes = answer.message;
  core_.tell(answered);
  if (connection_->silent()) return connection_->watch();
  if (handler_ == nullptr || fate_.travel == Fate::Travel::late) return;
  const core::Duration back = connection_->one_way();
  if (fate_.seen != Fate::Seen::answer) return client_sees(back);
  core_.schedule.after(back, [self = shared_from_this(), answer = std::move(answer)] {
    if (self->handler_ == nullptr) return;
    NetworkEvent received = self->event(NetworkEvent::Kind::received);
    self->connection_->heard();
    received.status = answer.status.code;
    received.bytes = answer.message;
    self->core_.tell(received);
    self->finish(delivery_of(answer.status), answer.status, answer.message);
  });
}

void CallState::client_sees(core::Duration wait) {
  switch (fate_.seen) {
    case Fate::Seen::answer:
    case Fate::Seen::silence:
      return;
    case Fate::Seen::reset:
      core_.schedule.after(wait, [connection = connection_] {
        connection->fail(rpc::Failure::connection_lost, "connection reset: " + connection->address());
      });
      return;
    case Fate::Seen::status: {
      rpc::Status status = words_of_peer(fate_.status);
      const Delivery delivery = delivery_of(status);
      finish_later(wait, delivery, std::move(status));
      return;
    }
  }
}

void CallState::finish_later(core::Duration wait, Delivery delivery, rpc::Status status) {
  core_.schedule.after(
      wait, [self = shared_from_this(), delivery, status = std::move(status)] { self->finish(delivery, status); });
}

void CallState::leave_everything() {
  handler_ = nullptr;
  --core_.open_calls;
  if (connection_) connection_->remove(id_);
  endpoint_->riders.erase(id_);
  core_.schedule.cancel(deadline_);
}

void CallState::finish(Delivery delivery, rpc::Status status, std::string message) {
  if (handler_ == nullptr) return;
  const auto self = shared_from_this();
  rpc::UnaryHandler& told = *handler_;
  leave_everything();
  delivery_ = delivery;
  NetworkEvent ended = event(NetworkEvent::Kind::ended);
  ended.status = status.code;
  core_.tell(ended);
  rpc::UnaryAnswer answer;
  answer.delivery = delivery;
  answer.status = std::move(status);
  answer.message = std::move(message);
  told.on_answer(std::move(answer));
}

void CallState::abandon() {
  if (handler_ == nullptr) return;
  leave_everything();
  if (fate_.travel == Fate::Travel::refused && delivery_ == Delivery::maybe_processed) {
    NetworkEvent left = event(NetworkEvent::Kind::left);  // the client does not see the refusal any more
    left.bytes = request_;
    core_.tell(left);
  }
  core_.tell(event(NetworkEvent::Kind::abandoned));
}

class SimCall final : public rpc::Call {
 public:
  explicit SimCall(std::shared_ptr<CallState> state) : state_(std::move(state)) {}
  ~SimCall() override { state_->abandon(); }
  [[nodiscard]] Delivery delivery() const noexcept override { return state_->delivery(); }

 private:
  std::shared_ptr<CallState> state_;
};

}  // namespace

std::unique_ptr<rpc::Call> make_call(const std::shared_ptr<Endpoint>& endpoint, rpc::CallStart start,
                                     std::string request, rpc::UnaryHandler& handler) {
  auto state = std::make_shared<CallState>(endpoint, std::move(start), std::move(request), handler);
  auto call = std::make_unique<SimCall>(state);
  state->begin();
  return call;
}

}  // namespace tikv::testing::network
