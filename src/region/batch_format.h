#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::region {

/// The number of a command in the messages of a BatchCommands stream; 0: it must not ride one.
[[nodiscard]] std::uint32_t batch_command_of(std::string_view method) noexcept;
/// `"RawGet"`; empty for a number that is no command of ours.
[[nodiscard]] std::string_view batch_command_name(std::uint32_t command) noexcept;

/// One command of a BatchCommandsRequest, encoded already.
struct BatchedRequest {
  std::uint64_t id = 0;
  std::uint32_t command = 0;  ///< 0: nothing is in it
  std::string_view body;
};

/// The bytes of a BatchCommandsRequest. (Those of a BatchCommandsResponse look alike.)
[[nodiscard]] std::string encode_batch(const std::vector<BatchedRequest>& requests);

/// One answer of a BatchCommandsResponse; a view into the message.
struct BatchedAnswer {
  std::uint64_t id = 0;
  std::uint32_t command = 0;  ///< 0: the answer is empty, or claims to be of several kinds
  std::string_view body;
};

/// What a store says of itself beside its answers.
struct BatchFeedback {
  bool has_health = false;  ///< the three that follow were sent
  std::uint64_t store_id = 0;
  std::uint64_t sequence = 0;
  std::int32_t slow_score = 0;       ///< 1: healthy; 100: as slow as can be
  std::uint64_t transport_load = 0;  ///< CPU use of its gRPC threads, per cent; 0: not sent
};

/// Does the command only read? One that may not be known is a write.
[[nodiscard]] bool batch_command_reads(std::uint32_t command) noexcept;

/// The one command in a Response; something else than exactly one is left as command 0. False if it is none.
[[nodiscard]] bool decode_batched_answer(std::string_view message, BatchedAnswer& answer);

/// The bytes before the content of a field of a BatchCommandsResponse.
struct FieldHead {
  enum class Progress : std::uint8_t { more, whole, bad };
  std::uint32_t tag = 0;
  std::uint64_t body = 0;  ///< bytes that follow and belong to the field; of a number none

  [[nodiscard]] bool is_answer() const noexcept;
  /// Means something to us.
  [[nodiscard]] bool known() const noexcept;
};
/// Whether `bytes` are the whole head of a field, or could become it with more of them.
[[nodiscard]] FieldHead::Progress read_field_head(std::string_view bytes, FieldHead& head) noexcept;

/// Takes a BatchCommandsResponse apart. False if it is none, or if answers and ids do not pair up:
/// nothing in it can be trusted then.
[[nodiscard]] bool decode_batch(std::string_view message, std::vector<BatchedAnswer>& answers, BatchFeedback& feedback);

}  // namespace tikv::region
