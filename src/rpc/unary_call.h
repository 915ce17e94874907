#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/waits.h"
#include "rpc/transport.h"

namespace tikv::rpc {

/// What a caller who waits for an answer does when told that the peer keeps silent.
class Patience {
 public:
  /// Whether to give the call up, which has got so far. Its answer is then of `Failure::silent`.
  [[nodiscard]] virtual bool leaves(Delivery delivery) = 0;

 protected:
  ~Patience() = default;
};

/// `co_await UnaryCall(operation, caller, start, request)`: the answer of one unary call. If the
/// operation is interrupted first, the call is cancelled and the answer says how far it had got.
class UnaryCall final : public core::SuspendedWait, private UnaryHandler {
 public:
  UnaryCall(core::Operation& operation, UnaryCaller& caller, CallStart start, std::string request,
            Patience* patience = nullptr)
      : SuspendedWait(operation),
        caller_(caller),
        patience_(patience),
        start_(std::move(start)),
        request_(std::move(request)) {}

  bool await_ready() {
    if (operation().interrupted()) return true;
    call_ = caller_.unary(std::move(start_), std::move(request_), *this);
    return false;
  }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { suspend(waiting); }
  UnaryAnswer await_resume() {
    if (!answered_) {
      answer_.delivery = call_ ? call_->delivery() : Delivery::not_sent;
      answer_.status.code = StatusCode::cancelled;
      answer_.status.message = "ended by the caller or its deadline";
    }
    call_.reset();
    return std::move(answer_);
  }

 private:
  void on_answer(UnaryAnswer answer) override {
    answer_ = std::move(answer);
    answered_ = true;
    resume();
  }

  void on_silence() override {
    if (patience_ == nullptr || !suspended()) return;
    const Delivery delivery = call_->delivery();
    if (!patience_->leaves(delivery)) return;
    answer_.delivery = delivery;
    answer_.status.code = StatusCode::unavailable;
    answer_.status.failure = Failure::silent;
    answer_.status.message = "no sign of life, not even an answer to a ping";
    answered_ = true;
    resume();
  }

  UnaryCaller& caller_;
  Patience* patience_;
  CallStart start_;
  std::string request_;
  std::unique_ptr<Call> call_;
  UnaryAnswer answer_;
  bool answered_ = false;
};

}  // namespace tikv::rpc
