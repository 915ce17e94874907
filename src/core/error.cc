#include "tikv/error.h"

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

}  // namespace v0
}  // namespace tikv
