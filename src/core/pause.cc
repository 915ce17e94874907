#include "core/pause.h"

#include <string>
#include <utility>

#include "core/waits.h"

namespace tikv::core {

Task<void> pause(Operation& operation, Backoff& backoff, BackoffKind kind, Error cause) {
  operation.note_obstacle(cause.summary());
  if (!operation.may_try_again(backoff.count() + 1)) co_return operation.tell(cause);
  const std::optional<Duration> wait = backoff.next(kind, operation.loop());
  if (!wait) {
    const BackoffRule& rule = backoff_rule(kind);
    co_return operation.tell(Error(cause.kind(), cause.summary() + "; the pauses for " + std::string(rule.name) +
                                                     " have used up their budget of " +
                                                     std::to_string(rule.budget / std::chrono::seconds(1)) + " s"));
  }
  if (operation.logs(LogLevel::debug)) {
    EventFields fields;
    fields.add("kind", backoff_rule(kind).name).add("duration", *wait).add("reason", std::string_view(cause.summary()));
    operation.tell_event(Event::paused, LogLevel::debug, fields);
  }
  const Time began = operation.loop().now();
  const bool rested = co_await Sleep(operation, *wait);
  operation.note_pause(kind, operation.loop().now() - began);
  if (!rested) co_return operation.interruption_error("waiting to try again");
  co_return {};
}

}  // namespace tikv::core
