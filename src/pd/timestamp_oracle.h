#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/waits.h"
#include "rpc/transport.h"
#include "tikv/result.h"
#include "wire/pdpb.h"

namespace tikv::pd {

/// The stream of timestamps from the leader of PD. One request is on its way at a time and carries
/// everybody who was waiting when it left; whoever comes meanwhile leaves with the next one.
class TimestampOracle final : private rpc::StreamHandler {
 public:
  TimestampOracle(core::Loop& loop, rpc::Transport& transport, core::Duration attempt_timeout);
  ~TimestampOracle();

  class Waiter;

  /// Queues `waiter` for a timestamp from the PD at `leader`. It is told once, unless it is destroyed.
  void request(Waiter& waiter, const std::string& leader, std::uint64_t cluster_id);

  /// Requests sent so far; timestamps given so far. Their ratio is the mean batch.
  [[nodiscard]] std::uint64_t requests_sent() const noexcept { return requests_sent_; }
  [[nodiscard]] std::uint64_t timestamps_given() const noexcept { return timestamps_given_; }

 private:
  /// Those who leave together; a waiter that gave up leaves a hole.
  using Batch = std::vector<Waiter*>;

  void on_message(std::string message) override;
  void on_silence() override;
  void on_going_away() override;
  void on_end(rpc::StreamEnd end) override;
  void open();
  void send();
  void send_request();
  Result<std::uint64_t> first_of(const std::string& message);
  void fail(const Error& error);

  core::Loop& loop_;
  rpc::Transport& transport_;
  core::Duration attempt_timeout_;
  core::Timer silence_timer_;
  std::string leader_;
  std::uint64_t cluster_id_ = 0;
  std::unique_ptr<rpc::Stream> stream_;
  std::shared_ptr<Batch> waiting_ = std::make_shared<Batch>();
  std::shared_ptr<Batch> in_flight_;
  std::uint64_t last_ = 0;
  std::uint64_t requests_sent_ = 0;
  std::uint64_t timestamps_given_ = 0;
};

/// `co_await waiter`: the timestamp, an error, or nothing if the operation was interrupted.
class TimestampOracle::Waiter {
 public:
  explicit Waiter(core::Operation& operation) : reply_(operation) {}
  ~Waiter() {
    if (batch_) (*batch_)[place_] = nullptr;
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  core::Reply<Result<std::uint64_t>>& reply() noexcept { return reply_; }

 private:
  friend TimestampOracle;
  core::Reply<Result<std::uint64_t>> reply_;
  std::shared_ptr<Batch> batch_;
  std::size_t place_ = 0;
};

}  // namespace tikv::pd
