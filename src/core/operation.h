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
#include "core/loop.h"
#include "tikv/error.h"
#include "tikv/observer.h"

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

/// The operations that run at present, so that closing a client can end them.
class OperationList {
 public:
  void add(Operation& operation) noexcept;
  void remove(Operation& operation) noexcept;
  /// Ends them all. They may be destroyed meanwhile, and none may be added.
  void interrupt_all(Interruption reason);
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  /// What ends all operations of the task that runs at this moment; null if nothing does.
  [[nodiscard]] const std::shared_ptr<detail::CancelState>& task_scope() const noexcept { return task_scope_; }

 private:
  friend class TaskScope;
  Operation* first_ = nullptr;
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
  /// Completes an error with the attempts, the elapsed time, and whether a write is in doubt. An error
  /// that another operation told already is told anew: those who waited together were not in it together.
  [[nodiscard]] Error tell(const Error& error) const;

  void add(Wait& wait) noexcept;
  void remove(Wait& wait) noexcept;

  /// Writes of this operation that may have been applied although no answer said so. See `Doubt`.
  [[nodiscard]] bool in_doubt() const noexcept { return doubts_ > 0; }

  /// Counts a pause before another try.
  void note_pause(BackoffKind kind, Duration duration) noexcept;

  /// May a request or question that has failed so often be tried again?
  [[nodiscard]] bool may_try_again(std::uint32_t failures) const noexcept {
    return max_attempts_ == 0 || failures < max_attempts_;
  }

  /// What last kept the operation from its answer, for an error that only knows that time ran out.
  void note_obstacle(std::string obstacle) { obstacle_ = std::move(obstacle); }

  /// Adds to the story. Keeps the first and the last few.
  void record(Attempt attempt);
  [[nodiscard]] std::uint32_t attempt_count() const noexcept { return attempt_count_; }

  [[nodiscard]] bool logs(LogLevel level) const noexcept { return level >= observer_.log_level(); }
  void log(LogLevel level, std::string_view message, std::uint64_t region = 0, std::uint64_t store = 0) const;

 private:
  friend class Doubt;
  friend class OperationList;
  static constexpr std::size_t attempts_kept = 8;

  void listen_to(detail::CancelState& scope);

  Loop& loop_;
  Observer& observer_;
  OperationList& list_;
  Operation* previous_ = nullptr;
  Operation* next_ = nullptr;
  std::string_view name_;
  std::uint64_t id_;
  Time started_;
  Time deadline_;
  Duration timeout_;
  Interruption interruption_ = Interruption::none;
  std::uint32_t doubts_ = 0;
  std::uint32_t attempt_count_ = 0;
  std::uint32_t max_attempts_;
  std::vector<Attempt> attempts_;
  std::string obstacle_;
  PauseTotals pauses_;
  Wait* waits_ = nullptr;
  Timer deadline_timer_;
  std::shared_ptr<bool> destroyed_;   // only while it is interrupted
  std::shared_ptr<Operation*> self_;  // only if there is a scope
  std::shared_ptr<detail::CancelListener> cancel_listener_;
  const std::shared_ptr<detail::CancelState> task_scope_;
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
