#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "server.h"
#include "testing/model.h"

namespace tikv::sandbox {

/// One call that a server serves, unary or a stream: gRPC's events on one side, the model on the
/// other. It lives as long as one of its operations is on the queue or the model owes it an answer.
class GenericCall final : public std::enable_shared_from_this<GenericCall>, private testing::StreamClient {
 public:
  explicit GenericCall(std::shared_ptr<Server> server) : server_(std::move(server)), stream_(&context_) {}
  ~GenericCall();

  /// Waits for the next call of any client. Called once; each call that comes does it for the next.
  static void expect(const std::shared_ptr<Server>& server);

  /// An operation on the completion queue; owns a share of its call.
  struct Event {
    enum class Kind : unsigned char { arrived, read, written, finished };
    std::shared_ptr<GenericCall> call;
    Kind kind;

    void happened(bool ok);
  };

 private:
  void arrived();
  void read();
  void message_read(bool ok);
  void serve_unary(std::string request);
  void serve_stream(const std::string* message);

  // From the model, on its loop.
  void on_message(std::string message) override;
  void on_end(rpc::Status status) override;

  // Outgoing messages, in order, one at a time as gRPC asks for.
  struct Outgoing {
    bool last = false;
    rpc::Status status;
    std::string message;
  };
  void send(Outgoing outgoing);
  void write_next();  // the mutex is held
  void message_written(bool ok);

  [[nodiscard]] Event* event(Event::Kind kind) { return new Event{shared_from_this(), kind}; }

  std::shared_ptr<Server> server_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
  grpc::ByteBuffer incoming_;
  std::string method_;

  // The model's side; touched on the model's loop only.
  std::unique_ptr<testing::StreamServer> model_;
  bool streaming_ = false;

  std::mutex outgoing_mutex_;
  std::deque<Outgoing> outgoing_;
  bool writing_ = false;
  bool ending_ = false;  // the last one is among them, or was
  bool broken_ = false;  // a write failed: the client is gone
};

}  // namespace tikv::sandbox
