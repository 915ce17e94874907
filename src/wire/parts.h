#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tikv::wire {

/// Into which fields of a message the count looks, besides the message itself.
enum class Inside : unsigned char {
  first,  ///< the first field alone: the region error of a store's answer. The others are data.
  all,    ///< PD's answers: all fields
};

/// True if an answer consists of no more than about `most` parts. A part of two bytes becomes an object of
/// a hundred and more, so a message that is small enough may be far too large once it is parsed. Cheap:
/// it reads what lies between the data, and short messages not at all.
[[nodiscard]] bool has_few_parts(std::string_view message, Inside inside, std::size_t most) noexcept;

/// Parses an answer of a stranger; false if it is none or has too many parts.
template <class Message>
[[nodiscard]] bool parse(Message& message, const std::string& bytes, Inside inside, std::size_t most_parts) {
  return has_few_parts(bytes, inside, most_parts) && message.ParseFromString(bytes);
}

}  // namespace tikv::wire
