// What an operation tells: in its error, of its end, and when it was slow.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/operation.h"
#include "core/printable.h"

namespace tikv::core {

namespace {

std::string in_seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

/// A message grows clause by clause, and says nothing twice: a clause that stands in it is left out.
class Clauses {
 public:
  explicit Clauses(std::string first) : text_(std::move(first)) {}
  [[nodiscard]] bool says(std::string_view words) const noexcept {
    return !words.empty() && text_.find(words) != std::string::npos;
  }
  Clauses& add(std::string_view clause, std::string_view intro = {}) {
    if (clause.empty() || says(clause)) return *this;
    text_.append("; ").append(intro).append(clause);
    return *this;
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

bool is_interruption(ErrorKind kind) noexcept {
  return kind == ErrorKind::deadline_exceeded || kind == ErrorKind::cancelled || kind == ErrorKind::client_closed;
}

std::string place_of(const Attempt& attempt) {
  std::string text;
  if (attempt.region_id != 0) text += " region " + std::to_string(attempt.region_id);
  if (attempt.store_id != 0) text += " store " + std::to_string(attempt.store_id);
  if (!attempt.address.empty()) text += " " + attempt.address;
  return text;
}

}  // namespace

Error Operation::interruption_error(std::string_view doing) const {
  const std::string what(doing);
  switch (interruption_) {
    case Interruption::cancelled:
      return tell(Error(ErrorKind::cancelled, "cancelled by the caller while " + what));
    case Interruption::closed:
      return tell(Error(ErrorKind::client_closed, "the client was closed while " + what));
    case Interruption::none:
    case Interruption::deadline:
      break;
  }
  Clauses clauses("the timeout of " + in_seconds(timeout_) + " passed while " + what);
  const Operation& told = whole_ == nullptr ? *this : *whole_;
  if (told.trouble_) clauses.add(told.trouble_->obstacle, "the last obstacle: ");
  clauses.add("raise the timeout of the call or see what kept the cluster");
  return tell(Error(ErrorKind::deadline_exceeded, clauses.take()));
}

Error Operation::interrupted_by(const Error& failure, std::string_view doing) const {
  // A wait below has seen it, too, and knows better what it was waiting for.
  return is_interruption(failure.kind()) ? tell(failure) : interruption_error(doing);
}

Error Operation::tell(const Error& error) const {
  if (whole_ != nullptr) return whole_->tell(error);
  Clauses clauses(std::string(name_) + " (operation " + std::to_string(id_) + "): " + error.summary());
  if (in_doubt())
    clauses.add("a request whose answer was lost may have been applied or may still be: read to find out");
  std::string text = with_advice(clauses.take());
  text.append(" ").append(story(text));
  Error told = error.with_story(printable(text, limits::message)).with_undetermined(in_doubt());
  return told.with_attempts(trouble_ ? trouble_->attempts : std::vector<Attempt>());
}

std::string Operation::with_advice(std::string text) const {
  if (!trouble_) return text;
  Clauses clauses(std::move(text));
  for (const std::string& finding : trouble_->findings) clauses.add(finding);
  for (const std::string& remedy : trouble_->remedies) clauses.add(remedy);
  return clauses.take();
}

std::string Operation::story(std::string_view said) const {
  std::string text = "[after " + in_seconds(elapsed()) + ", " + counted(attempt_count(), "attempt");
  if (!trouble_) return text + "]";
  const std::vector<Attempt>& attempts = trouble_->attempts;
  if (const PauseTotals::Longest longest = trouble_->pauses.longest(); longest.count > 0) {
    text += ", longest paused for " + std::string(backoff_rule(longest.kind).name) + ": " + in_seconds(longest.total) +
            " in " + counted(longest.count, "pause");
  }
  // The first and the last two tell enough; attempts() has more.
  const std::string* before = nullptr;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (i == 1 && attempts.size() > 3) text += "; …";
    if (i != 0 && i + 2 < attempts.size()) continue;
    const std::string& outcome = attempts[i].outcome;
    const bool told =
        !outcome.empty() && (said.find(outcome) != std::string_view::npos || text.find(outcome) != std::string::npos);
    const bool same = before != nullptr && outcome == *before;
    text += "; at " + in_seconds(attempts[i].started) + place_of(attempts[i]) + ": ";
    text += same ? "the same" : told ? "as said" : outcome;
    before = &outcome;
  }
  return text + "]";
}

void Operation::tell_event(Event event, LogLevel level, const EventFields& fields, const EventPlace& place,
                           std::string_view message) const {
  EventPlace of_this = place;
  of_this.operation_id = id_;
  of_this.operation = name_;
  Events(observer_, list_.telling().keys).tell(event, level, fields, of_this, message);
}

void Operation::tell_end() {
  // The usual end, which nobody wants to hear of, costs two comparisons.
  const Duration threshold = list_.telling().slow.threshold();
  if (!counts_ && ending_ == Ending::good && last_answer_ - started_ < threshold && placement_ < threshold &&
      paused().count() == 0) {
    return;
  }
  const Time now = loop_.now();
  const std::string_view result = ending_ == Ending::none   ? "abandoned"
                                  : ending_ == Ending::good ? "ok"
                                                            : to_string(end_kind_);
  if (now - started_ >= threshold) tell_slow(now, result);
  if (!counts_ || !logs(LogLevel::debug)) return;
  EventFields fields;
  fields.add("result", result);
  if (end_in_doubt_) fields.add("undetermined", true);
  fields.add("duration", now - started_).add("attempts", std::uint64_t{requests_});
  fields.add("failed_attempts", std::uint64_t{attempt_count()});
  fields.add("regions", std::uint64_t{counts_->regions.size()}).add("stores", std::uint64_t{counts_->stores.size()});
  fields.add("bytes_sent", counts_->bytes_sent).add("bytes_received", counts_->bytes_received);
  if (paused().count() > 0) fields.add("paused", paused());
  if (!counts_->key.empty()) fields.add("key", std::string_view(counts_->key));
  tell_event(Event::operation_ended, LogLevel::debug, fields);
}

void Operation::tell_slow(Time now, std::string_view result) {
  SlowWatch& watch = list_.telling().slow;
  if (!logs(LogLevel::warning) || !watch.admit(now)) return;
  EventFields fields;
  fields.add("result", result).add("duration", now - started_);
  std::string text = "slow: " + std::string(result) + " after " + in_seconds(now - started_);
  if (paused().count() > 0) {
    fields.add("paused", paused());
    text += ", of which " + in_seconds(paused()) + " paused";
  }
  if (placement_.count() > 0) {
    fields.add("placement", placement_);
    text += ", " + in_seconds(placement_) + " waiting for PD";
  }
  if (slowest_.took.count() > 0) {
    fields.add("slowest_answer", slowest_.took).add("region", slowest_.region).add("store", slowest_.store);
    text += "; the slowest of " + counted(requests_, "request") + " took " + in_seconds(slowest_.took) + " at region " +
            std::to_string(slowest_.region) + " store " + std::to_string(slowest_.store);
  }
  text = with_advice(std::move(text));
  text.append(" ").append(story(text));
  if (const std::uint64_t left_out = watch.take_left_out(); left_out > 0) {
    fields.add("left_out", left_out);
    text += "; " + counted(left_out, "slow call") + " before it " + (left_out == 1 ? "was" : "were") + " not told";
  }
  tell_event(Event::operation_slow, LogLevel::warning, fields, {}, text);
}

void Operation::log(LogLevel level, std::string_view message, std::uint64_t region, std::uint64_t store) const {
  if (!logs(level)) return;
  LogRecord record;
  record.level = level;
  record.message = message;
  record.operation_id = id_;
  record.operation = name_;
  record.region_id = region;
  record.store_id = store;
  record.attempt = attempt_count();
  observer_.log(record);
}

}  // namespace tikv::core
