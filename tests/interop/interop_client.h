#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/thread_loop.h"
#include "rpc/asio_connector.h"
#include "rpc/asio_poller.h"
#include "rpc/grpc_transport.h"
#include "rpc/tls_connector.h"
#include "rpc/transport.h"

namespace tikv::interop {

/// A bidirectional stream and all that came over it. Used on the loop, or inside `InteropClient::wait`.
struct StreamTalk final : rpc::StreamHandler {
  void on_initial_metadata(rpc::Metadata metadata) override { initial = std::move(metadata); }
  void on_message(std::string message) override {
    bytes += message.size();
    if (keeps_messages) messages.push_back(std::move(message));
    ++count;
    if (then) then();
  }
  void on_end(rpc::StreamEnd stream_end) override { end = std::move(stream_end); }

  std::unique_ptr<rpc::Stream> stream;
  std::function<void()> then;
  rpc::Metadata initial;
  std::vector<std::string> messages;
  bool keeps_messages = true;
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::optional<rpc::StreamEnd> end;
};

/// Our transport over real threads and sockets, called in a blocking way.
class InteropClient {
 public:
  /// With TLS if there are options for it.
  explicit InteropClient(std::string address, const rpc::TransportOptions& options = {},
                         const std::optional<rpc::TlsOptions>& tls = std::nullopt)
      : address_(std::move(address)) {
    auto poller = std::make_unique<rpc::AsioPoller>();
    const rpc::AsioPoller& sockets = *poller;
    loop_ = std::make_unique<core::ThreadLoop>(std::move(poller));
    connector_ = std::make_unique<rpc::AsioConnector>(*loop_, sockets);
    if (tls) connector_ = std::move(rpc::TlsConnector::make(std::move(connector_), *tls, *loop_, nullptr)).value();
    transport_ = rpc::make_grpc_transport(*loop_, *connector_, options);
  }
  ~InteropClient() {
    run([&] { transport_.reset(); });
    loop_->stop();
  }
  InteropClient(const InteropClient&) = delete;
  InteropClient& operator=(const InteropClient&) = delete;

  [[nodiscard]] rpc::CallStart start(std::string_view method, rpc::Metadata metadata = {},
                                     core::Duration timeout = std::chrono::seconds(30)) const {
    rpc::CallStart start;
    start.address = address_;
    start.method = method;
    start.deadline = core::saturating_add(loop_->now(), timeout);
    start.metadata = std::move(metadata);
    return start;
  }

  [[nodiscard]] rpc::UnaryAnswer unary(rpc::CallStart start, std::string request) {
    return unary(std::move(start), std::move(request),
                 [&](const auto& begin, const auto& done) { return loop_->post_and_run_until(begin, done); });
  }
  /// The same for a caller who does not say that he will wait.
  [[nodiscard]] rpc::UnaryAnswer unary_posted(rpc::CallStart start, std::string request) {
    return unary(std::move(start), std::move(request), [&](const auto& begin, const auto& done) {
      loop_->post(begin);
      return loop_->run_until(done);
    });
  }

  void open(StreamTalk& talk, rpc::CallStart start) {
    run([&] { talk.stream = transport_->stream(std::move(start), talk); });
  }
  void run(const std::function<void()>& work) {
    bool ran = false;
    const auto all = [&] {
      work();
      ran = true;
    };
    if (!loop_->post_and_run_until(all, [&] { return ran; })) throw std::runtime_error("the loop has stopped");
  }
  /// Until `done`, asked on the loop.
  void wait(const std::function<bool()>& done) {
    if (!loop_->run_until(done)) throw std::runtime_error("the loop has stopped");
  }
  rpc::StreamEnd wait_for_end(StreamTalk& talk) {
    wait([&] {
      if (!talk.end) return false;
      talk.stream.reset();
      return true;
    });
    return std::move(*talk.end);
  }
  [[nodiscard]] rpc::Transport& transport() noexcept { return *transport_; }

 private:
  template <class Run>
  rpc::UnaryAnswer unary(rpc::CallStart start, std::string request, const Run& run_until) {
    struct Answered final : rpc::UnaryHandler {
      void on_answer(rpc::UnaryAnswer given) override { answer = std::move(given); }
      std::optional<rpc::UnaryAnswer> answer;
    } handler;
    std::unique_ptr<rpc::Call> call;
    const auto begin = [&] { call = transport_->unary(std::move(start), std::move(request), handler); };
    const auto done = [&] {
      if (!handler.answer) return false;
      call.reset();  // on the loop
      return true;
    };
    if (!run_until(begin, done)) throw std::runtime_error("the loop has stopped");
    return std::move(*handler.answer);
  }

  std::string address_;
  std::unique_ptr<core::ThreadLoop> loop_;
  std::unique_ptr<rpc::Connector> connector_;
  std::unique_ptr<rpc::Transport> transport_;
};

}  // namespace tikv::interop
