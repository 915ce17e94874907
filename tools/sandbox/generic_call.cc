#include "generic_call.h"

#include <utility>
#include <vector>

namespace tikv::sandbox {

namespace {

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return {&slice, 1};
}

grpc::Status status_of(const rpc::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code), status.message};
}

/// gRPC's health service. TiKV's and PD's servers have it, and clients ask it of a store that they doubt:
/// without it, they would not come back to one that was down.
constexpr std::string_view health_check = "/grpc.health.v1.Health/Check";
constexpr std::string_view serving = "\x08\x01";  // HealthCheckResponse{status: SERVING}

bool is_stream(const std::string& method) { return method == "/pdpb.PD/Tso" || method == "/tikvpb.Tikv/BatchCommands"; }

}  // namespace

void GenericCall::Event::happened(bool ok) {
  switch (kind) {
    case Kind::arrived:
      if (ok) call->arrived();
      break;
    case Kind::read:
      call->message_read(ok);
      break;
    case Kind::written:
      call->message_written(ok);
      break;
    case Kind::finished:
      break;
  }
}

void GenericCall::expect(const std::shared_ptr<Server>& server) {
  auto call = std::make_shared<GenericCall>(server);
  server->while_open([&] {
    server->service().RequestCall(&call->context_, &call->stream_, &server->queue(), &server->queue(),
                                  call->event(Event::Kind::arrived));
  });
}

GenericCall::~GenericCall() = default;

void GenericCall::arrived() {
  expect(server_);
  method_ = context_.method();
  streaming_ = is_stream(method_);
  read();
}

void GenericCall::read() {
  server_->while_open([&] { stream_.Read(&incoming_, event(Event::Kind::read)); });
}

void GenericCall::message_read(bool ok) {
  if (!streaming_) {
    if (!ok) return send({true, {rpc::StatusCode::internal, "the call brought no message"}, {}});
    return serve_unary(bytes_of(incoming_));
  }
  if (!ok) return serve_stream(nullptr);
  const std::string message = bytes_of(incoming_);
  serve_stream(&message);
  read();
}

void GenericCall::serve_unary(std::string request) {
  if (method_ == health_check) return send({true, {}, std::string(serving)});
  if (const ControlHandler* control = server_->control(method_)) {
    return (*control)(std::move(request), [self = shared_from_this()](testing::Answer answer) {
      self->send({true, std::move(answer.status), std::move(answer.message)});
    });
  }
  server_->loop().enter([&] {
    server_->cluster().handle(server_->node(), method_, request, [self = shared_from_this()](testing::Answer answer) {
      self->server_->loop().after([self, answer = std::move(answer)]() mutable {
        self->send({true, std::move(answer.status), std::move(answer.message)});
      });
    });
  });
}

// The end of what the client sends comes when it has finished, and also when it is gone.
void GenericCall::serve_stream(const std::string* message) {
  server_->loop().enter([&] {
    if (!model_ && message != nullptr) {
      model_ = server_->cluster().open_stream(server_->node(), method_, *this);
      if (!model_) return on_end({rpc::StatusCode::unavailable, "the store is stopped"});
    }
    if (message != nullptr) return model_->message(*message);
    if (!model_) return on_end({});
    model_->half_close();
    model_.reset();
  });
}

void GenericCall::on_message(std::string message) {
  server_->loop().after([self = shared_from_this(), message = std::move(message)]() mutable {
    self->send({false, {}, std::move(message)});
  });
}

void GenericCall::on_end(rpc::Status status) {
  server_->loop().after([self = shared_from_this(), status = std::move(status)]() mutable {
    self->send({true, std::move(status), {}});
  });
}

void GenericCall::send(Outgoing outgoing) {
  const std::lock_guard lock(outgoing_mutex_);
  if (ending_) return;
  ending_ = outgoing.last;
  outgoing_.push_back(std::move(outgoing));
  if (!writing_) write_next();
}

void GenericCall::write_next() {
  while (broken_ && outgoing_.size() > 1) outgoing_.pop_front();  // nobody reads them
  if (outgoing_.empty() || (broken_ && !ending_)) return;
  const Outgoing next = std::move(outgoing_.front());
  outgoing_.pop_front();
  writing_ = true;
  server_->while_open([&] {
    if (!next.last) {
      stream_.Write(buffer_of(next.message), event(Event::Kind::written));
    } else if (next.status.ok() && !streaming_) {
      stream_.WriteAndFinish(buffer_of(next.message), grpc::WriteOptions(), grpc::Status::OK,
                             event(Event::Kind::finished));
    } else {
      stream_.Finish(status_of(next.status), event(Event::Kind::finished));
    }
  });
}

void GenericCall::message_written(bool ok) {
  const std::lock_guard lock(outgoing_mutex_);
  writing_ = false;
  if (!ok) broken_ = true;
  write_next();
}

}  // namespace tikv::sandbox
