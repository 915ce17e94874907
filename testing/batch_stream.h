#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.h"
#include "region/batch_format.h"
#include "testing/command_service.h"
#include "testing/model.h"
#include "testing/one_shots.h"

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
  /// One command or one answer, encoded.
  struct Command {
    std::uint64_t id = 0;
    std::uint32_t number = 0;  ///< 0: of an answer that says nothing
    std::string body;
  };
  using Batch = std::vector<Command>;

  /// The store is the process that this stream was opened to.
  [[nodiscard]] bool alive() const;
  void later(core::Duration wait, std::function<void(BatchStream&)> work);
  void serve(const Batch& batch);
  [[nodiscard]] rpc::Status serve(const Command& command, Command& answer);
  void answer(Batch answers);
  void send(const Batch& answers);
  /// What the store says of itself beside its answers.
  [[nodiscard]] std::string about_itself();
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
