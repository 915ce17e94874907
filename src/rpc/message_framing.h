#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::rpc {

/// gRPC puts five bytes before each message: a flag that says "compressed", and the length.
inline constexpr std::size_t message_prefix_size = 5;

/// The messages that an exchange has yet to send, as one sequence of bytes with prefixes.
class MessageWriter {
 public:
  void push(std::string message);
  /// Bytes to send, prefixes included.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// Appends the next `count` bytes to `out` and takes them off. `offset` is where `out` begins in
  /// the sequence of all output; where a message begins in that sequence is added to `begins`.
  void take(std::size_t count, std::string& out, std::size_t offset, std::vector<std::size_t>& begins);
  void clear() noexcept;

 private:
  [[nodiscard]] std::string& front() noexcept { return next_ == 0 ? first_ : rest_[next_ - 1]; }
  void pop() noexcept;

  // Most exchanges send one message: it needs no allocation of its own. Number `next_` is the
  // next; `first_` is number 0.
  std::string first_;
  std::vector<std::string> rest_;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t position_ = 0;  // in the next message, prefix included
  std::size_t bytes_ = 0;
};

/// Cuts the bytes of an exchange into messages, wherever the pieces were split.
class MessageReader {
 public:
  enum class Event : unsigned char {
    need_more,   ///< all bytes were taken
    message,     ///< `message` holds one; there may be more
    piece,       ///< `message` holds the next piece of one; `left()` bytes of it are to come
    compressed,  ///< a message that is compressed, which we never offered
    too_large,   ///< the next message is larger than the limit; `length()` says how large
  };
  /// How large a message may be, and above which size it is told in pieces.
  struct Limits {
    std::size_t message = 0;
    std::size_t pieces_above = static_cast<std::size_t>(-1);  ///< those that are have no limit but gRPC's, 4 GiB
  };
  /// Takes bytes off the front of `bytes` until there is something to tell.
  Event next(std::string_view& bytes, std::string& message, const Limits& limits);
  /// True within a message or its prefix.
  [[nodiscard]] bool inside() const noexcept { return prefix_bytes_ > 0; }
  [[nodiscard]] std::size_t length() const noexcept { return length_; }
  [[nodiscard]] std::size_t left() const noexcept { return left_; }

 private:
  Event take_piece(std::string_view& bytes, std::string& piece);

  std::uint8_t prefix_[message_prefix_size] = {};
  std::size_t prefix_bytes_ = 0;
  std::size_t length_ = 0;
  bool in_pieces_ = false;
  std::size_t left_ = 0;  // of a message in pieces
  std::string body_;
};

}  // namespace tikv::rpc
