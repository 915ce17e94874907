#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tikv::test {

inline grpc::ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

inline std::string to_bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  for (const auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

/// A gRPC client that is not ours: gRPC's own C++ library.
class Peer {
 public:
  explicit Peer(const std::string& address)
      : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())), stub_(channel_) {}

  template <class Response, class Request>
  grpc::Status call(const std::string& method, const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(deadline());
    grpc::CompletionQueue queue;
    auto reader = stub_.PrepareUnaryCall(&context, method, to_buffer(request.SerializeAsString()), &queue);
    reader->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    reader->Finish(&answer, &status, this);
    wait(queue);
    if (status.ok() && !response.ParseFromString(to_bytes(answer))) {
      return {grpc::StatusCode::DATA_LOSS, "the answer cannot be decoded"};
    }
    return status;
  }

  /// A stream, one step at a time. Each step answers whether it succeeded.
  class Stream {
   public:
    Stream(Peer& peer, const std::string& method) {
      context_.set_deadline(deadline());
      stream_ = peer.stub_.PrepareCall(&context_, method, &queue_);
      stream_->StartCall(this);
      started_ = wait(queue_);
    }
    bool started() const { return started_; }
    template <class Request>
    bool write(const Request& request) {
      stream_->Write(to_buffer(request.SerializeAsString()), this);
      return wait(queue_);
    }
    template <class Response>
    bool read(Response& response) {
      grpc::ByteBuffer answer;
      stream_->Read(&answer, this);
      return wait(queue_) && response.ParseFromString(to_bytes(answer));
    }
    bool writes_done() {
      stream_->WritesDone(this);
      return wait(queue_);
    }
    grpc::Status finish() {
      grpc::Status status;
      stream_->Finish(&status, this);
      wait(queue_);
      return status;
    }

   private:
    grpc::ClientContext context_;
    grpc::CompletionQueue queue_;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
    bool started_ = false;
  };

 private:
  static std::chrono::system_clock::time_point deadline() {
    return std::chrono::system_clock::now() + std::chrono::seconds(20);
  }
  static bool wait(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  }

  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

}  // namespace tikv::test
