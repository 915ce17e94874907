#include "core/operation.h"

#include <algorithm>
#include <new>
#include <utility>

namespace tikv::core {

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
      last_answer_(started_),
      counts_(logs(LogLevel::debug) ? std::make_unique<Counts>() : nullptr),
      deadline_timer_(loop, [this] { interrupt(Interruption::deadline); }),
      task_scope_(std::move(start.task_scope)) {
  list_.add(*this);
  deadline_timer_.set(deadline_);
  if (start.cancel) listen_to(*start.cancel);
  if (task_scope_) listen_to(*task_scope_);
}

Operation::Operation(Operation& whole, Duration patience)
    : loop_(whole.loop_),
      observer_(whole.observer_),
      list_(whole.list_),
      name_(whole.name_),
      id_(whole.id_),
      whole_(&whole.whole()),
      started_(whole.started_),
      deadline_(std::min(whole.deadline_, saturating_add(loop_.now(), patience))),
      timeout_(patience),
      max_attempts_(1),
      last_answer_(started_),
      deadline_timer_(loop_, [this] { interrupt(Interruption::deadline); }),
      task_scope_(whole.task_scope_),
      whole_ends_(std::in_place, *this) {
  deadline_timer_.set(deadline_);
  if (whole.interrupted()) interrupt(whole.interruption_);
}

Operation::~Operation() {
  if (whole_ == nullptr) {
    try {
      tell_end();
    } catch (const std::bad_alloc&) {  // what cannot be told is not told
    }
    list_.remove(*this);  // a part ends with its whole, and is not on it
  }
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

void Operation::note_end(const Error* error) {
  ending_ = error == nullptr ? Ending::good : Ending::failed;
  if (error == nullptr) return;
  end_kind_ = error->kind();
  end_in_doubt_ = error->undetermined();
}

namespace {

void insert_once(std::vector<std::uint64_t>& sorted, std::uint64_t id) {
  const auto place = std::lower_bound(sorted.begin(), sorted.end(), id);
  if (place == sorted.end() || *place != id) sorted.insert(place, id);
}

}  // namespace

void Operation::note_request(std::uint64_t region, std::uint64_t store, std::string_view key, std::size_t bytes) {
  ++requests_;
  if (!counts_) return;
  insert_once(counts_->regions, region);
  insert_once(counts_->stores, store);
  counts_->bytes_sent += bytes;
  if (std::exchange(counts_->has_key, true)) return;
  if (list_.telling().keys) counts_->key = escaped_key(key);
}

void Operation::note_answer(std::uint64_t region, std::uint64_t store, Time now, Duration took,
                            std::size_t bytes) noexcept {
  last_answer_ = now;
  if (took > slowest_.took) slowest_ = SlowestAnswer{took, region, store};
  if (counts_) counts_->bytes_received += bytes;
}

Operation::Trouble& Operation::trouble() {
  std::unique_ptr<Trouble>& trouble = whole().trouble_;
  if (!trouble) trouble = std::make_unique<Trouble>();
  return *trouble;
}

void Operation::advise(std::string finding, std::string_view remedy) {
  Trouble& told = trouble();
  const auto add = [](std::vector<std::string>& list, std::string text) {
    if (list.size() >= findings_kept || std::find(list.begin(), list.end(), text) != list.end()) return;
    list.push_back(std::move(text));
  };
  add(told.findings, std::move(finding));
  add(told.remedies, std::string(remedy));
}

void Operation::record(Attempt attempt) {
  Trouble& told = trouble();
  ++told.attempt_count;
  if (told.attempts.size() == attempts_kept) told.attempts.erase(told.attempts.begin() + 1);
  told.attempts.push_back(std::move(attempt));
}

}  // namespace tikv::core
