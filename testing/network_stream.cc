#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "testing/network_core.h"

namespace tikv::testing::network {

namespace {

class StreamState;

/// The server's end. Messages under way to it keep it alive, so what is late finds it still there.
class ServerSide final : public StreamClient {
 public:
  ServerSide(Core& core, std::shared_ptr<Connection> connection, std::weak_ptr<StreamState> client)
      : core_(core), connection_(std::move(connection)), client_(std::move(client)) {}

  void open(std::string_view method);
  void arrive(const NetworkEvent& event, const std::string& message, bool late);
  void half_close(bool late) {
    if (server_ && connection_->reaches_server(late)) server_->half_close();
  }

 private:
  void on_message(std::string message) override;
  void on_end(rpc::Status status) override;

  Core& core_;
  std::shared_ptr<Connection> connection_;
  std::weak_ptr<StreamState> client_;
  std::unique_ptr<StreamServer> server_;
};

/// The client's end of a stream, between its events.
class StreamState final : public Rider, public std::enable_shared_from_this<StreamState> {
 public:
  StreamState(std::shared_ptr<Endpoint> endpoint, const rpc::CallStart& start, rpc::StreamHandler& handler)
      : endpoint_(std::move(endpoint)),
        core_(*endpoint_->core),
        address_(start.address),
        method_(start.method),
        handler_(&handler),
        id_(core_.next_exchange++),
        pieces_above_(start.pieces_above) {
    ++core_.open_streams;
  }

  void begin(core::Time deadline);
  std::uint64_t send(std::string message);
  void finish_sending();
  void cancel();
  void abandon();
  [[nodiscard]] Delivery delivery(std::uint64_t number) const {
    return number < deliveries_.size() ? deliveries_[number] : Delivery::not_sent;
  }
  [[nodiscard]] std::size_t staged_bytes() const { return staged_bytes_; }

  void connected() override;
  void broken(rpc::Failure failure, const std::string& why) override { end(unavailable(why, failure)); }
  void silence() override {
    if (handler_ != nullptr) handler_->on_silence();
  }
  void trusted() override {
    if (handler_ != nullptr && std::exchange(waits_for_proof_, false)) handler_->on_drained();
  }
  void superseded() override {
    if (handler_ != nullptr) handler_->on_going_away();
  }
  [[nodiscard]] bool ready_to_send();

  void from_server(std::string message);
  void server_ended(rpc::Status status);

 private:
  struct Staged {
    std::uint64_t place;
    std::string message;
  };

  void plan_flush();
  void flush();
  void give(Staged staged);
  void deliver(const NetworkEvent& event, std::string message);
  void receive(const NetworkEvent& event, std::string message);
  void tell_in_pieces(std::string_view message);
  void refuse();
  void client_sees(const Fate& fate, core::Duration wait);
  void end(rpc::Status status);
  void end_later(core::Duration wait, rpc::Status status);
  void leave_everything();
  core::Time in_order(core::Time& last, core::Duration wait) const {
    return last = std::max(last, core_.loop.now() + wait);
  }
  [[nodiscard]] NetworkEvent event(NetworkEvent::Kind kind) const;
  [[nodiscard]] MessageSeen on_this_stream() const;

  std::shared_ptr<Endpoint> endpoint_;
  Core& core_;
  std::string address_;
  std::string_view method_;
  rpc::StreamHandler* handler_;
  std::uint64_t id_;
  std::size_t pieces_above_;
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<ServerSide> server_;
  Schedule::Ticket deadline_;
  Fate opening_;
  std::vector<Delivery> deliveries_;
  std::deque<Staged> staged_;
  std::size_t staged_bytes_ = 0;
  std::optional<NetworkEvent> refused_;  // what left and comes back, until the client knows
  std::string refused_bytes_;
  core::Time to_server_{};  // when the last message under way arrives
  core::Time to_client_{};
  std::uint64_t answers_to_swallow_ = 0;
  bool flush_planned_ = false;
  bool finishing_ = false;
  bool finished_ = false;
  bool metadata_told_ = false;
  bool waits_for_proof_ = false;
  bool stuck_ = false;  // nothing leaves the client any more
  bool cut_ = false;    // what leaves gets nowhere
  bool deaf_ = false;   // nothing of the server gets to the client
};

void ServerSide::open(std::string_view method) {
  if (!connection_->reaches_server(false)) return;
  server_ = core_.cluster.open_stream(connection_->node(), method, *this);
  if (!server_) on_end({rpc::StatusCode::unimplemented, "unknown method " + std::string(method), {}});
}

void ServerSide::arrive(const NetworkEvent& event, const std::string& message, bool late) {
  if (!server_ || !connection_->reaches_server(late)) return;
  core_.tell(event);
  server_->message(message);
}

void ServerSide::on_message(std::string message) {
  if (const auto client = client_.lock()) client->from_server(std::move(message));
}

void ServerSide::on_end(rpc::Status status) {
  if (const auto client = client_.lock()) client->server_ended(std::move(status));
}

NetworkEvent StreamState::event(NetworkEvent::Kind kind) const {
  NetworkEvent event;
  event.kind = kind;
  event.client = endpoint_->client;
  event.address = address_;
  event.method = method_;
  event.exchange = id_;
  event.stream = true;
  return event;
}

MessageSeen StreamState::on_this_stream() const {
  MessageSeen seen;
  seen.client = endpoint_->client;
  seen.address = address_;
  seen.method = method_;
  seen.stream = true;
  return seen;
}

void StreamState::begin(core::Time deadline) {
  endpoint_->riders.emplace(id_, weak_from_this());
  if (endpoint_->closed) {
    end_later(core::Duration{}, unavailable("the transport is closed", rpc::Failure::closed));
    return;
  }
  MessageSeen seen = on_this_stream();
  seen.opens = true;
  opening_ = core_.draw(seen);
  NetworkEvent opened = event(NetworkEvent::Kind::opened);
  opened.message = seen.number;
  opened.fate = opening_;
  core_.tell(opened);
  if (deadline != core::never) {
    deadline_ = core_.schedule.at(deadline, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->end({rpc::StatusCode::deadline_exceeded, "the deadline of the stream passed", {}});
      }
    });
  }
  if (opening_.travel == Fate::Travel::cannot_connect) {
    end_later(core_.one_way({}), unavailable("connect to " + address_ + ": refused", rpc::Failure::connect));
    return;
  }
  connection_ = endpoint_->connection_to(address_);
  connection_->add(id_, *this);
  // Never inside the call that opens it: it may send first.
  if (connection_->open()) {
    core_.schedule.after({}, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && self->handler_ != nullptr && self->connection_->open()) self->connected();
    });
  }
}

void StreamState::connected() {
  if (server_) return;
  server_ = std::make_shared<ServerSide>(core_, connection_, weak_from_this());
  if (opening_.travel == Fate::Travel::not_sent) {
    stuck_ = true;
    return connection_->break_later();
  }
  const core::Duration there = connection_->one_way();
  if (opening_.travel == Fate::Travel::refused) {
    stuck_ = true;
    end_later(2 * there, unavailable("REFUSED_STREAM", rpc::Failure::none));
    return;
  }
  const bool silent = connection_->silent();
  cut_ = silent || opening_.travel == Fate::Travel::lost || opening_.travel == Fate::Travel::late;
  deaf_ = silent || opening_.seen != Fate::Seen::answer;
  if (!cut_) {
    core_.schedule.at(in_order(to_server_, there), [server = server_, method = method_] { server->open(method); });
  }
  if (!silent && opening_.seen == Fate::Seen::silence) {  // pinged in vain, until the connection is given up
    client_sees({opening_.travel, Fate::Seen::reset, {}, {}}, std::chrono::seconds(13));
  } else if (!silent) {
    client_sees(opening_, 2 * there);
  }
  plan_flush();
}

bool StreamState::ready_to_send() {
  if (!connection_ || !connection_->open() || connection_->is_trusted()) return true;
  waits_for_proof_ = true;
  connection_->watch();
  return false;
}

std::uint64_t StreamState::send(std::string message) {
  const std::uint64_t place = deliveries_.size();
  NetworkEvent sent = event(NetworkEvent::Kind::sent);
  sent.bytes = message;
  core_.tell(sent);
  deliveries_.push_back(Delivery::not_sent);
  staged_bytes_ += message.size();
  staged_.push_back({place, std::move(message)});
  plan_flush();
  return place;
}

void StreamState::finish_sending() {
  finishing_ = true;
  plan_flush();
}

// The socket takes what is staged a moment later, all at once.
void StreamState::plan_flush() {
  if (flush_planned_ || stuck_ || handler_ == nullptr || !server_) return;
  if (staged_.empty() && (!finishing_ || finished_)) return;
  flush_planned_ = true;
  core_.schedule.after(core_.random.between({}, std::chrono::microseconds(20)), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush();
  });
}

void StreamState::flush() {
  flush_planned_ = false;
  if (handler_ == nullptr || stuck_) return;
  const bool drained = !staged_.empty();
  while (!staged_.empty() && !stuck_) {
    Staged next = std::move(staged_.front());
    staged_.pop_front();
    give(std::move(next));
  }
  if (stuck_) return;
  if (finishing_ && !finished_) {
    finished_ = true;
    if (!cut_) {
      core_.schedule.at(in_order(to_server_, connection_->one_way()),
                        [server = server_] { server->half_close(false); });
    }
  }
  if (drained) handler_->on_drained();
}

void StreamState::give(Staged staged) {
  MessageSeen seen = on_this_stream();
  seen.bytes = staged.message;
  const Fate fate = core_.draw(seen);
  NetworkEvent sent = event(NetworkEvent::Kind::left);
  sent.message = seen.number;
  sent.fate = fate;
  sent.bytes = staged.message;
  const bool first = staged.place == 0;
  if (fate.travel == Fate::Travel::not_sent || fate.travel == Fate::Travel::cannot_connect) {
    stuck_ = true;  // it stays staged
    return connection_->break_later();
  }
  staged_bytes_ -= staged.message.size();
  deliveries_[staged.place] = Delivery::maybe_processed;
  const bool refused = first && fate.travel == Fate::Travel::refused && !cut_ && !connection_->silent();
  if (refused) {
    refused_ = std::move(sent);
    refused_bytes_ = std::move(staged.message);
  } else {
    core_.tell(sent);
  }
  if (cut_ || connection_->silent()) {
    cut_ = true;
    return connection_->watch();
  }
  if (fate.travel == Fate::Travel::refused) {
    cut_ = deaf_ = true;
    if (first) return refuse();
    client_sees({Fate::Travel::lost, Fate::Seen::reset, {}, {}}, 2 * connection_->one_way());
    return;
  }
  const bool late = fate.travel == Fate::Travel::late;
  sent.kind = NetworkEvent::Kind::arrived;
  if (fate.travel != Fate::Travel::lost) deliver(sent, std::move(staged.message));
  if (fate.seen == Fate::Seen::answer) return;
  if (fate.seen == Fate::Seen::silence) {  // the server has swallowed it, or its answer, and serves on
    if (fate.travel == Fate::Travel::delivered) ++answers_to_swallow_;
    return;
  }
  cut_ = deaf_ = true;
  const core::Duration there = late ? core::Duration{} : std::max(core::Duration{}, to_server_ - core_.loop.now());
  client_sees(fate, there + 2 * connection_->one_way());
}

void StreamState::deliver(const NetworkEvent& event, std::string message) {
  const bool late = event.fate.travel == Fate::Travel::late;
  const core::Duration there = connection_->one_way();
  core_.schedule.at(late ? core_.loop.now() + there + event.fate.late_by : in_order(to_server_, there),
                    [server = server_, self = shared_from_this(), told = event, message = std::move(message), late] {
                      NetworkEvent arrived = told;
                      arrived.bytes = message;
                      server->arrive(arrived, message, late);
                    });
}

void StreamState::refuse() {
  core_.schedule.after(2 * connection_->one_way(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->handler_ == nullptr) return;
    self->refused_.reset();
    for (Delivery& delivery : self->deliveries_) {
      if (delivery == Delivery::maybe_processed) delivery = Delivery::refused;
    }
    self->end(unavailable("REFUSED_STREAM", rpc::Failure::none));
  });
}

void StreamState::from_server(std::string message) {
  if (handler_ == nullptr || deaf_) return;
  if (connection_->silent()) {
    deaf_ = true;
    return connection_->watch();
  }
  if (answers_to_swallow_ > 0) {
    --answers_to_swallow_;
    return;
  }
  MessageSeen seen = on_this_stream();
  seen.to_client = true;
  seen.bytes = message;
  const Fate fate = core_.draw(seen);
  NetworkEvent answered = event(NetworkEvent::Kind::answered);
  answered.message = seen.number;
  answered.fate = fate;
  answered.bytes = message;
  core_.tell(answered);
  if (fate.travel == Fate::Travel::delivered || fate.travel == Fate::Travel::late) {
    answered.kind = NetworkEvent::Kind::received;
    core_.schedule.at(in_order(to_client_, connection_->one_way() + fate.late_by),
                      [weak = weak_from_this(), answered, message = std::move(message)]() mutable {
                        if (const auto self = weak.lock()) self->receive(answered, std::move(message));
                      });
  }
  if (fate.seen == Fate::Seen::answer) return;
  if (fate.seen == Fate::Seen::silence) {
    if (fate.travel == Fate::Travel::delivered) ++answers_to_swallow_;
    return;
  }
  cut_ = deaf_ = true;
  client_sees(fate, std::max(core::Duration{}, to_client_ - core_.loop.now()) + connection_->one_way());
}

void StreamState::receive(const NetworkEvent& event, std::string message) {
  if (handler_ == nullptr) return;
  connection_->heard();
  NetworkEvent told = event;
  told.bytes = message;
  core_.tell(told);
  const auto self = shared_from_this();
  if (!std::exchange(metadata_told_, true)) handler_->on_initial_metadata({});
  if (handler_ == nullptr) return;
  if (message.size() > pieces_above_) {
    tell_in_pieces(message);
  } else {
    handler_->on_message(std::move(message));
  }
}

// As the socket gives them, some ten KiB at a time; who hears a piece may leave.
void StreamState::tell_in_pieces(std::string_view message) {
  constexpr std::size_t piece_size = std::size_t{48} << 10;
  while (!message.empty() && handler_ != nullptr) {
    std::string piece(message.substr(0, piece_size));
    message.remove_prefix(piece.size());
    handler_->on_piece(std::move(piece), message.size());
  }
}

void StreamState::server_ended(rpc::Status status) {
  if (handler_ == nullptr || deaf_ || connection_->silent()) return;
  core_.schedule.at(in_order(to_client_, connection_->one_way()),
                    [weak = weak_from_this(), status = std::move(status)] {
                      if (const auto self = weak.lock()) self->end(status);
                    });
}

void StreamState::client_sees(const Fate& fate, core::Duration wait) {
  if (fate.seen == Fate::Seen::status) {
    end_later(wait, words_of_peer(fate.status));
  } else if (fate.seen == Fate::Seen::reset) {
    core_.schedule.after(wait, [connection = connection_] {
      connection->fail(rpc::Failure::connection_lost, "connection reset: " + connection->address());
    });
  }
}

void StreamState::cancel() { end_later({}, {rpc::StatusCode::cancelled, "cancelled by the client", {}}); }

void StreamState::end_later(core::Duration wait, rpc::Status status) {
  core_.schedule.after(wait, [weak = weak_from_this(), status = std::move(status)] {
    if (const auto self = weak.lock()) self->end(status);
  });
}

// The server hears of the end a moment later; what is under way to it may still arrive first.
void StreamState::leave_everything() {
  if (refused_) {  // the client does not see the refusal any more
    refused_->bytes = refused_bytes_;
    core_.tell(*refused_);
  }
  handler_ = nullptr;
  --core_.open_streams;
  if (connection_) connection_->remove(id_);
  endpoint_->riders.erase(id_);
  core_.schedule.cancel(deadline_);
  if (server_) core_.schedule.after(connection_->one_way(), [server = std::exchange(server_, nullptr)] {});
}

void StreamState::end(rpc::Status status) {
  if (handler_ == nullptr) return;
  const auto self = shared_from_this();
  rpc::StreamHandler& told = *handler_;
  leave_everything();
  NetworkEvent ended = event(NetworkEvent::Kind::ended);
  ended.status = status.code;
  core_.tell(ended);
  rpc::StreamEnd ending;
  ending.status = std::move(status);
  told.on_end(std::move(ending));
}

void StreamState::abandon() {
  if (handler_ == nullptr) return;
  leave_everything();
  core_.tell(event(NetworkEvent::Kind::abandoned));
}

class SimStream final : public rpc::Stream {
 public:
  explicit SimStream(std::shared_ptr<StreamState> state) : state_(std::move(state)) {}
  ~SimStream() override { state_->abandon(); }
  std::uint64_t send(std::string message) override { return state_->send(std::move(message)); }
  void finish_sending() override { state_->finish_sending(); }
  void cancel() override { state_->cancel(); }
  [[nodiscard]] Delivery delivery(std::uint64_t number) const noexcept override { return state_->delivery(number); }
  [[nodiscard]] std::size_t staged_bytes() const noexcept override { return state_->staged_bytes(); }
  [[nodiscard]] bool ready_to_send() override { return state_->ready_to_send(); }

 private:
  std::shared_ptr<StreamState> state_;
};

}  // namespace

std::unique_ptr<rpc::Stream> make_stream(const std::shared_ptr<Endpoint>& endpoint, const rpc::CallStart& start,
                                         rpc::StreamHandler& handler) {
  auto state = std::make_shared<StreamState>(endpoint, start, handler);
  auto stream = std::make_unique<SimStream>(state);
  state->begin(start.deadline);
  return stream;
}

}  // namespace tikv::testing::network
