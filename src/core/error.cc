#include "tikv/error.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <ostream>
#include <utility>

namespace tikv {
inline namespace v0 {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid_argument:
      return "invalid_argument";
    case ErrorKind::deadline_exceeded:
      return "deadline_exceeded";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::client_closed:
      return "client_closed";
    case ErrorKind::forked:
      return "forked";
    case ErrorKind::blocking_call_on_loop:
      return "blocking_call_on_loop";
    case ErrorKind::wrong_loop:
      return "wrong_loop";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::cluster_id_mismatch:
      return "cluster_id_mismatch";
    case ErrorKind::protocol_error:
      return "protocol_error";
    case ErrorKind::answer_too_large:
      return "answer_too_large";
    case ErrorKind::region_unavailable:
      return "region_unavailable";
    case ErrorKind::server_error:
      return "server_error";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::resource_exhausted:
      return "resource_exhausted";
    case ErrorKind::user_exception:
      return "user_exception";
    case ErrorKind::internal:
      return "internal";
  }
  return "unknown";
}

std::string_view to_string(Delivery delivery) noexcept {
  switch (delivery) {
    case Delivery::not_sent:
      return "not_sent";
    case Delivery::refused:
      return "refused";
    case Delivery::maybe_processed:
      return "maybe_processed";
    case Delivery::answered:
      return "answered";
  }
  return "unknown";
}

namespace {

bool retryable_kind(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::deadline_exceeded:
    case ErrorKind::unavailable:
    case ErrorKind::region_unavailable:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Error::Story {
  ErrorKind kind;
  bool undetermined = false;
  std::string summary;
  std::string message;
  std::vector<Attempt> attempts;
  std::vector<KeyFailure> key_failures;
  std::optional<ValueSeen> value_seen;
};

template <class Change>
Error Error::changed(const Change& change) const {
  auto story = std::make_shared<Story>(*story_);
  change(*story);
  Error error = *this;
  error.story_ = std::move(story);
  return error;
}

Error::Error(ErrorKind kind, std::string message) {
  auto story = std::make_shared<Story>();
  story->kind = kind;
  story->summary = message;
  story->message = std::move(message);
  story_ = std::move(story);
}

ErrorKind Error::kind() const noexcept { return story_->kind; }
const std::string& Error::message() const noexcept { return story_->message; }
const std::string& Error::summary() const noexcept { return story_->summary; }
bool Error::retryable() const noexcept { return retryable_kind(story_->kind) && !story_->undetermined; }
bool Error::undetermined() const noexcept { return story_->undetermined; }
const std::vector<Attempt>& Error::attempts() const noexcept { return story_->attempts; }
const std::vector<KeyFailure>& Error::key_failures() const noexcept { return story_->key_failures; }

const std::optional<ValueSeen>& Error::value_seen() const noexcept { return story_->value_seen; }

Error Error::with_context(std::string_view context) const {
  return changed([&](Story& story) { story.message = std::string(context) + ": " + story.message; });
}
Error Error::with_undetermined(bool undetermined) const {
  return changed([&](Story& story) { story.undetermined = undetermined; });
}
Error Error::with_attempts(std::vector<Attempt> attempts) const {
  return changed([&](Story& story) { story.attempts = std::move(attempts); });
}
Error Error::with_key_failures(std::vector<KeyFailure> failures) const {
  return changed([&](Story& story) { story.key_failures = std::move(failures); });
}
Error Error::with_value_seen(ValueSeen seen) const {
  return changed([&](Story& story) { story.value_seen = std::move(seen); });
}
Error Error::with_story(std::string message) const {
  return changed([&](Story& story) { story.message = std::move(message); });
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << to_string(error.kind()) << ": " << error.message();
}

Exception::Exception(Error error)
    : std::runtime_error(std::string(to_string(error.kind())) + ": " + error.message()), error_(std::move(error)) {}

void detail::throw_error(const Error& error) { throw Exception(error); }

namespace {

/// Ends the process with one line, whatever is in the texts.
[[noreturn]] void end_with(std::initializer_list<std::string_view> texts) noexcept {
  constexpr std::size_t longest = 2'000;
  std::fputs("tikv: ", stderr);
  for (const std::string_view text : texts) {
    for (const char c : text.substr(0, longest))
      std::fputc(std::iscntrl(static_cast<unsigned char>(c)) ? '?' : c, stderr);
  }
  std::fputc('\n', stderr);
  std::abort();
}

Error make_out_of_memory(bool undetermined) {
  return Error(ErrorKind::resource_exhausted, undetermined
                                                  ? "out of memory; a request that was sent before may have been "
                                                    "applied or may still be: read to find out"
                                                  : "out of memory")
      .with_undetermined(undetermined);
}

// When the library is loaded: they must not need memory later.
[[maybe_unused]] const Error& made_early = detail::out_of_memory(true);

}  // namespace

void detail::refuse_value(const Error* held) noexcept {
  if (held == nullptr) end_with({"* or -> was used on a Result that holds nothing"});
  end_with({"* or -> was used on a Result that holds an error: ", to_string(held->kind()), ": ", held->message()});
}

void detail::refuse_error() noexcept {
  end_with(
      {"error() was used on a Result that holds no error: the call has succeeded; ask it first, as in "
       "if (!result) return result.error();"});
}

void detail::end_out_of_memory() noexcept {
  end_with({"out of memory in the middle of the work of a client, which cannot go on; the process ends"});
}

Error detail::ended_without_co_return() {
  return {ErrorKind::user_exception,
          "a coroutine has run to its end without co_return; one of type Task<void> ends with `co_return {};`"};
}

const Error& detail::out_of_memory(bool undetermined) noexcept {
  // Never destroyed: a client may be the last of a program's statics.
  static const Error& sent = *new Error(make_out_of_memory(true));
  static const Error& not_sent = *new Error(make_out_of_memory(false));
  return undetermined ? sent : not_sent;
}

}  // namespace v0
}  // namespace tikv
