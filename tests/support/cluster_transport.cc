#include "support/cluster_transport.h"

#include <optional>
#include <utility>

namespace tikv::test {

using rpc::Failure;
using rpc::StatusCode;

namespace {

rpc::UnaryAnswer broken(Delivery delivery, Failure failure, std::string words) {
  rpc::UnaryAnswer answer;
  answer.delivery = delivery;
  answer.status = {StatusCode::unavailable, std::move(words), failure};
  return answer;
}

}  // namespace

std::string to_string(Fate fate) {
  switch (fate) {
    case Fate::deliver:
      return "Deliver";
    case Fate::not_sent:
      return "NotSent";
    case Fate::refused:
      return "Refused";
    case Fate::cannot_connect:
      return "CannotConnect";
    case Fate::lost_request:
      return "LostRequest";
    case Fate::lost_answer:
      return "LostAnswer";
    case Fate::unavailable:
      return "Unavailable";
    case Fate::silence:
      return "Silence";
    case Fate::silent_answer:
      return "SilentAnswer";
  }
  return "Unknown";
}

/// A call between two events: its client may go at any time, what the server does stays done.
class ClusterTransport::SimCall final : public rpc::Call {
 public:
  SimCall(ClusterTransport& owner, rpc::UnaryHandler& handler)
      : owner_(owner), handler_(handler), alive_(std::make_shared<SimCall*>(this)) {
    owner_.open_calls_.insert(this);
    ++owner_.alive;
  }
  ~SimCall() override {
    owner_.open_calls_.erase(this);
    --owner_.alive;
  }

  [[nodiscard]] Delivery delivery() const noexcept override { return delivery_; }

  /// Calls `then` on this call after a while, if it is still there.
  void later(core::Duration wait, std::function<void(SimCall&)> then) {
    owner_.after(wait, [weak = std::weak_ptr(alive_), then = std::move(then)] {
      if (const auto self = weak.lock()) then(**self);
    });
  }
  void answer(rpc::UnaryAnswer answer) {
    alive_.reset();  // nothing else may come
    handler_.on_answer(std::move(answer));
  }
  void answer_later(core::Duration wait, rpc::UnaryAnswer answer) {
    later(wait, [answer = std::move(answer)](SimCall& call) { call.answer(answer); });
  }

  void go(Fate drawn, std::string request, rpc::CallStart start);

 private:
  ClusterTransport& owner_;
  rpc::UnaryHandler& handler_;
  std::shared_ptr<SimCall*> alive_;
  Delivery delivery_ = Delivery::not_sent;
};

void ClusterTransport::SimCall::go(Fate drawn, std::string request, rpc::CallStart start) {
  if (start.deadline != core::never) {
    later(start.deadline - owner_.loop_.now(), [](SimCall& call) {
      rpc::UnaryAnswer late;
      late.delivery = call.delivery_;
      late.status = {StatusCode::deadline_exceeded, "the deadline of the call passed", Failure::none};
      call.answer(std::move(late));
    });
  }
  const auto node = owner_.cluster_.node_at(start.address);
  const core::Duration one_way = owner_.latency;
  if (!node || drawn == Fate::cannot_connect) {
    answer_later(one_way, broken(Delivery::not_sent, Failure::connect, "connect to " + start.address + ": refused"));
    return;
  }
  if (drawn == Fate::not_sent) {
    answer_later(one_way, broken(Delivery::not_sent, Failure::connection_lost, "the connection broke"));
    return;
  }
  delivery_ = Delivery::maybe_processed;
  switch (drawn) {
    case Fate::refused:
      answer_later(2 * one_way, broken(Delivery::refused, Failure::none, "REFUSED_STREAM"));
      return;
    case Fate::lost_request:
      answer_later(one_way, broken(Delivery::maybe_processed, Failure::connection_lost, "connection reset"));
      return;
    case Fate::silence:
      return;
    default:
      break;
  }
  // From here on the server gets it, whatever becomes of the client.
  owner_.after(one_way, [&owner = owner_, weak = std::weak_ptr(alive_), drawn, request = std::move(request),
                         method = start.method, node] {
    owner.cluster_.handle(*node, method, request, [&owner, weak, drawn](const testing::Answer& result) {
      const auto self = weak.lock();
      if (!self || drawn == Fate::silent_answer) return;
      rpc::UnaryAnswer answer;
      answer.delivery = Delivery::answered;
      answer.status = result.status;
      answer.message = result.message;
      if (drawn == Fate::lost_answer) {
        answer = broken(Delivery::maybe_processed, Failure::connection_lost, "connection reset");
      } else if (drawn == Fate::unavailable) {
        answer = broken(Delivery::maybe_processed, Failure::none, "the server is going away");
      }
      (*self)->answer_later(owner.latency, std::move(answer));
    });
  });
}

/// A stream whose messages arrive in order, each after the latency.
class ClusterTransport::SimStream final : public rpc::Stream, private testing::StreamClient {
 public:
  SimStream(ClusterTransport& owner, rpc::StreamHandler& handler)
      : owner_(owner), handler_(handler), alive_(std::make_shared<SimStream*>(this)) {
    owner_.open_streams_.insert(this);
    ++owner_.alive;
  }
  ~SimStream() override {
    owner_.open_streams_.erase(this);
    --owner_.alive;
  }

  void open(std::optional<testing::Node> node, std::string_view method, std::string address, bool reachable) {
    if (node && reachable) server_ = owner_.cluster_.open_stream(*node, method, *this);
    if (!server_) {
      later([address](SimStream& stream) {
        stream.end({StatusCode::unavailable, "connect to " + address + ": refused", Failure::connect});
      });
    }
  }
  std::uint64_t send(std::string message) override {
    later([message = std::move(message)](SimStream& stream) {
      if (stream.server_ && !stream.silent) stream.server_->message(message);
    });
    return sent_++;
  }
  void finish_sending() override {
    later([](SimStream& stream) {
      if (stream.server_) stream.server_->half_close();
    });
  }
  void cancel() override {
    later([](SimStream& stream) { stream.end({StatusCode::cancelled, "cancelled", Failure::none}); });
  }
  [[nodiscard]] Delivery delivery(std::uint64_t number) const noexcept override {
    return number < sent_ ? Delivery::maybe_processed : Delivery::not_sent;
  }
  [[nodiscard]] std::size_t staged_bytes() const noexcept override { return 0; }

  void end(rpc::Status status) {
    if (!alive_) return;
    alive_.reset();
    rpc::StreamEnd ending;
    ending.status = std::move(status);
    handler_.on_end(std::move(ending));
  }

  bool silent = false;

 private:
  void on_message(std::string message) override {
    later([message = std::move(message)](SimStream& stream) { stream.handler_.on_message(message); });
  }
  void on_end(rpc::Status status) override {
    later([status = std::move(status)](SimStream& stream) { stream.end(status); });
  }
  void later(std::function<void(SimStream&)> then) {
    owner_.after(owner_.latency, [weak = std::weak_ptr(alive_), then = std::move(then)] {
      if (const auto self = weak.lock()) then(**self);
    });
  }

  ClusterTransport& owner_;
  rpc::StreamHandler& handler_;
  std::shared_ptr<SimStream*> alive_;
  std::unique_ptr<testing::StreamServer> server_;
  std::uint64_t sent_ = 0;
};

ClusterTransport::~ClusterTransport() = default;

void ClusterTransport::after(core::Duration duration, std::function<void()> then) {
  const auto place = timers_.emplace(timers_.end());
  *place = std::make_unique<core::Timer>(loop_, [this, place, then = std::move(then)] {
    timers_.erase(place);
    then();
  });
  (*place)->set(loop_.now() + duration);
}

std::unique_ptr<rpc::Call> ClusterTransport::unary(rpc::CallStart start, std::string request,
                                                   rpc::UnaryHandler& handler) {
  ++calls_by_method[std::string(start.method)];
  const CallSeen seen{start.address, start.method, calls++};
  auto call = std::make_unique<SimCall>(*this, handler);
  const Fate decided = fate ? fate(seen) : Fate::deliver;
  if (closed_) {
    call->answer_later(core::Duration{0}, broken(Delivery::not_sent, Failure::closed, "the transport is closed"));
  } else {
    call->go(decided, std::move(request), std::move(start));
  }
  return call;
}

std::unique_ptr<rpc::Stream> ClusterTransport::stream(rpc::CallStart start, rpc::StreamHandler& handler) {
  ++calls_by_method[std::string(start.method)];
  const CallSeen seen{start.address, start.method, calls++};
  auto stream = std::make_unique<SimStream>(*this, handler);
  const Fate decided = fate ? fate(seen) : Fate::deliver;
  stream->silent = decided == Fate::silence || decided == Fate::silent_answer;
  const bool reachable = !closed_ && (decided == Fate::deliver || stream->silent);
  stream->open(cluster_.node_at(start.address), start.method, start.address, reachable);
  return stream;
}

void ClusterTransport::close() {
  closed_ = true;
  for (SimCall* call : std::set<SimCall*>(open_calls_)) {
    if (open_calls_.count(call) == 0) continue;
    call->answer_later(core::Duration{0}, broken(call->delivery(), Failure::closed, "the transport is closed"));
  }
}

}  // namespace tikv::test
