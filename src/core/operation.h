#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/backoff.h"
#include "core/cancel_state.h"
#include "core/events.h"
#include "core/loop.h"
#include "tikv/error.h"
#include "tikv/observer.h"
#include "tikv/result.h"

namespace tikv::core {

/// What ended an operation from outside.
enum class Interruption : std::uint8_t { none, deadline, cancelled, closed };

/// Something an operation is waiting for right now; told when the wait must end.
class Wait {
 public:
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  virtual ~Wait() = default;
  virtual void interrupt() = 0;

 protected:
  Wait() = default;

 private:
  friend class Operation;
  Wait* previous_ = nullptr;
  Wait* next_ = nullptr;
};

/// What an operation is, as its caller asked for it.
struct OperationStart {
  std::string_view name;  ///< `raw_get`; a literal
  std::uint64_t id = 0;
  Duration timeout{0};
  std::shared_ptr<detail::CancelState> cancel;
  std::uint32_t max_attempts = 0;                   ///< at one request; 0: no bound of its own
  std::shared_ptr<detail::CancelState> task_scope;  ///< ends all operations of the task it is part of
};

class Operation;

/// What a client tells of its operations besides their errors.
struct OperationTelling {
  SlowWatch slow;
  bool keys = false;  ///< may keys be told?
};

/// The operations that run at present, so that closing a client can end them.
class OperationList {
 public:
  void add(Operation& operation) noexcept;
  void remove(Operation& operation) noexcept;
  /// Ends them all. They may be destroyed meanwhile, and none may be added.
  void interrupt_all(Interruption reason);
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] OperationTelling& telling() noexcept { return telling_; }

  /// What ends all operations of the task that runs at this moment; null if nothing does.
  [[nodiscard]] const std::shared_ptr<detail::CancelState>& task_scope() const noexcept { return task_scope_; }

 private:
  friend class TaskScope;
  Operation* first_ = nullptr;
  OperationTelling telling_;
  std::shared_ptr<detail::CancelState> task_scope_;
};

/// While it lives, what runs on the loop is part of a task that `scope` ends (null: nothing does).
class TaskScope {
 public:
  TaskScope(OperationList& list, std::shared_ptr<detail::CancelState> scope) noexcept
      : list_(list), before_(std::exchange(list.task_scope_, std::move(scope))) {}
  ~TaskScope() { list_.task_scope_ = std::move(before_); }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

 private:
  OperationList& list_;
  std::shared_ptr<detail::CancelState> before_;
};

/// One call of a user from its begin to its end: its deadline, its cancellation, and the story that
/// an error of it will tell. Lives in the frame of the coroutine that runs the call; everything
/// below that coroutine gets a reference. Used on its loop only.
class Operation {
 public:
  Operation(Loop& loop, Observer& observer, OperationList& list, OperationStart start);
  /// A part of `whole` that has `patience` and one attempt, for what can be done without. What happens in
  /// it is told as part of the whole, whose interruption ends it.
  Operation(Operation& whole, Duration patience);
  /// Tells that it has ended, whatever its end.
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  [[nodiscard]] Loop& loop() const noexcept { return loop_; }
  [[nodiscard]] OperationList& list() const noexcept { return list_; }
  /// What ends all operations of the task that this one is part of; null if nothing does.
  [[nodiscard]] const std::shared_ptr<detail::CancelState>& task_scope() const noexcept { return task_scope_; }
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] Time deadline() const noexcept { return deadline_; }
  [[nodiscard]] Duration elapsed() const { return loop_.now() - started_; }
  [[nodiscard]] Duration remaining() const { return deadline_ - loop_.now(); }

  [[nodiscard]] bool interrupted() const noexcept { return interruption_ != Interruption::none; }
  /// Ends every wait of the operation, now and in future. The first reason stays.
  void interrupt(Interruption reason);
  /// The error of an interrupted operation, or of one that gives up: what it was doing, for how
  /// long, and with which attempts behind it.
  [[nodiscard]] Error interruption_error(std::string_view doing) const;
  /// The same, where a wait below this one has failed with `failure` meanwhile: whatever that says of the
  /// interruption is not said again.
  [[nodiscard]] Error interrupted_by(const Error& failure, std::string_view doing) const;
  /// Completes an error with the attempts, the elapsed time, and whether a write is in doubt. An error
  /// that another operation told already is told anew: those who waited together were not in it together.
  [[nodiscard]] Error tell(const Error& error) const;

  void add(Wait& wait) noexcept;
  void remove(Wait& wait) noexcept;

  /// Writes of this operation that may have been applied although no answer said so. See `Doubt`.
  [[nodiscard]] bool in_doubt() const noexcept { return doubts_ > 0; }

  /// How it ended. Told when it is destroyed; without it, it was abandoned.
  void note_end(const Error* error);
  template <class T>
  void note_result(const Result<T>& result) {
    note_end(result ? nullptr : &result.error());
  }

  /// A request of so many bytes leaves for a store, for keys from `key` on.
  void note_request(std::uint64_t region, std::uint64_t store, std::string_view key, std::size_t bytes);
  /// A store has answered it.
  void note_answer(std::uint64_t region, std::uint64_t store, Time now, Duration took, std::size_t bytes) noexcept;
  /// PD was waited for.
  void note_placement(Duration took) noexcept { whole().placement_ += took; }
  /// Counts a pause before another try.
  void note_pause(BackoffKind kind, Duration duration) { trouble().pauses.add(kind, duration); }

  /// May a request or question that has failed so often be tried again?
  [[nodiscard]] bool may_try_again(std::uint32_t failures) const noexcept {
    return max_attempts_ == 0 || failures < max_attempts_;
  }

  /// What last kept the operation from its answer, for an error that only knows that time ran out.
  void note_obstacle(std::string obstacle) { trouble().obstacle = std::move(obstacle); }

  /// What was found out, and what may help, for its error: each is told once.
  void advise(std::string finding, std::string_view remedy);

  /// Adds to the story. Keeps the first and the last few.
  void record(Attempt attempt);
  [[nodiscard]] std::uint32_t attempt_count() const noexcept { return trouble_ ? trouble_->attempt_count : 0; }

  [[nodiscard]] bool logs(LogLevel level) const noexcept { return level >= observer_.log_level(); }
  /// Tells of an event in it.
  void tell_event(Event event, LogLevel level, const EventFields& fields, const EventPlace& place = {},
                  std::string_view message = {}) const;
  void log(LogLevel level, std::string_view message, std::uint64_t region = 0, std::uint64_t store = 0) const;

 private:
  friend class Doubt;
  friend class OperationList;
  static constexpr std::size_t attempts_kept = 8;
  static constexpr std::size_t findings_kept = 3;

  /// Ends a part with its whole.
  class WholeEnds final : public Wait {
   public:
    explicit WholeEnds(Operation& part) : part_(part) { part_.whole_->add(*this); }
    ~WholeEnds() override { part_.whole_->remove(*this); }
    void interrupt() override { part_.interrupt(part_.whole_->interruption_); }

   private:
    Operation& part_;
  };

  /// What is counted only for an observer that hears of all.
  struct Counts {
    std::vector<std::uint64_t> regions;  ///< ids, sorted
    std::vector<std::uint64_t> stores;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::string key;
    bool has_key = false;
  };

  /// What did not go at once. Most operations have none, and are short of it.
  struct Trouble {
    std::uint32_t attempt_count = 0;
    std::vector<Attempt> attempts;  ///< the first and the last few
    std::string obstacle;
    std::vector<std::string> findings;
    std::vector<std::string> remedies;
    PauseTotals pauses;
  };

  struct SlowestAnswer {
    Duration took{0};
    std::uint64_t region = 0;
    std::uint64_t store = 0;
  };

  enum class Ending : std::uint8_t { none, good, failed };

  /// Of the whole; made by the first that has something to tell.
  [[nodiscard]] Trouble& trouble();
  [[nodiscard]] Operation& whole() noexcept { return whole_ == nullptr ? *this : *whole_; }
  [[nodiscard]] Duration paused() const noexcept { return trouble_ ? trouble_->pauses.total() : Duration(0); }
  void listen_to(detail::CancelState& scope);
  void tell_end();
  void tell_slow(Time now, std::string_view result);
  [[nodiscard]] std::string with_advice(std::string text) const;
  /// `[after …; the attempts]`: what belongs behind the words `said`.
  [[nodiscard]] std::string story(std::string_view said) const;

  Loop& loop_;
  Observer& observer_;
  OperationList& list_;
  Operation* previous_ = nullptr;
  Operation* next_ = nullptr;
  std::string_view name_;
  std::uint64_t id_;
  Operation* const whole_ = nullptr;
  Time started_;
  Time deadline_;
  Duration timeout_;
  Interruption interruption_ = Interruption::none;
  Ending ending_ = Ending::none;
  bool end_in_doubt_ = false;
  ErrorKind end_kind_ = ErrorKind::internal;
  std::uint32_t doubts_ = 0;
  std::uint32_t max_attempts_;
  std::unique_ptr<Trouble> trouble_;
  std::uint32_t requests_ = 0;
  Duration placement_{0};
  SlowestAnswer slowest_;
  Time last_answer_;
  std::unique_ptr<Counts> counts_;
  Wait* waits_ = nullptr;
  Timer deadline_timer_;
  std::shared_ptr<bool> destroyed_;   // only while it is interrupted
  std::shared_ptr<Operation*> self_;  // only if there is a scope
  std::shared_ptr<detail::CancelListener> cancel_listener_;
  const std::shared_ptr<detail::CancelState> task_scope_;
  std::optional<WholeEnds> whole_ends_;
};

/// Whether one write is in doubt. A doubt that is never settled stays with its operation, and makes
/// its error `undetermined()`.
class Doubt {
 public:
  void raise(Operation& operation) noexcept {
    if (operation_ != nullptr) return;
    operation_ = &operation;
    ++operation.doubts_;
  }
  /// An answer cleared it up, or others carry it on.
  void settle() noexcept {
    if (operation_ != nullptr) --std::exchange(operation_, nullptr)->doubts_;
  }
  [[nodiscard]] bool raised() const noexcept { return operation_ != nullptr; }

 private:
  Operation* operation_ = nullptr;
};

}  // namespace tikv::core
