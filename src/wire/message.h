#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "wire/reader.h"
#include "wire/writer.h"

/// Encoding and decoding of the structs that the generator makes of .proto files (see generator/). Each
/// has three functions in its namespace, and these are built of them:
///
///     std::size_t encoded_size(const Message&) noexcept;
///     void write(Writer&, const Message&) noexcept;
///     bool read(Reader&, Message&);
///
///     kvrpcpb::RawGetRequest request;
///     request.context = {.region_id = 7, .peer = {{.id = 8, .store_id = 1}}};
///     request.key = "a";
///     std::string bytes = wire::encode(request);
namespace tikv::wire {

/// Appends the bytes of a message, in the order of its fields' numbers: those of libprotobuf.
template <class Message>
void append(std::string& bytes, const Message& message) {
  const std::size_t before = bytes.size();
  bytes.resize(before + encoded_size(message));
  Writer writer(bytes.data() + bytes.size());
  write(writer, message);
}

/// Appends a message as field `number` of another one. Messages merge by concatenation, so this completes one
/// that is encoded already.
template <std::uint32_t number, class Message>
void append_field(std::string& bytes, const Message& message) {
  constexpr std::uint32_t tag = tag_of(number, WireType::bytes);
  const std::size_t before = bytes.size();
  bytes.resize(before + varint_size(tag) + size_with_length(encoded_size(message)));
  Writer(bytes.data() + bytes.size()).message<tag>(message);
}

template <class Message>
[[nodiscard]] std::string encode(const Message& message) {
  std::string bytes;
  append(bytes, message);
  return bytes;
}

/// The message in an optional field, which is made if it is not there.
template <class Optional>
auto& ensure(Optional& field) {
  return field ? *field : field.emplace();
}

/// What the objects of a decoded message may take: so much for each of its bytes, and a little in any case.
/// A field of two bytes may be an object of a hundred; no honest message consists of such fields.
inline constexpr std::size_t memory_for_each_byte = 60;
inline constexpr std::size_t memory_in_any_case = 4096;

/// Decodes `bytes` into `message`, whatever it held; false if they are none or would take too much memory:
/// its objects, beside the texts in them, no more than 60 times the bytes, and no more than `most_memory`.
/// What a failed call leaves in it is unspecified. Unknown fields are skipped; texts need not be UTF-8.
template <class Message>
[[nodiscard]] bool decode(std::string_view bytes, Message& message, std::size_t most_memory = SIZE_MAX) {
  message = Message();
  Allowance allowance(std::min(most_memory, memory_in_any_case + memory_for_each_byte * bytes.size()));
  Reader reader(bytes, &allowance);
  return read(reader, message);
}

}  // namespace tikv::wire
