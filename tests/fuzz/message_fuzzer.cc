// The decoder of all messages: the first byte chooses the message, the others are its bytes. What is decoded is
// encoded to the bytes that Google's libprotobuf makes of the same.
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "judge/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const google::protobuf::LogSilencer quiet;
  if (size == 0) return 0;
  const auto& kinds = tikv::judge::kinds();
  const tikv::judge::Kind& kind = kinds[data[0] % kinds.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto ours = kind.recode(bytes);
  const auto theirs = tikv::judge::theirs(kind.name);
  if (!theirs->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return 0;
  if (!ours) return 0;  // a group, or too much memory for its size
  theirs->DiscardUnknownFields();
  const auto back = tikv::judge::theirs(kind.name);
  if (!back->ParseFromString(*ours) || tikv::judge::bytes_of(*back) != tikv::judge::bytes_of(*theirs)) std::abort();
  return 0;
}
