#include "region/batch_format.h"

#include <cstddef>

#include "core/limits.h"
#include "region/store_calls.h"
#include "wire/message.h"

namespace tikv::region {
namespace {

using wire::Reader;
using wire::tag_of;
using wire::Varint;
using wire::WireType;

/// `Request { oneof cmd }` without the tag and length before it.
std::size_t request_size(const BatchedRequest& request) noexcept {
  if (request.command == 0) return 0;
  return wire::varint_size(tag_of(request.command, WireType::bytes)) + wire::size_with_length(request.body.size());
}

/// Gives the ids to the answers in order, whichever came first in the message.
class Pairing {
 public:
  explicit Pairing(std::vector<BatchedAnswer>& answers) : answers_(answers) { answers_.clear(); }

  bool add_answer(std::string_view message) {
    BatchedAnswer* answer = at(next_answer_++);
    if (answer == nullptr) return false;
    const std::uint64_t id = answer->id;
    if (!decode_batched_answer(message, *answer)) return false;
    answer->id = id;
    return true;
  }
  bool add_id(Reader& reader) {
    BatchedAnswer* answer = at(next_id_++);
    return answer != nullptr && reader.number<Varint>(answer->id);
  }
  bool add_ids(Reader& reader) {
    std::string_view packed;
    if (!reader.view(packed)) return false;
    Reader ids(packed);
    while (!ids.at_end()) {
      if (!add_id(ids)) return false;
    }
    return true;
  }
  [[nodiscard]] bool complete() const noexcept { return next_answer_ == next_id_; }

 private:
  BatchedAnswer* at(std::size_t position) {
    if (position == core::limits::batched_answers) return nullptr;
    if (position == answers_.size()) answers_.emplace_back();
    return &answers_[position];
  }

  std::vector<BatchedAnswer>& answers_;
  std::size_t next_answer_ = 0;
  std::size_t next_id_ = 0;
};

}  // namespace

std::uint32_t batch_command_of(std::string_view method) noexcept {
  std::uint32_t number = 0;
  with_call(method, [&number](auto call) { number = call.number; });
  return number;
}

std::string_view batch_command_name(std::uint32_t command) noexcept {
  std::string_view name;
  with_batched_call(command, [&name](auto call) { name = call.name; });
  return name;
}

bool batch_command_reads(std::uint32_t command) noexcept {
  bool reads = false;
  with_batched_call(command, [&reads](auto call) { reads = call.access == Access::reads; });
  return reads;
}

std::string encode_batch(const std::vector<BatchedRequest>& requests) {
  if (requests.empty()) return {};
  std::size_t size = 0;
  std::size_t ids_size = 0;
  for (const BatchedRequest& request : requests) {
    size += 1 + wire::size_with_length(request_size(request));
    ids_size += wire::varint_size(request.id);
  }
  std::string message(size + 1 + wire::size_with_length(ids_size), '\0');
  wire::Writer writer(message.data() + message.size());  // from the end
  for (auto request = requests.rbegin(); request != requests.rend(); ++request) writer.varint(request->id);
  writer.varint(ids_size);
  writer.varint(tag_of(2, WireType::bytes));
  for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
    if (request->command != 0) {
      writer.raw(request->body);
      writer.varint(request->body.size());
      writer.varint(tag_of(request->command, WireType::bytes));
    }
    writer.varint(request_size(*request));
    writer.varint(tag_of(1, WireType::bytes));
  }
  return message;
}

bool decode_batched_answer(std::string_view message, BatchedAnswer& answer) {
  Reader reader(message);
  unsigned found = 0;
  while (!reader.at_end()) {
    std::uint32_t tag = 0;
    if (!reader.tag(tag)) return false;
    if (wire::type_of(tag) != WireType::bytes) {
      if (!reader.skip(tag)) return false;
      continue;
    }
    if (!reader.view(answer.body)) return false;
    answer.command = wire::field_of(tag);
    ++found;
  }
  if (found != 1) answer = BatchedAnswer{};
  return true;
}

bool FieldHead::is_answer() const noexcept { return tag == tag_of(1, WireType::bytes); }
bool FieldHead::known() const noexcept { return wire::field_of(tag) <= 4; }

FieldHead::Progress read_field_head(std::string_view text, FieldHead& head) noexcept {
  using Progress = FieldHead::Progress;
  constexpr std::size_t longest = 20;  // two varints
  const Progress cut_off = text.size() < longest ? Progress::more : Progress::bad;
  Reader reader(text);
  if (!reader.tag(head.tag)) {
    const bool within_the_tag = text.size() < 10 && static_cast<unsigned char>(text.back()) >= 0x80;
    return within_the_tag ? Progress::more : Progress::bad;
  }
  std::uint64_t number = 0;
  head.body = 0;
  switch (wire::type_of(head.tag)) {
    case WireType::varint:
      return reader.number<Varint>(number) ? Progress::whole : cut_off;
    case WireType::bytes:
      return reader.number<Varint>(head.body) ? Progress::whole : cut_off;
    case WireType::fixed64:
      head.body = 8;
      return Progress::whole;
    case WireType::fixed32:
      head.body = 4;
      return Progress::whole;
    default:
      return Progress::bad;
  }
}

bool decode_batch(std::string_view message, std::vector<BatchedAnswer>& answers, BatchFeedback& feedback) {
  Reader reader(message);
  Pairing pairing(answers);
  wire::kvrpcpb::HealthFeedback health;
  while (!reader.at_end()) {
    std::uint32_t tag = 0;
    std::string_view text;
    if (!reader.tag(tag)) return false;
    bool understood = false;
    switch (tag) {
      case tag_of(1, WireType::bytes):
        understood = reader.view(text) && pairing.add_answer(text);
        break;
      case tag_of(2, WireType::varint):
        understood = pairing.add_id(reader);
        break;
      case tag_of(2, WireType::bytes):
        understood = pairing.add_ids(reader);
        break;
      case tag_of(3, WireType::varint):
        understood = reader.number<Varint>(feedback.transport_load);
        break;
      case tag_of(4, WireType::bytes):
        understood = reader.message(health);
        feedback.has_health = true;
        break;
      default:
        understood = reader.skip(tag);
    }
    if (!understood) return false;
  }
  if (feedback.has_health) {
    feedback.store_id = health.store_id;
    feedback.sequence = health.feedback_seq_no;
    feedback.slow_score = health.slow_score;
  }
  return pairing.complete();
}

}  // namespace tikv::region
