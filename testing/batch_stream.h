#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "core/loop.h"
#include "testing/command_service.h"
#include "testing/model.h"
#include "testing/one_shots.h"
#include "wire/tikvpb.pb.h"

namespace tikv::testing {

/// What the streams of command batches of all stores share.
struct BatchContext {
  core::Loop& loop;
  CommandService& commands;
  OneShots& later;
  bool health_feedback = true;
};

/// A stream of command batches: each command is served by itself. The answers to one message leave
/// in one message; those of a slow store one by one, in any order. A command that the store does not
/// know gets an empty answer, as TiKV's.
class BatchStream final : public StreamServer {
 public:
  BatchStream(BatchContext& context, StoreState& store, StreamClient& client);

  void message(std::string_view bytes) override;
  void half_close() override;

 private:
  using Batch = wire::tikvpb::BatchCommandsRequest;
  using Answers = wire::tikvpb::BatchCommandsResponse;

  /// The store is the process that this stream was opened to.
  [[nodiscard]] bool alive() const;
  void later(core::Duration wait, std::function<void(BatchStream&)> work);
  void serve(const Batch& batch);
  [[nodiscard]] rpc::Status serve(const Batch::Request& request, Answers::Response& response);
  template <class Request, class Response>
  [[nodiscard]] rpc::Status serve_one(std::string_view name, const Request& request, Response& response);
  void answer(Answers answers);
  void send(Answers answers);
  void add_health(Answers& answers);
  void end(rpc::Status status);

  BatchContext& context_;
  StoreState& store_;
  StreamClient& client_;
  std::shared_ptr<BatchStream*> self_;
  std::uint64_t incarnation_;
  std::optional<core::Time> health_told_;
  std::size_t waiting_ = 0;  // pieces of work that are still to come
  bool half_closed_ = false;
  bool ended_ = false;
};

/// How long a slow store takes with one answer.
[[nodiscard]] core::Duration answer_delay(core::Loop& loop, const StoreBehaviour& behaviour);

}  // namespace tikv::testing
