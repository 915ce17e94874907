#include "rpc/message_framing.h"

#include <algorithm>
#include <utility>

namespace tikv::rpc {
namespace {

// A length is only a claim until the bytes are there: no more than this is set aside on its word.
constexpr std::size_t most_reserved = std::size_t{1} << 20;

}  // namespace

void MessageWriter::push(std::string message) {
  bytes_ += message_prefix_size + message.size();
  if (count_ == 0) {
    first_ = std::move(message);
  } else {
    rest_.push_back(std::move(message));
  }
  ++count_;
}

void MessageWriter::pop() noexcept {
  std::string().swap(front());
  position_ = 0;
  if (++next_ < count_) return;
  rest_.clear();
  next_ = count_ = 0;
}

void MessageWriter::clear() noexcept {
  first_.clear();
  rest_.clear();
  next_ = count_ = position_ = bytes_ = 0;
}

void MessageWriter::take(std::size_t count, std::string& out, std::size_t offset, std::vector<std::size_t>& begins) {
  bytes_ -= count;
  while (count > 0) {
    const std::string& message = front();
    if (position_ == 0) begins.push_back(offset + out.size());
    if (position_ < message_prefix_size) {
      const std::size_t length = message.size();
      const char prefix[message_prefix_size] = {
          0, static_cast<char>(length >> 24 & 0xff), static_cast<char>(length >> 16 & 0xff),
          static_cast<char>(length >> 8 & 0xff), static_cast<char>(length & 0xff)};
      const std::size_t now = std::min(count, message_prefix_size - position_);
      out.append(prefix + position_, now);
      position_ += now;
      count -= now;
    }
    if (position_ >= message_prefix_size) {
      const std::size_t now = std::min(count, message_prefix_size + message.size() - position_);
      out.append(message, position_ - message_prefix_size, now);
      position_ += now;
      count -= now;
      if (position_ == message_prefix_size + message.size()) pop();
    }
  }
}

MessageReader::Event MessageReader::take_piece(std::string_view& bytes, std::string& piece) {
  if (bytes.empty()) return Event::need_more;
  piece = bytes.substr(0, left_);
  bytes.remove_prefix(piece.size());
  left_ -= piece.size();
  if (left_ == 0) prefix_bytes_ = 0;
  return Event::piece;
}

MessageReader::Event MessageReader::next(std::string_view& bytes, std::string& message, const Limits& limits) {
  while (prefix_bytes_ < message_prefix_size) {
    if (bytes.empty()) return Event::need_more;
    prefix_[prefix_bytes_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (prefix_bytes_ < message_prefix_size) continue;
    length_ = std::size_t{prefix_[1]} << 24 | std::size_t{prefix_[2]} << 16 | std::size_t{prefix_[3]} << 8 | prefix_[4];
    if (prefix_[0] != 0) return Event::compressed;
    left_ = length_;
    in_pieces_ = length_ > limits.pieces_above;
    if (in_pieces_) break;
    if (length_ > limits.message) return Event::too_large;
    body_.reserve(std::min(length_, most_reserved));
  }
  if (in_pieces_) return take_piece(bytes, message);
  const std::size_t now = std::min(bytes.size(), length_ - body_.size());
  body_.append(bytes.substr(0, now));
  bytes.remove_prefix(now);
  if (body_.size() < length_) return Event::need_more;
  message = std::exchange(body_, {});
  prefix_bytes_ = 0;
  return Event::message;
}

}  // namespace tikv::rpc
