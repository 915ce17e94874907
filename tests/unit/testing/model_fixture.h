#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "testing/cluster_model.h"
#include "testing/sim_loop.h"
#include "wire/kvrpcpb.h"
#include "wire/pdpb.h"

namespace tikv::testing {

/// What a client heard on a stream.
struct Recorded final : StreamClient {
  void on_message(std::string message) override { messages.push_back(std::move(message)); }
  void on_end(rpc::Status status) override { ends.push_back(std::move(status)); }
  std::vector<std::string> messages;
  std::vector<rpc::Status> ends;
};

/// A cluster model and typed calls to it.
class ModelFixture : public ::testing::Test {
 protected:
  explicit ModelFixture(const ClusterOptions& options = {}) : cluster(loop, options) {}

  template <class Response, class Request>
  Answer ask(Node node, std::string_view method, const Request& request, Response& response) {
    std::optional<Answer> answer;
    cluster.handle(node, method, wire::encode(request), [&](Answer came) { answer = std::move(came); });
    loop.run_ready();
    if (!answer) {
      ADD_FAILURE() << method << " was not answered";
      return {};
    }
    if (answer->status.ok()) {
      EXPECT_TRUE(wire::decode(answer->message, response)) << method;
    }
    return *answer;
  }

  template <class Response, class Request>
  Response pd(std::string_view method, Request request) {
    if constexpr (requires { wire::ensure(request.header).cluster_id = 0; }) {
      wire::ensure(request.header).cluster_id = cluster.cluster_id();
    }
    Response response;
    const Answer answer = ask(Node::pd(), "/pdpb.PD/" + std::string(method), request, response);
    EXPECT_TRUE(answer.status.ok()) << answer.status.message;
    return response;
  }

  /// The context with which a client that knows everything asks for the region of `key`.
  wire::kvrpcpb::Context context_of(std::string_view key) {
    const RegionState& region = cluster.regions().region_of(key);
    wire::kvrpcpb::Context context;
    context.region_id = region.meta.id;
    context.region_epoch = region.meta.region_epoch;
    if (region.leader() != nullptr) context.peer = *region.leader();
    return context;
  }

  /// Asks the leader of the region of `key`; a context that is set already stays as it is.
  template <class Response, class Request>
  Response at_leader(std::string_view key, std::string_view method, Request request) {
    if (!request.context.has_value()) request.context = context_of(key);
    Response response;
    const Node node = Node::of_store(request.context->peer->store_id);
    const Answer answer = ask(node, "/tikvpb.Tikv/" + std::string(method), request, response);
    EXPECT_TRUE(answer.status.ok()) << answer.status.message;
    return response;
  }

  wire::kvrpcpb::RawPutResponse put(std::string_view key, std::string_view value, std::uint64_t ttl = 0) {
    wire::kvrpcpb::RawPutRequest request;
    request.key = std::string(key);
    request.value = std::string(value);
    request.ttl = ttl;
    return at_leader<wire::kvrpcpb::RawPutResponse>(key, "RawPut", request);
  }

  wire::kvrpcpb::RawGetResponse get(std::string_view key) {
    wire::kvrpcpb::RawGetRequest request;
    request.key = std::string(key);
    return at_leader<wire::kvrpcpb::RawGetResponse>(key, "RawGet", request);
  }

  SimLoop loop;
  ClusterModel cluster;
};

}  // namespace tikv::testing
