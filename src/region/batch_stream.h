#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/loop.h"
#include "region/batch_core.h"
#include "region/batch_entry.h"
#include "region/batch_format.h"
#include "region/batch_reader.h"
#include "rpc/intrusive_list.h"
#include "rpc/transport.h"

namespace tikv::region {

class BatchStore;

/// One BatchCommands stream to a store, from its first request to its end. It never comes back: what
/// follows is another stream.
class BatchStream final : public UnsentNode,
                          public std::enable_shared_from_this<BatchStream>,
                          private rpc::StreamHandler {
 public:
  explicit BatchStream(BatchStore& store);
  virtual ~BatchStream();
  BatchStream(const BatchStream&) = delete;
  BatchStream& operator=(const BatchStream&) = delete;

  void enqueue(BatchEntry& entry);
  /// Sends what is queued, unless something is staged still: then it leaves with what comes meanwhile.
  void send_queued();
  /// How far message `number` got, for who gives up on an entry in it now.
  [[nodiscard]] Delivery delivery(std::uint64_t number) const noexcept;
  /// An entry is over, whatever became of it.
  void on_left(const BatchEntry& entry);
  /// One that is queued; null if there is none.
  [[nodiscard]] BatchEntry* take_queued() noexcept { return queue_.pop_front(); }
  /// Ends once its last entry has gone.
  void retire();
  /// Moves all its entries to the list of those that failed.
  void close(const rpc::Status& status);
  void add_to(BatchHoldings& held);

 private:
  void on_message(std::string message) override;
  void on_piece(std::string piece, std::size_t left) override;
  void on_drained() override { send_queued(); }
  void on_going_away() override;
  void on_silence() override;
  void on_end(rpc::StreamEnd end) override;

  void open();
  /// False if nothing that is queued may be sent.
  bool send_message();
  void take_feedback(const BatchFeedback& feedback);
  void take_answer(HeldAnswer answer);
  void break_off();
  void fail_all(const rpc::Status& status);
  void send_all_alone(const rpc::Status& status);
  void finish_if_unused();
  void on_timer();
  [[nodiscard]] bool unused() const noexcept { return sent_.empty() && queue_.empty(); }

  BatchCore& core_;
  BatchStore& store_;
  std::unique_ptr<rpc::Stream> stream_;
  rpc::List<BatchEntry> queue_;
  rpc::List<BatchEntry> sent_;  // in the order of their sending
  BatchIds ids_;
  std::optional<BatchReader> reader_;  // while a large message comes
  core::Timer timer_;                  // for having been idle too long; then for the peer's end
  core::Time last_use_;
  bool retired_ = false;
  bool finished_ = false;  // we have ended our side
  bool ended_ = false;
};

}  // namespace tikv::region
