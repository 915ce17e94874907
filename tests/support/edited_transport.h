#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rpc/transport.h"

namespace tikv::test {

/// A transport above another one that puts other bytes into some answers of unary calls: for what no
/// server of ours says.
class EditedTransport final : public rpc::Transport {
 public:
  /// Changes `answer` of `method` from `address`, or leaves it as it is.
  using Edit = std::function<void(std::string_view address, std::string_view method, rpc::UnaryAnswer& answer)>;

  EditedTransport(std::unique_ptr<rpc::Transport> below, Edit edit)
      : below_(std::move(below)), edit_(std::move(edit)) {}

  [[nodiscard]] std::unique_ptr<rpc::Call> unary(rpc::CallStart start, std::string request,
                                                 rpc::UnaryHandler& handler) override {
    auto call = std::make_unique<EditedCall>(edit_, start, handler);
    call->start(*below_, std::move(start), std::move(request));
    return call;
  }
  [[nodiscard]] std::unique_ptr<rpc::Stream> stream(rpc::CallStart start, rpc::StreamHandler& handler) override {
    return below_->stream(std::move(start), handler);
  }
  void forget(std::string_view address) override { below_->forget(address); }
  void close() override { below_->close(); }

 private:
  class EditedCall final : public rpc::Call, private rpc::UnaryHandler {
   public:
    EditedCall(const Edit& edit, const rpc::CallStart& start, rpc::UnaryHandler& handler)
        : edit_(edit), address_(start.address), method_(start.method), handler_(handler) {}
    void start(rpc::Transport& below, rpc::CallStart start, std::string request) {
      call_ = below.unary(std::move(start), std::move(request), *this);
    }
    [[nodiscard]] Delivery delivery() const noexcept override { return call_->delivery(); }

   private:
    void on_answer(rpc::UnaryAnswer answer) override {
      edit_(address_, method_, answer);
      handler_.on_answer(std::move(answer));
    }

    const Edit& edit_;
    std::string address_;
    std::string_view method_;
    rpc::UnaryHandler& handler_;
    std::unique_ptr<rpc::Call> call_;
  };

  std::unique_ptr<rpc::Transport> below_;
  Edit edit_;
};

}  // namespace tikv::test
