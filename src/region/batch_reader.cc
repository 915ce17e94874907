#include "region/batch_reader.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"

namespace tikv::region {
namespace {

// A length is only a claim until the bytes are there: no more than this is set aside on its word.
constexpr std::size_t most_reserved = std::size_t{1} << 20;
// `Request { oneof cmd }` puts a tag and a length before an answer.
constexpr std::size_t most_wrapping = 16;
constexpr std::string_view empty_answer{"\x0a\x00", 2};

}  // namespace

bool BatchReader::take(std::string_view piece, std::size_t left) {
  while (!piece.empty()) {
    if (part_ != Part::head) {
      take_body(piece);
    } else if (!take_head(piece, left)) {
      return false;
    }
  }
  return left > 0 || (part_ == Part::head && head_.empty());
}

bool BatchReader::take_head(std::string_view& piece, std::size_t left) {
  head_.push_back(piece.front());
  piece.remove_prefix(1);
  FieldHead field;
  switch (read_field_head(head_, field)) {
    case FieldHead::Progress::more:
      return true;
    case FieldHead::Progress::bad:
      return false;
    case FieldHead::Progress::whole:
      break;
  }
  if (field.body > piece.size() + left) return false;
  if (field.is_answer()) {
    begin_answer(static_cast<std::size_t>(field.body));
    rest_ += empty_answer;
  } else {
    part_ = field.known() ? Part::keep_rest : Part::skip;
    if (field.known() && rest_.size() + head_.size() + field.body > BatchLimits::rest) return false;
    if (field.known()) rest_ += head_;
  }
  head_.clear();
  body_ = static_cast<std::size_t>(field.body);
  if (body_ == 0) part_ = Part::head;
  return answers_.size() <= core::limits::batched_answers;
}

void BatchReader::begin_answer(std::size_t size) {
  HeldAnswer& answer = answers_.emplace_back();
  answer.size = size;
  const bool small = size <= BatchLimits::small_answer && held_small_ + size <= BatchLimits::all_small;
  if (size > limits_.answer + most_wrapping) {
    answer.fate = HeldAnswer::Fate::too_large;
  } else if (!small && held_ + size > limits_.all() + most_wrapping) {
    answer.fate = HeldAnswer::Fate::no_room;
  } else {
    (small ? held_small_ : held_) += size;
    answer.body.reserve(std::min(size, most_reserved));
    part_ = Part::keep_answer;
    return;
  }
  part_ = Part::skip;
}

void BatchReader::take_body(std::string_view& piece) {
  const std::string_view now = piece.substr(0, body_);
  if (part_ == Part::keep_answer) answers_.back().body += now;
  if (part_ == Part::keep_rest) rest_ += now;
  piece.remove_prefix(now.size());
  body_ -= now.size();
  if (body_ == 0) part_ = Part::head;
}

bool BatchReader::finish(std::vector<HeldAnswer>& answers, BatchFeedback& feedback) {
  std::vector<BatchedAnswer> pairs;
  if (!decode_batch(rest_, pairs, feedback) || pairs.size() != answers_.size()) return false;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    HeldAnswer& answer = answers_[i];
    answer.id = pairs[i].id;
    if (answer.fate != HeldAnswer::Fate::kept) continue;
    BatchedAnswer inner;
    if (!decode_batched_answer(answer.body, inner)) return false;
    answer.command = inner.command;
    answer.size = inner.body.size();
    if (inner.body.size() > limits_.answer) {
      answer.fate = HeldAnswer::Fate::too_large;
      answer.body.clear();
      continue;
    }
    const std::size_t begin = inner.body.empty() ? 0 : static_cast<std::size_t>(inner.body.data() - answer.body.data());
    answer.body.erase(0, begin);
    answer.body.resize(answer.size);
  }
  answers = std::move(answers_);
  return true;
}

}  // namespace tikv::region
