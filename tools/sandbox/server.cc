#include "server.h"

#include <chrono>
#include <climits>
#include <mutex>
#include <utility>

#include "generic_call.h"

namespace tikv::sandbox {

namespace {

constexpr int calls_expected_at_once = 64;
constexpr std::string_view control_method = "/tikv.sandbox.control.Control/Run";

}  // namespace

Server::Server(ModelLoop& loop, testing::ClusterModel& cluster, testing::Node node, ControlHandler control)
    : loop_(loop), cluster_(cluster), node_(node), control_(std::move(control)) {}

Server::~Server() { stop({}); }

const ControlHandler* Server::control(std::string_view method) const {
  return control_ && method == control_method ? &control_ : nullptr;
}

bool Server::listen(int port) {
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // or two sandboxes would share a port
  // As TiKV: any size, any number of pings.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1);
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &port_);
  builder.RegisterAsyncGenericService(&service_);
  queue_ = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  open_ = server_ != nullptr && port_ > 0;
  return open_;
}

void Server::start() {
  for (int i = 0; i < calls_expected_at_once; ++i) GenericCall::expect(shared_from_this());
  poller_ = std::thread([this] { poll(); });
}

void Server::poll() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    const std::unique_ptr<GenericCall::Event> event(static_cast<GenericCall::Event*>(tag));
    event->happened(ok);
  }
}

void Server::stop(std::chrono::milliseconds patience) {
  if (server_) server_->Shutdown(std::chrono::system_clock::now() + patience);
  {
    const std::unique_lock lock(gate_);
    if (!open_ && !queue_) return;
    open_ = false;
  }
  if (queue_) queue_->Shutdown();
  if (poller_.joinable()) poller_.join();
  if (queue_) {  // a server that never started: its events are still to be taken
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) delete static_cast<GenericCall::Event*>(tag);
  }
  server_.reset();
  queue_.reset();
}

}  // namespace tikv::sandbox
