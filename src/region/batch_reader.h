#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "region/batch_format.h"

namespace tikv::region {

/// What a stream keeps of one message of a store, bytes.
struct BatchLimits {
  /// Each answer, as the client's options bound it.
  std::size_t answer = std::size_t{256} << 20;
  /// All answers of a message together, those of up to `small_answer` left out.
  [[nodiscard]] std::size_t all() const noexcept { return answer > least_of_all ? answer : least_of_all; }

  static constexpr std::size_t least_of_all = std::size_t{4} << 20;
  /// Answers to writes are no larger. They are kept where others are not, so that the writes stay certain …
  static constexpr std::size_t small_answer = std::size_t{4} << 10;
  /// … up to so much of them.
  static constexpr std::size_t all_small = std::size_t{8} << 20;
  /// What is no answer: ids, and what a store says of itself.
  static constexpr std::size_t rest = std::size_t{2} << 20;
};

/// An answer out of a message that came in pieces.
struct HeldAnswer {
  enum class Fate : std::uint8_t {
    kept,
    too_large,  ///< by itself; its bytes were dropped as they came
    no_room,    ///< it was one too many beside others
  };
  Fate fate = Fate::kept;
  std::uint64_t id = 0;
  std::uint32_t command = 0;  ///< as `BatchedAnswer::command`; of answers that were dropped 0
  std::string body;
  std::size_t size = 0;
};

/// Takes a BatchCommandsResponse apart while it comes, and keeps no more of it than the limits allow: so one
/// answer that is too large is the matter of its own call, not of those whose answers travel with it.
class BatchReader {
 public:
  explicit BatchReader(const BatchLimits& limits) : limits_(limits) {}

  /// The next piece, which `left` further bytes of the message will follow. False if it is no such message.
  [[nodiscard]] bool take(std::string_view piece, std::size_t left);
  /// The whole message, once its last piece was taken. False as above; also if answers and ids do not pair up.
  [[nodiscard]] bool finish(std::vector<HeldAnswer>& answers, BatchFeedback& feedback);

 private:
  enum class Part : std::uint8_t { head, keep_answer, skip, keep_rest };

  bool take_head(std::string_view& piece, std::size_t left);
  bool begin_bytes(std::uint32_t field, std::size_t size);
  void begin_answer(std::size_t size);
  void take_body(std::string_view& piece);

  BatchLimits limits_;
  Part part_ = Part::head;
  std::string head_;      // of a field, as far as it came
  std::size_t body_ = 0;  // bytes of the field that are to come
  std::string rest_;      // the message with its answers emptied
  std::vector<HeldAnswer> answers_;
  std::size_t held_ = 0;
  std::size_t held_small_ = 0;
};

}  // namespace tikv::region
