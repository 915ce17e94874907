#pragma once

/// @file
/// Errors are values. Every call that can fail returns a `tikv::Result<T>`, which holds either the
/// answer or a `tikv::Error`. No function of this library throws, except the `value()` of a
/// `Result` that holds an error, which throws `tikv::Exception`. (Where there is no memory for the
/// arguments and the frame of a task, the verbs of `AsyncRawClient` throw `std::bad_alloc` at their
/// caller, before anything was done; blocking ones answer `resource_exhausted`.)

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tikv {
inline namespace v0 {

/// What went wrong, as a program needs to know it. The text for people is `Error::message()`.
///
/// Kinds are added over time: a `switch` over them needs a `default`.
enum class ErrorKind : std::uint8_t {
  /// The caller passed something that no cluster could serve: an empty key, a key or value over
  /// its limit, a malformed address or URL, a negative timeout. Nothing was sent.
  invalid_argument,
  /// The deadline of the operation passed. The message says what was being waited for.
  /// For a write that may have been sent, see `Error::undetermined()`.
  deadline_exceeded,
  /// The `CancelScope` of the call was cancelled.
  cancelled,
  /// The client was closed before the call or while it ran.
  client_closed,
  /// The call was made in a child process after `fork()`. Create a client of its own there.
  forked,
  /// A blocking call was made on the thread that runs the client's loop (inside a coroutine or a
  /// callback of the client); it could only wait for itself. Use the coroutine API there.
  blocking_call_on_loop,
  /// A coroutine of this client was awaited on the loop of another client.
  wrong_loop,
  /// No placement driver (PD) or no store could be reached. Retrying later may help.
  unavailable,
  /// A PD member or a store belongs to another cluster than expected: a wrong address, or one that another
  /// cluster has taken. Never retried: writing to the wrong cluster loses data.
  cluster_id_mismatch,
  /// The peer does not speak gRPC over HTTP/2 as this library does: an HTTP/1.1 server, a TLS
  /// server reached without TLS (or the reverse), a damaged answer.
  protocol_error,
  /// An answer was larger than `ClientOptions::max_answer_size`.
  answer_too_large,
  /// The region of a key could not be found or did not accept the request in time.
  region_unavailable,
  /// The server refused the request and said why in its own words.
  server_error,
  /// The cluster cannot do it: its version is too old, or it is set up otherwise (no TTL, another API
  /// version). The message says what is needed and what was found.
  unsupported,
  /// This process has run out of something: memory, descriptors, threads. The message says of what. Of a
  /// write that may have been sent, see `Error::undetermined()`. Later calls may succeed.
  resource_exhausted,
  /// A user's coroutine or closure left with an exception; the message holds its `what()`. Or it ended
  /// without `co_return`.
  user_exception,
  /// A defect in this library. Please report it with the message.
  internal,
};

/// The name of a kind, for logs: `"deadline_exceeded"`.
[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;

/// How far one attempt to send something got when it failed. See docs/adr for the reasons.
enum class Delivery : std::uint8_t {
  /// No byte of the message left this process. It was certainly not processed.
  not_sent,
  /// The server said that it did nothing with it: HTTP/2 REFUSED_STREAM, or GOAWAY with a smaller
  /// last stream id. It was certainly not processed.
  refused,
  /// At least one byte was given to the kernel and no answer came. It may be processed, now or later.
  maybe_processed,
  /// The server answered. The answer may be an error.
  answered,
};

/// The name of a delivery state, for logs: `"maybe_processed"`.
[[nodiscard]] std::string_view to_string(Delivery delivery) noexcept;

/// One attempt made on behalf of an operation, as told by `Error::attempts()`.
struct Attempt {
  /// Region the attempt was for; 0 if it was not for a region (a call to PD).
  std::uint64_t region_id = 0;
  /// Store the attempt went to; 0 if it was not for a store.
  std::uint64_t store_id = 0;
  /// Address the attempt went to, `host:port`; empty if none was known yet.
  std::string address;
  /// How far the request got.
  Delivery delivery = Delivery::not_sent;
  /// What came of it, in words.
  std::string outcome;
  /// When the attempt began, counted from the begin of the operation.
  std::chrono::microseconds started{0};
  /// How long it took.
  std::chrono::microseconds took{0};
};

/// A key that a call with many keys did not serve, as told by `Error::key_failures()`.
struct KeyFailure {
  /// The key, as the caller gave it.
  std::string key;
  /// Why.
  ErrorKind kind = ErrorKind::internal;
  /// True if this key's write may have been applied, or may still be applied later.
  bool undetermined = false;
};

/// What a key held when it was read after an answer had been lost, as told by `Error::value_seen()`.
struct ValueSeen {
  /// Its value; nothing: the key was absent.
  std::optional<std::string> value;
};

/// What went wrong and the story behind it.
///
/// @par Thread safety
/// Immutable after creation; copies share one allocation.
/// @par Cost
/// One pointer. Creating an error allocates; an operation that succeeds creates none.
/// @par Example
/// @snippet examples/03_errors.cc errors
class Error {
 public:
  /// An error with a text and no attempts.
  Error(ErrorKind kind, std::string message);

  /// What went wrong, for programs.
  [[nodiscard]] ErrorKind kind() const noexcept;

  /// What was asked, of which region and store, what was tried, how long it took, why it stopped
  /// and what can be done. For people; the wording is not stable.
  [[nodiscard]] const std::string& message() const noexcept;

  /// What went wrong, in one clause: the message without the story around it.
  [[nodiscard]] const std::string& summary() const noexcept;

  /// True if the same call may succeed later without a change by the caller, and repeating it
  /// cannot do harm: the call is certain not to have been applied, or it only reads.
  /// An undetermined error is never retryable.
  [[nodiscard]] bool retryable() const noexcept;

  /// True if the operation was a write that may have been applied, or may still be applied later.
  /// Only reading the data again can tell.
  [[nodiscard]] bool undetermined() const noexcept;

  /// The attempts made, oldest first; at most the first and the last few of a long story.
  [[nodiscard]] const std::vector<Attempt>& attempts() const noexcept;

  /// Of a call with many keys: those that were not served, in the order of the keys. All its other
  /// keys were served. Empty for calls with one key or a range, and for errors before anything was sent.
  [[nodiscard]] const std::vector<KeyFailure>& key_failures() const noexcept;

  /// Of a compare-and-swap whose answer was lost: what the key held afterwards, if that could be read
  /// inside the deadline. It is a hint, no proof: the swap may still be applied later, and who else
  /// writes the key may have written the same value, or over it. See `CasOptions::unique_value`.
  [[nodiscard]] const std::optional<ValueSeen>& value_seen() const noexcept;

  /// A copy of this error with `context` put before its message: `"context: message"`.
  [[nodiscard]] Error with_context(std::string_view context) const;

  /// A copy of this error that says whether a write is in doubt.
  [[nodiscard]] Error with_undetermined(bool undetermined) const;

  /// A copy of this error that tells these attempts.
  [[nodiscard]] Error with_attempts(std::vector<Attempt> attempts) const;

  /// A copy of this error that tells which keys were not served.
  [[nodiscard]] Error with_key_failures(std::vector<KeyFailure> failures) const;

  /// A copy of this error that tells what was read afterwards.
  [[nodiscard]] Error with_value_seen(ValueSeen seen) const;

  /// A copy of this error with another message around the same `summary()`.
  [[nodiscard]] Error with_story(std::string message) const;

 private:
  struct Story;
  template <class Change>
  [[nodiscard]] Error changed(const Change& change) const;
  std::shared_ptr<const Story> story_;
};

/// Writes `kind: message`.
std::ostream& operator<<(std::ostream& out, const Error& error);

/// Thrown by `Result::value()` when there is no value. Nothing else in this library throws it.
class Exception : public std::runtime_error {
 public:
  /// Wraps an error; `what()` is `kind: message`.
  explicit Exception(Error error);

  /// The error that the `Result` held.
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

namespace detail {
[[noreturn]] void throw_error(const Error& error);
/// A `Result` was asked for what it does not hold: ends the process with one line on stderr. Null: it
/// holds no error either, because it is broken.
[[noreturn]] void refuse_value(const Error* held) noexcept;
[[noreturn]] void refuse_error() noexcept;
/// What a coroutine answers that ran off its end.
[[nodiscard]] Error ended_without_co_return();
/// Made when there was still memory.
[[nodiscard]] const Error& out_of_memory(bool undetermined) noexcept;
/// Where memory ran out in the middle of something that cannot be undone: ends the process with one line.
[[noreturn]] void end_out_of_memory() noexcept;
}  // namespace detail

}  // namespace v0
}  // namespace tikv
