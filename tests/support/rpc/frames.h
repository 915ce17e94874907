#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace tikv::rpc::sim {

/// Where the parts of requests lie within all bytes that a client sent: read from the bytes alone,
/// without the transport's own code or nghttp2's.
struct ClientFrames {
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  struct Stream {
    std::size_t head = nowhere;         // the first byte of its HEADERS frame
    std::size_t end = nowhere;          // just behind the frame that ends it
    std::vector<std::size_t> messages;  // the first byte of each message's prefix
    std::vector<unsigned char> prefix;  // of the message under way
    std::size_t missing = 0;            // of the body of the message under way
  };
  std::map<std::uint32_t, Stream> streams;

  [[nodiscard]] std::size_t head_of(std::uint32_t id) const { return streams.at(id).head; }
  [[nodiscard]] std::size_t end_of(std::uint32_t id) const { return streams.at(id).end; }
  [[nodiscard]] const std::vector<std::size_t>& messages_of(std::uint32_t id) const { return streams.at(id).messages; }
};

inline void take_message_bytes(ClientFrames::Stream& stream, std::string_view bytes, std::size_t offset) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (stream.missing > 0) {
      --stream.missing;
      continue;
    }
    if (stream.prefix.empty()) stream.messages.push_back(offset + i);
    stream.prefix.push_back(static_cast<unsigned char>(bytes[i]));
    if (stream.prefix.size() < 5) continue;
    for (std::size_t j = 1; j < 5; ++j) stream.missing = stream.missing << 8 | stream.prefix[j];
    stream.prefix.clear();
  }
}

inline ClientFrames parse_client_frames(std::string_view bytes) {
  ClientFrames result;
  std::size_t at = 24;  // the preface
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  while (at + 9 <= bytes.size()) {
    const std::size_t length = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    const std::uint32_t type = byte(at + 3);
    const std::uint32_t flags = byte(at + 4);
    const std::uint32_t id = (byte(at + 5) << 24 | byte(at + 6) << 16 | byte(at + 7) << 8 | byte(at + 8)) & 0x7fff'ffff;
    if (type == 1) result.streams[id].head = at;
    if (type == 0) take_message_bytes(result.streams[id], bytes.substr(at + 9, length), at + 9);
    at += 9 + length;
    if (type <= 1 && (flags & 1) != 0) result.streams[id].end = at;
  }
  return result;
}

}  // namespace tikv::rpc::sim
