#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <random>
#include <string>

namespace tikv::judge {

/// Makes messages of Google's classes, with their reflection: every field, at random.
class RandomMessages {
 public:
  explicit RandomMessages(std::uint64_t seed) : random_(seed) {}

  void fill(google::protobuf::Message& message, int depth = 0);
  /// The same content in other bytes: fields in another order, sub-messages in two parts, unknown fields
  /// between them.
  [[nodiscard]] std::string shuffled(const google::protobuf::Message& message);
  /// Some bytes of it changed, cut off, put in or taken out.
  [[nodiscard]] std::string damaged(std::string bytes);

  [[nodiscard]] std::uint64_t up_to(std::uint64_t most) { return random_() % (most + 1); }
  [[nodiscard]] bool one_in(std::uint64_t times) { return random_() % times == 0; }

 private:
  void add(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int depth);
  void add_entry(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);
  /// Of any length in bits.
  [[nodiscard]] std::uint64_t number();
  [[nodiscard]] std::string text(bool utf8);
  [[nodiscard]] std::string unknown_field();

  std::mt19937_64 random_;
};

}  // namespace tikv::judge
