#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.h"
#include "region/batch_entry.h"
#include "region/batch_format.h"
#include "rpc/intrusive_list.h"
#include "rpc/transport.h"

namespace tikv::region {

struct BatchOptions {
  /// More than one split the batches: worse, unless values are large and cores many. 0: every request
  /// is a call of its own.
  std::size_t streams_per_store = 1;
  /// Commands in one message. TiKV's own client sends no more.
  std::size_t max_batch = 128;
  /// Larger requests go as calls of their own, over the connection for large bodies: they would hold
  /// up the small ones behind them.
  std::size_t max_request_bytes = std::size_t{64} << 10;
  /// A message is closed, and no further one is staged, once it has so many bytes.
  std::size_t max_message_bytes = std::size_t{256} << 10;
  /// Bytes of requests to one store that are queued or unanswered; above it requests wait for room.
  std::size_t max_bytes_in_flight = std::size_t{64} << 20;
  /// The largest answer that is taken. A larger one ends its own call with `answer_too_large`, no other.
  std::size_t max_answer_size = std::size_t{256} << 20;
  /// A stream that carried nothing for so long is finished, so that its connection can go.
  core::Duration idle_timeout = std::chrono::minutes(3);
};

/// Counts since the start.
struct BatchStats {
  std::uint64_t streams = 0;          ///< opened
  std::uint64_t messages = 0;         ///< sent
  std::uint64_t requests = 0;         ///< in them
  std::uint64_t alone = 0;            ///< calls that rode no stream
  std::uint64_t unknown_answers = 0;  ///< dropped: nobody waits for them (any more)
  std::uint64_t empty_answers = 0;    ///< taken for a failure: no answer, or one to another command
  std::uint64_t large_answers = 0;    ///< dropped: too large, by themselves or beside others
};

/// What is held at a moment, over all stores. When nothing is under way, all is zero but the streams, which wait
/// for more. For tests, and for who looks for a leak.
struct BatchHoldings {
  std::size_t streams = 0;          ///< to be used, or finishing
  std::size_t blocked = 0;          ///< entries that wait for room under the limit of bytes in flight
  std::size_t queued = 0;           ///< entries to be sent
  std::size_t sent = 0;             ///< entries that wait for their answers
  std::size_t ids = 0;              ///< by which these are known
  std::size_t bytes_in_flight = 0;  ///< of requests
  std::size_t untold = 0;           ///< entries that failed and are to be told so
  std::size_t readers = 0;          ///< large messages that are coming

  [[nodiscard]] bool nothing_under_way() const noexcept {
    return blocked + queued + sent + ids + bytes_in_flight + untold + readers == 0;
  }
};

using BatchListener = std::function<void(std::string_view address, const BatchFeedback& feedback)>;

class BatchStream;
struct UnsentNode : rpc::ListNode {};  // streams that have something to send

/// What all streams of one client share. Outlives the client while work of its is under way.
class BatchCore : public std::enable_shared_from_this<BatchCore> {
 public:
  BatchCore(core::Loop& loop, rpc::Transport& transport, const BatchOptions& options);
  ~BatchCore();
  BatchCore(const BatchCore&) = delete;
  BatchCore& operator=(const BatchCore&) = delete;

  [[nodiscard]] BatchStore& store(std::string_view address);
  [[nodiscard]] BatchStore* find(std::string_view address) noexcept;
  void close();
  [[nodiscard]] BatchHoldings holdings();

  /// `stream` sends at the end of the turn: what was started in one turn leaves together.
  void send_soon(BatchStream& stream);
  /// Fails `entry` in a later turn.
  void fail_later(BatchEntry& entry, rpc::Status status);

  core::Loop& loop;
  rpc::Transport& transport;
  const BatchOptions options;
  BatchListener listener;
  BatchStats stats;
  bool closed = false;
  // Kept for their memory alone.
  std::vector<BatchedRequest> requests;
  std::vector<BatchedAnswer> answers;

 private:
  void send_all();
  void tell_all();

  std::map<std::string, std::unique_ptr<BatchStore>, std::less<>> stores_;
  rpc::List<UnsentNode> unsent_;
  rpc::List<BatchEntry> failed_;
};

}  // namespace tikv::region
