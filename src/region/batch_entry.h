#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.h"
#include "rpc/intrusive_list.h"
#include "rpc/transport.h"

namespace tikv::region {

class BatchStore;
class BatchStream;

/// One request on its way through a BatchCommands stream: it waits for room, then in the queue of a
/// stream, then for its answer. Owned by the caller, who may destroy it at any time.
class BatchEntry final : public rpc::Call, public rpc::ListNode, private rpc::UnaryHandler {
 public:
  BatchEntry(core::Loop& loop, const rpc::CallStart& start, std::string request, rpc::UnaryHandler& handler);
  ~BatchEntry() override;

  [[nodiscard]] Delivery delivery() const noexcept override;

  void joined(BatchStore& store);
  void joined(BatchStream& stream) noexcept { stream_ = &stream; }
  /// It is about to be sent under this name.
  void set_id(std::uint64_t id) noexcept { id_ = id; }
  /// It is in message `number` of its stream. The body is kept if it may be needed again.
  void sent(std::uint64_t number, bool keep_body);
  /// Tells the caller, who may destroy this inside.
  void finish(rpc::UnaryAnswer answer);
  /// Tells the caller that it failed here and now.
  void fail(rpc::Status status);
  /// Leaves where it is, and has `status` to tell: `tell()` does.
  void fail_later(rpc::Status status);
  void tell();
  /// Tells the caller, who may destroy this inside, that the store says nothing.
  void tell_silence() { handler_.on_silence(); }
  /// Goes on as a call of its own.
  void go_alone(rpc::UnaryCaller& caller);

  [[nodiscard]] bool is_sent() const noexcept { return is_sent_; }
  [[nodiscard]] bool can_go_alone() const noexcept { return !is_sent_ || body_kept_; }
  [[nodiscard]] const std::string& request() const noexcept { return request_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint32_t command() const noexcept { return command_; }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] core::Time deadline() const noexcept { return deadline_; }

 private:
  friend class BatchIds;
  void on_answer(rpc::UnaryAnswer answer) override { finish(std::move(answer)); }
  void on_silence() override { tell_silence(); }
  void expire();
  void leave();

  rpc::UnaryHandler& handler_;
  const std::string_view method_;
  const std::uint32_t command_;
  const core::Time deadline_;
  core::Timer timer_;
  std::string request_;
  const std::size_t bytes_;
  BatchStore* store_ = nullptr;    // until it is answered, failed, or goes alone
  BatchStream* stream_ = nullptr;  // once there is room for it
  std::unique_ptr<rpc::Call> alone_;
  std::unique_ptr<rpc::UnaryAnswer> untold_;
  bool is_sent_ = false;
  bool body_kept_ = false;
  Delivery final_delivery_ = Delivery::not_sent;
  std::uint64_t id_ = 0;
  std::uint64_t message_ = 0;
  BatchEntry* next_with_hash_ = nullptr;
};

/// Tells all of a queue that the store says nothing. Their order stays; each may leave inside, and others.
void tell_silence(rpc::List<BatchEntry>& queue);

/// The entries of one stream that wait for their answers, by id. Allocates when it grows, never else.
class BatchIds {
 public:
  void insert(BatchEntry& entry);
  void erase(const BatchEntry& entry) noexcept;
  [[nodiscard]] BatchEntry* find(std::uint64_t id) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  [[nodiscard]] std::size_t place(std::uint64_t id) const noexcept;
  void grow();

  std::vector<BatchEntry*> heads_;  // a power of two of them; ids are given in order and spread well
  std::size_t size_ = 0;
};

}  // namespace tikv::region
