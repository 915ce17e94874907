#include "core/operation.h"

#include <cstdio>
#include <utility>

#include "core/printable.h"

namespace tikv::core {

namespace {

std::string in_seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

std::string describe(const Attempt& attempt) {
  std::string text = "at " + in_seconds(attempt.started);
  if (attempt.region_id != 0) text += " region " + std::to_string(attempt.region_id);
  if (attempt.store_id != 0) text += " store " + std::to_string(attempt.store_id);
  if (!attempt.address.empty()) text += " " + attempt.address;
  return text + ": " + attempt.outcome;
}

}  // namespace

void OperationList::add(Operation& operation) noexcept {
  operation.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &operation;
  first_ = &operation;
}

void OperationList::remove(Operation& operation) noexcept {
  (operation.previous_ != nullptr ? operation.previous_->next_ : first_) = operation.next_;
  if (operation.next_ != nullptr) operation.next_->previous_ = operation.previous_;
}

void OperationList::interrupt_all(Interruption reason) {
  // Any that ends may end others too: look anew each time. Most end at once and leave the list.
  for (;;) {
    Operation* next = first_;
    while (next != nullptr && next->interrupted()) next = next->next_;
    if (next == nullptr) return;
    next->interrupt(reason);
  }
}

Operation::Operation(Loop& loop, Observer& observer, OperationList& list, OperationStart start)
    : loop_(loop),
      observer_(observer),
      list_(list),
      name_(start.name),
      id_(start.id),
      started_(loop.now()),
      deadline_(saturating_add(started_, start.timeout)),
      timeout_(start.timeout),
      max_attempts_(start.max_attempts),
      deadline_timer_(loop, [this] { interrupt(Interruption::deadline); }),
      task_scope_(std::move(start.task_scope)) {
  list_.add(*this);
  deadline_timer_.set(deadline_);
  if (start.cancel) listen_to(*start.cancel);
  if (task_scope_) listen_to(*task_scope_);
}

Operation::~Operation() {
  list_.remove(*this);
  if (cancel_listener_) cancel_listener_->end();
  if (destroyed_) *destroyed_ = true;
}

void Operation::listen_to(detail::CancelState& scope) {
  // The scope tells on the cancelling thread, perhaps while this operation ends on the loop: only
  // the loop may look whether it is still there.
  if (!cancel_listener_) {
    self_ = std::make_shared<Operation*>(this);
    cancel_listener_ = std::make_shared<detail::CancelListener>([weak = std::weak_ptr(self_), &loop = loop_] {
      loop.post([weak] {
        if (const auto self = weak.lock()) (*self)->interrupt(Interruption::cancelled);
      });
    });
  }
  if (!scope.listen(cancel_listener_)) interrupt(Interruption::cancelled);
}

void Operation::interrupt(Interruption reason) {
  if (interrupted()) return;
  interruption_ = reason;
  deadline_timer_.cancel();
  const auto destroyed = std::make_shared<bool>(false);  // any wait that ends may end the operation
  destroyed_ = destroyed;
  while (!*destroyed && waits_ != nullptr) {
    Wait* wait = waits_;
    remove(*wait);
    wait->interrupt();
  }
}

void Operation::add(Wait& wait) noexcept {
  wait.previous_ = nullptr;
  wait.next_ = waits_;
  if (waits_ != nullptr) waits_->previous_ = &wait;
  waits_ = &wait;
}

void Operation::remove(Wait& wait) noexcept {
  if (wait.previous_ != nullptr) {
    wait.previous_->next_ = wait.next_;
  } else if (waits_ == &wait) {
    waits_ = wait.next_;
  } else {
    return;  // not on the list
  }
  if (wait.next_ != nullptr) wait.next_->previous_ = wait.previous_;
  wait.previous_ = wait.next_ = nullptr;
}

Error Operation::interruption_error(std::string_view doing) const {
  switch (interruption_) {
    case Interruption::cancelled:
      return tell(Error(ErrorKind::cancelled, "cancelled by the caller while " + std::string(doing)));
    case Interruption::closed:
      return tell(Error(ErrorKind::client_closed, "the client was closed while " + std::string(doing)));
    case Interruption::none:
    case Interruption::deadline:
      break;
  }
  return tell(Error(ErrorKind::deadline_exceeded, "the timeout of " + in_seconds(timeout_) + " passed while " +
                                                      std::string(doing) +
                                                      (obstacle_.empty() ? "" : "; the last obstacle: " + obstacle_) +
                                                      "; raise the timeout of the call or see what kept the cluster"));
}

Error Operation::tell(const Error& error) const {
  std::string text = std::string(name_) + " (operation " + std::to_string(id_) + "): " + error.summary();
  if (in_doubt()) text += "; a request whose answer was lost may have been applied or may still be: read to find out";
  text += " [after " + in_seconds(elapsed()) + ", " + std::to_string(attempt_count_) +
          (attempt_count_ == 1 ? " attempt" : " attempts");
  if (const PauseTotals::Longest longest = pauses_.longest(); longest.count > 0) {
    text += ", longest paused for " + std::string(backoff_rule(longest.kind).name) + ": " + in_seconds(longest.total) +
            " in " + std::to_string(longest.count) + (longest.count == 1 ? " pause" : " pauses");
  }
  // The first and the last two tell enough; attempts() has more.
  for (std::size_t i = 0; i < attempts_.size(); ++i) {
    if (i == 0 || i + 2 >= attempts_.size()) text += "; " + describe(attempts_[i]);
    if (i == 0 && attempts_.size() > 3) text += "; …";
  }
  text += "]";
  return error.with_story(printable(text, limits::message)).with_undetermined(in_doubt()).with_attempts(attempts_);
}

void Operation::note_pause(BackoffKind kind, Duration duration) noexcept { pauses_.add(kind, duration); }

void Operation::record(Attempt attempt) {
  ++attempt_count_;
  if (attempts_.size() == attempts_kept) attempts_.erase(attempts_.begin() + 1);
  attempts_.push_back(std::move(attempt));
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
  record.attempt = attempt_count_;
  observer_.log(record);
}

}  // namespace tikv::core
