#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rpc/transport.h"

namespace tikv::rpc::sim {

/// Keeps the answer of a unary call, and counts how often it was told.
struct RecordedCall final : UnaryHandler {
  void on_answer(UnaryAnswer its_answer) override {
    ++told;
    answer = std::move(its_answer);
    if (then) then();
  }

  std::unique_ptr<Call> call;
  std::optional<UnaryAnswer> answer;
  int told = 0;
  std::function<void()> then;
};

/// Keeps all that a stream told.
struct RecordedStream final : StreamHandler {
  void on_initial_metadata(Metadata metadata) override {
    initial = std::move(metadata);
    if (ended != 0) ++told_after_end;
  }
  void on_message(std::string message) override {
    messages.push_back(std::move(message));
    if (ended != 0) ++told_after_end;
    if (on_each) on_each();
  }
  void on_drained() override {
    ++drained;
    if (ended != 0) ++told_after_end;
  }
  void on_going_away() override {
    ++going_away;
    if (ended != 0) ++told_after_end;
  }
  void on_end(StreamEnd its_end) override {
    ++ended;
    end = std::move(its_end);
    if (then) then();
  }

  std::unique_ptr<Stream> stream;
  std::optional<Metadata> initial;
  std::vector<std::string> messages;
  int drained = 0;
  int going_away = 0;
  int ended = 0;
  int told_after_end = 0;
  std::optional<StreamEnd> end;
  std::function<void()> on_each;
  std::function<void()> then;
};

}  // namespace tikv::rpc::sim
