#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "region/batch_entry.h"
#include "rpc/intrusive_list.h"
#include "rpc/transport.h"

namespace tikv::region {

class BatchCore;
class BatchStream;
struct BatchHoldings;

/// One address: its streams, the bound on its bytes in flight, and what is known of what it can do.
class BatchStore {
 public:
  BatchStore(BatchCore& core, std::string address);
  ~BatchStore();
  BatchStore(const BatchStore&) = delete;
  BatchStore& operator=(const BatchStore&) = delete;

  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  [[nodiscard]] BatchCore& core() noexcept { return core_; }
  /// Never used twice, whatever stream it is for.
  [[nodiscard]] std::uint64_t new_id() noexcept { return ++last_id_; }

  /// Gives the entry to a stream, or makes it wait for room, in order.
  void admit(BatchEntry& entry);
  /// An entry is over: its bytes, if it was let in, make room.
  void release(std::size_t bytes);

  /// It has answered on a stream: it knows BatchCommands.
  [[nodiscard]] bool proven() const noexcept { return proven_; }
  void prove() noexcept { proven_ = true; }
  /// It does not know BatchCommands: everything goes as calls of its own from now on.
  void set_unary_only();
  /// It gave `command` an empty answer, as to one that it does not know in a batch.
  void set_alone(std::uint32_t command) noexcept { alone_ |= bit(command); }
  [[nodiscard]] bool goes_alone(std::uint32_t command) const noexcept {
    return unary_only_ || (alone_ & bit(command)) != 0;
  }

  /// No new request uses `stream`, and what it has not sent goes to another; it ends when its last
  /// entry has gone.
  void retire(BatchStream& stream);
  /// Those who wait for room are told that the store says nothing.
  void tell_silence();
  /// `stream` has ended.
  void drop(const BatchStream& stream) noexcept;
  /// Another store may be here from now on.
  void forget();
  void close(const rpc::Status& status);
  void add_to(BatchHoldings& held);

 private:
  static std::uint64_t bit(std::uint32_t command) noexcept { return std::uint64_t{1} << (command & 63); }
  [[nodiscard]] bool has_room(const BatchEntry& entry) const noexcept;
  void let_in(BatchEntry& entry);
  void join(BatchEntry& entry);
  [[nodiscard]] BatchStream& next_stream();

  BatchCore& core_;
  const std::string address_;
  std::vector<std::shared_ptr<BatchStream>> streams_;  // null: opened when it is its turn
  std::vector<std::shared_ptr<BatchStream>> retired_;
  std::size_t turn_ = 0;
  rpc::List<BatchEntry> blocked_;
  std::size_t bytes_in_flight_ = 0;
  std::uint64_t last_id_ = 0;
  bool proven_ = false;
  bool unary_only_ = false;
  std::uint64_t alone_ = 0;  // the commands that go as calls of their own, a bit each
};

}  // namespace tikv::region
