#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/loop.h"
#include "rpc/byte_stream.h"
#include "rpc/holdings.h"
#include "rpc/intrusive_list.h"
#include "rpc/transport.h"
#include "tikv/error.h"

namespace tikv::rpc {

class Destination;
class PendingCall;

struct WaitNode : ListNode {};   // in a queue: for room, or for a connection
struct ReadyNode : ListNode {};  // in the list of those that have something to tell

/// What all parts of one transport share. Outlives the transport while work of its is under way.
class TransportCore : public std::enable_shared_from_this<TransportCore> {
 public:
  TransportCore(core::Loop& loop, Connector& connector, const TransportOptions& options);
  ~TransportCore();
  TransportCore(const TransportCore&) = delete;
  TransportCore& operator=(const TransportCore&) = delete;

  [[nodiscard]] Destination& destination(std::string_view address);
  [[nodiscard]] Destination* find(std::string_view address) noexcept;
  void close();
  /// A connection died without a word, and so may all have that were idle as long.
  void renew_stale();
  [[nodiscard]] Holdings holdings();

  /// `call` has something to tell. It is told at the end of the present turn, or in a later one;
  /// never at once.
  void mark_ready(PendingCall& call, bool first = false);
  /// Tells everything that is to be told. Only where the caller of the transport is not on the stack.
  void deliver();
  /// There is more to tell than one turn tells: whoever reads on now would only fill the memory.
  [[nodiscard]] bool is_behind() const noexcept { return !ready_.empty(); }

  core::Loop& loop;
  Connector& connector;
  const TransportOptions options;
  const std::string user_agent;
  std::vector<char> read_buffer;
  bool closed = false;
  std::size_t silent_channels = 0;
  ConnectionListener* listener = nullptr;  // of connections

 private:
  friend class Turn;
  void post_delivery();
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::unordered_map<std::string, std::unique_ptr<Destination>, TextHash, std::equal_to<>> destinations_;
  List<ReadyNode> ready_;
  unsigned turns_ = 0;
  bool delivery_posted_ = false;
};

/// Work of the transport that the loop started. At its end what happened is told.
class Turn {
 public:
  explicit Turn(TransportCore& core) : core_(core.shared_from_this()) { ++core_->turns_; }
  ~Turn() {
    try {
      if (core_->turns_ == 1) core_->deliver();
    } catch (const std::bad_alloc&) {
      detail::end_out_of_memory();  // who was to be told would never hear
    }
    --core_->turns_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::shared_ptr<TransportCore> core_;
};

}  // namespace tikv::rpc
