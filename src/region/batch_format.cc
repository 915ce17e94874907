#include "region/batch_format.h"

#include <cstddef>
#include <limits>

#include "core/limits.h"

namespace tikv::region {
namespace {

struct Command {
  std::string_view name;
  std::uint32_t number;
};

// Those of our tikvpb.BatchCommandsRequest that are calls. A command that a store does not know may
// cost more than an error: old stores abort.
constexpr Command commands[] = {
    {"RawGet", 13},         {"RawBatchGet", 14}, {"RawPut", 15},         {"RawBatchPut", 16},  {"RawDelete", 17},
    {"RawBatchDelete", 18}, {"RawScan", 19},     {"RawDeleteRange", 20}, {"RawBatchScan", 21},
};
constexpr std::string_view service = "/tikvpb.Tikv/";

enum Wire : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

constexpr std::uint32_t tag(std::uint32_t field, Wire wire) { return field << 3 | wire; }

std::size_t varint_size(std::uint64_t value) noexcept {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7f) | 0x80));
  out.push_back(static_cast<char>(value));
}

/// `Request { oneof cmd }` without the tag and length before it.
std::size_t request_size(const BatchedRequest& request) noexcept {
  return varint_size(tag(request.command, bytes)) + varint_size(request.body.size()) + request.body.size();
}

/// Reads a message of the wire, field by field; false where it is cut off or is none.
class Reader {
 public:
  explicit Reader(std::string_view message) : rest_(message) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  bool read_varint(std::uint64_t& value) noexcept;
  bool read_bytes(std::string_view& value) noexcept;
  bool read_tag(std::uint32_t& field, std::uint32_t& wire) noexcept;
  bool skip(std::uint32_t wire) noexcept;

 private:
  bool drop(std::size_t count) noexcept {
    if (count > rest_.size()) return false;
    rest_.remove_prefix(count);
    return true;
  }

  std::string_view rest_;
};

bool Reader::read_varint(std::uint64_t& value) noexcept {
  constexpr std::size_t most_bytes = 10;
  value = 0;
  for (std::size_t i = 0; i < most_bytes && i < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) return drop(i + 1);
  }
  return false;
}

bool Reader::read_bytes(std::string_view& value) noexcept {
  std::uint64_t size = 0;
  if (!read_varint(size) || size > rest_.size()) return false;
  value = rest_.substr(0, static_cast<std::size_t>(size));
  return drop(value.size());
}

bool Reader::read_tag(std::uint32_t& field, std::uint32_t& wire) noexcept {
  std::uint64_t value = 0;
  if (!read_varint(value) || value > std::numeric_limits<std::uint32_t>::max()) return false;
  field = static_cast<std::uint32_t>(value >> 3);
  wire = static_cast<std::uint32_t>(value & 7);
  return field != 0;
}

bool Reader::skip(std::uint32_t wire) noexcept {
  std::uint64_t number = 0;
  std::string_view text;
  switch (wire) {
    case varint:
      return read_varint(number);
    case fixed64:
      return drop(8);
    case bytes:
      return read_bytes(text);
    case fixed32:
      return drop(4);
    default:
      return false;  // groups have been gone for longer than TiKV has been there
  }
}

bool decode_health(std::string_view message, BatchFeedback& feedback) {
  Reader reader(message);
  feedback.has_health = true;
  while (!reader.at_end()) {
    std::uint32_t field = 0;
    std::uint32_t wire = 0;
    std::uint64_t value = 0;
    if (!reader.read_tag(field, wire)) return false;
    if (wire != varint || field > 3) {
      if (!reader.skip(wire)) return false;
      continue;
    }
    if (!reader.read_varint(value)) return false;
    if (field == 1) feedback.store_id = value;
    if (field == 2) feedback.sequence = value;
    if (field == 3) feedback.slow_score = static_cast<std::int32_t>(value);
  }
  return true;
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
  bool add_ids(Reader& reader, std::uint32_t wire) {
    if (wire == varint) return add_id(reader);
    std::string_view packed;
    if (!reader.read_bytes(packed)) return false;
    Reader ids(packed);
    while (!ids.at_end()) {
      if (!add_id(ids)) return false;
    }
    return true;
  }
  [[nodiscard]] bool complete() const noexcept { return next_answer_ == next_id_; }

 private:
  bool add_id(Reader& reader) {
    BatchedAnswer* answer = at(next_id_++);
    return answer != nullptr && reader.read_varint(answer->id);
  }
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
  if (!method.starts_with(service)) return 0;
  method.remove_prefix(service.size());
  for (const Command& command : commands) {
    if (command.name == method) return command.number;
  }
  return 0;
}

std::string_view batch_command_name(std::uint32_t command) noexcept {
  for (const Command& known : commands) {
    if (known.number == command) return known.name;
  }
  return {};
}

bool batch_command_reads(std::uint32_t command) noexcept {
  const std::string_view name = batch_command_name(command);
  return name.ends_with("Get") || name.ends_with("Scan");
}

std::string encode_batch(const std::vector<BatchedRequest>& requests) {
  std::size_t size = 0;
  std::size_t ids_size = 0;
  for (const BatchedRequest& request : requests) {
    const std::size_t inner = request_size(request);
    size += 1 + varint_size(inner) + inner;
    ids_size += varint_size(request.id);
  }
  std::string message;
  message.reserve(size + 1 + varint_size(ids_size) + ids_size);
  for (const BatchedRequest& request : requests) {
    put_varint(message, tag(1, bytes));
    put_varint(message, request_size(request));
    put_varint(message, tag(request.command, bytes));
    put_varint(message, request.body.size());
    message += request.body;
  }
  put_varint(message, tag(2, bytes));
  put_varint(message, ids_size);
  for (const BatchedRequest& request : requests) put_varint(message, request.id);
  return message;
}

bool decode_batched_answer(std::string_view message, BatchedAnswer& answer) {
  Reader reader(message);
  unsigned found = 0;
  while (!reader.at_end()) {
    std::uint32_t field = 0;
    std::uint32_t wire = 0;
    if (!reader.read_tag(field, wire)) return false;
    if (wire != bytes) {
      if (!reader.skip(wire)) return false;
      continue;
    }
    if (!reader.read_bytes(answer.body)) return false;
    answer.command = field;
    ++found;
  }
  if (found != 1) answer = BatchedAnswer{};
  return true;
}

bool FieldHead::is_answer() const noexcept { return number == 1 && wire == bytes; }

FieldHead::Progress read_field_head(std::string_view text, FieldHead& head) noexcept {
  using Progress = FieldHead::Progress;
  constexpr std::size_t longest = 20;  // two varints
  const Progress cut_off = text.size() < longest ? Progress::more : Progress::bad;
  Reader reader(text);
  if (!reader.read_tag(head.number, head.wire)) {
    const bool within_the_tag = text.size() < 10 && static_cast<unsigned char>(text.back()) >= 0x80;
    return within_the_tag ? Progress::more : Progress::bad;
  }
  std::uint64_t number = 0;
  head.body = 0;
  switch (head.wire) {
    case varint:
      return reader.read_varint(number) ? Progress::whole : cut_off;
    case bytes:
      return reader.read_varint(head.body) ? Progress::whole : cut_off;
    case fixed64:
      head.body = 8;
      return Progress::whole;
    case fixed32:
      head.body = 4;
      return Progress::whole;
    default:
      return Progress::bad;
  }
}

bool decode_batch(std::string_view message, std::vector<BatchedAnswer>& answers, BatchFeedback& feedback) {
  Reader reader(message);
  Pairing pairing(answers);
  while (!reader.at_end()) {
    std::uint32_t field = 0;
    std::uint32_t wire = 0;
    std::string_view text;
    if (!reader.read_tag(field, wire)) return false;
    bool understood = false;
    if (field == 1 && wire == bytes) {
      understood = reader.read_bytes(text) && pairing.add_answer(text);
    } else if (field == 2 && (wire == varint || wire == bytes)) {
      understood = pairing.add_ids(reader, wire);
    } else if (field == 3 && wire == varint) {
      understood = reader.read_varint(feedback.transport_load);
    } else if (field == 4 && wire == bytes) {
      understood = reader.read_bytes(text) && decode_health(text, feedback);
    } else {
      understood = reader.skip(wire);
    }
    if (!understood) return false;
  }
  return pairing.complete();
}

}  // namespace tikv::region
