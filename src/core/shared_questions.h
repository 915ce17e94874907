#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "core/single_flight.h"

namespace tikv::core {

/// Questions that many operations may have at the same time, by what they ask for: each is asked once,
/// and all who wait for it share the answer. What was answered is not kept.
template <class Key, class Answer>
class SharedQuestions {
 public:
  /// Sets the answer. Its error is the error of all who share the question.
  using Ask = std::function<Task<void>(Answer& answer)>;

  /// The answer to the question for `key`: of whoever asks it already, or else of `ask`. `doing`
  /// completes "… while" in an error of a waiting operation.
  Task<Answer> answer(Operation& operation, Key key, Ask ask, std::string_view doing) {
    std::shared_ptr<Question>& slot = open_[key];
    if (!slot) slot = std::make_shared<Question>();
    const std::shared_ptr<Question> question = slot;
    std::function<Task<void>()> fly = [&ask, &question] { return ask(question->answer); };
    const Result<void> landed = co_await question->flight.run(operation, std::move(fly), doing);
    Answer answer = question->answer;
    if (question.use_count() == 2) open_.erase(key);  // nobody else needs it: ours and the map's
    if (!landed) co_return landed.error();
    co_return std::move(answer);
  }

 private:
  struct Question {
    SingleFlight flight;
    Answer answer{};
  };
  std::map<Key, std::shared_ptr<Question>> open_;
};

}  // namespace tikv::core
