#include "support/rpc/wired_cluster.h"

#include <utility>

#include "rpc/grpc_transport.h"

namespace tikv::test {

using rpc::sim::ScriptedServer;
using rpc::sim::ServerCall;
using rpc::sim::ServerEvent;
using rpc::sim::SimLink;

/// A node's stream and the HTTP/2 stream that it rides on.
class WiredCluster::StreamOfModel final : public testing::StreamClient {
 public:
  StreamOfModel(ScriptedServer& server, std::int32_t id) : server_(server), id_(id) {}
  void on_message(std::string message) override { server_.send_message(id_, message); }
  void on_end(rpc::Status status) override { server_.send_trailers(id_, status.code, status.message); }

  std::unique_ptr<testing::StreamServer> model;

 private:
  ScriptedServer& server_;
  std::int32_t id_;
};

WiredCluster::WiredCluster(const testing::ClusterOptions& options)
    : cluster(*loop, options), connector_(std::make_unique<rpc::sim::SimConnector>(*loop)) {
  connector = connector_.get();
  for (const testing::PdMember& member : cluster.pd().members().all()) {
    cluster.pd().members().set_address(member.id, pd_address(member.id));
    serve(pd_address(member.id));
  }
  for (const auto& [id, store] : cluster.regions().stores()) {
    cluster.set_store_address(id, store_address(id));
    serve(store_address(id));
  }
}

WiredCluster::~WiredCluster() {
  client.reset();
  core.reset();
}

void WiredCluster::serve(const std::string& address) {
  connector->listen(address, [this, address](SimLink& link) {
    const auto streams = std::make_shared<std::map<std::int32_t, std::unique_ptr<StreamOfModel>>>();
    auto server = std::make_unique<ScriptedServer>(
        link, [this, address, streams](ScriptedServer& at, ServerCall& call, ServerEvent event) {
          const auto node = cluster.node_at(address);
          if (!node) return;
          const std::string method = call.headers[":path"];
          const bool streaming = method.ends_with("/BatchCommands") || method.ends_with("/Tso");
          if (event == ServerEvent::headers && streaming) {
            at.send_headers(call.id);
            auto stream = std::make_unique<StreamOfModel>(at, call.id);
            stream->model = cluster.open_stream(*node, method, *stream);
            streams->emplace(call.id, std::move(stream));
          } else if (streaming) {
            const auto found = streams->find(call.id);
            if (found == streams->end() || !found->second->model) return;
            if (event == ServerEvent::message) ++requests;
            if (event == ServerEvent::message) found->second->model->message(call.messages.back());
            if (event == ServerEvent::end) found->second->model->half_close();
          } else if (event == ServerEvent::end && !call.messages.empty()) {
            ++requests;
            cluster.handle(*node, method, call.messages.front(), [&at, id = call.id](testing::Answer answer) {
              if (answer.status.ok()) return at.answer(id, answer.message);
              at.trailers_only(id, answer.status.code, answer.status.message);
            });
          }
        });
    servers_.push_back(server.get());
    return server;
  });
}

std::size_t WiredCluster::pings() const {
  std::size_t pings = 0;
  for (const ScriptedServer* server : servers_) pings += server->pings;
  return pings;
}

Result<void> WiredCluster::connect(ClientOptions options) {
  for (const testing::PdMember& member : cluster.pd().members().all()) {
    options.pd_addresses.push_back(member.address);
  }
  options.observer = silent_observer();
  detail::World world;
  world.loop = loop;
  world.transport = rpc::make_grpc_transport(*loop, *connector, {});
  world.stop_loop = [] {};
  core = std::make_shared<detail::ClientCore>(options, std::move(world));
  client.emplace(detail::ClientAccess::wrap(core));
  return core->connect();
}

}  // namespace tikv::test
