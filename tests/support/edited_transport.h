#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rpc/transport.h"

namespace tikv::test {

/// A transport above another one that puts other bytes into some answers: for what no server of ours says.
class EditedTransport final : public rpc::Transport {
 public:
  /// Changes `answer` of `method` from `address`, or leaves it as it is.
  using Edit = std::function<void(std::string_view address, std::string_view method, rpc::UnaryAnswer& answer)>;
  /// Changes a message of a stream of `method` from `address`, or leaves it as it is.
  using EditMessage = std::function<void(std::string_view address, std::string_view method, std::string& message)>;

  EditedTransport(std::unique_ptr<rpc::Transport> below, Edit edit, EditMessage edit_message = {})
      : below_(std::move(below)), edit_(std::move(edit)), edit_message_(std::move(edit_message)) {}

  [[nodiscard]] std::unique_ptr<rpc::Call> unary(rpc::CallStart start, std::string request,
                                                 rpc::UnaryHandler& handler) override {
    auto call = std::make_unique<EditedCall>(edit_, start, handler);
    call->start(*below_, std::move(start), std::move(request));
    return call;
  }
  [[nodiscard]] std::unique_ptr<rpc::Stream> stream(rpc::CallStart start, rpc::StreamHandler& handler) override {
    if (!edit_message_) return below_->stream(std::move(start), handler);
    auto stream = std::make_unique<EditedStream>(edit_message_, start, handler);
    stream->start(*below_, std::move(start));
    return stream;
  }
  void forget(std::string_view address) override { below_->forget(address); }
  [[nodiscard]] bool any_silent() const noexcept override { return below_->any_silent(); }
  [[nodiscard]] bool silent(std::string_view address) const noexcept override { return below_->silent(address); }
  void set_connection_listener(rpc::ConnectionListener* listener) override {
    below_->set_connection_listener(listener);
  }
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
    void on_silence() override { handler_.on_silence(); }
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

  class EditedStream final : public rpc::Stream, private rpc::StreamHandler {
   public:
    EditedStream(const EditMessage& edit, const rpc::CallStart& start, rpc::StreamHandler& handler)
        : edit_(edit), address_(start.address), method_(start.method), handler_(handler) {}
    void start(rpc::Transport& below, rpc::CallStart start) { stream_ = below.stream(std::move(start), *this); }
    std::uint64_t send(std::string message) override { return stream_->send(std::move(message)); }
    void finish_sending() override { stream_->finish_sending(); }
    void cancel() override { stream_->cancel(); }
    [[nodiscard]] Delivery delivery(std::uint64_t number) const noexcept override { return stream_->delivery(number); }
    [[nodiscard]] std::size_t staged_bytes() const noexcept override { return stream_->staged_bytes(); }
    void expect_answer(bool expected) override { stream_->expect_answer(expected); }
    [[nodiscard]] bool ready_to_send() override { return stream_->ready_to_send(); }

   private:
    void on_initial_metadata(rpc::Metadata metadata) override { handler_.on_initial_metadata(std::move(metadata)); }
    void on_message(std::string message) override {
      edit_(address_, method_, message);
      handler_.on_message(std::move(message));
    }
    void on_piece(std::string piece, std::size_t left) override { handler_.on_piece(std::move(piece), left); }
    void on_drained() override { handler_.on_drained(); }
    void on_going_away() override { handler_.on_going_away(); }
    void on_silence() override { handler_.on_silence(); }
    void on_end(rpc::StreamEnd end) override { handler_.on_end(std::move(end)); }

    const EditMessage& edit_;
    std::string address_;
    std::string_view method_;
    rpc::StreamHandler& handler_;
    std::unique_ptr<rpc::Stream> stream_;
  };

  std::unique_ptr<rpc::Transport> below_;
  Edit edit_;
  EditMessage edit_message_;
};

}  // namespace tikv::test
