#pragma once

/// @file
/// `Task<T>`: the coroutine type of this library.

#include <coroutine>
#include <exception>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "tikv/result.h"

namespace tikv {
inline namespace v0 {

template <class T>
class Task;

namespace detail {

/// Where a running task leaves its result: in the frame of whoever awaits it, so that the task's
/// own frame can be destroyed as soon as it ends. (An early end through `ok()` destroys it while it
/// is suspended in the middle.)
template <class T>
class Consumer {
 public:
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// The task has ended, its frame is gone, and `result` or `exception` is set.
  /// May destroy this consumer.
  virtual void complete() = 0;

  std::optional<Result<T>> result;
  std::exception_ptr exception;

 protected:
  Consumer() = default;
  ~Consumer() = default;
};

template <class T>
struct PromiseBase {
  Consumer<T>* consumer = nullptr;

  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    [[gnu::noinline]] void await_suspend(std::coroutine_handle<Promise> frame) const noexcept {  // as `fail_at_once`
      Consumer<T>* const told = frame.promise().consumer;
      frame.destroy();  // this awaiter is gone from here on
      tell(*told);
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  /// Also where a body that has no `co_return` arrives, which g++ does not warn of.
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept {
    if (!consumer->result && !consumer->exception) consumer->result.emplace(ended_without_co_return());
    return {};
  }
  void unhandled_exception() noexcept { consumer->exception = std::current_exception(); }

  /// Ends the task with `error` while it is suspended at `frame`.
  template <class Promise>
  static void fail(std::coroutine_handle<Promise> frame, Error error) {
    Consumer<T>* const told = frame.promise().consumer;
    told->result.emplace(std::move(error));
    frame.destroy();
    tell(*told);
  }

  /// What throws in it has no frame any more to be caught in. Other exceptions are those of a callback that must
  /// not throw: `std::terminate` shows them best.
  static void tell(Consumer<T>& consumer) noexcept {
    try {
      consumer.complete();
    } catch (const std::bad_alloc&) {
      end_out_of_memory();
    }
  }
};

template <class T>
struct Promise : PromiseBase<T> {
  [[nodiscard]] Task<T> get_return_object() noexcept;

  template <class U>
    requires std::is_constructible_v<Result<T>, U&&>
  void return_value(U&& value) {
    // Whoever starts the task sets the consumer, which the analyzer does not see.
    this->consumer->result.emplace(std::forward<U>(value));  // NOLINT(clang-analyzer-core.CallAndMessage)
  }
};

template <>
struct Promise<void> : PromiseBase<void> {
  [[nodiscard]] Task<void> get_return_object() noexcept;

  void return_value(Result<void> result) {
    this->consumer->result.emplace(std::move(result));  // NOLINT(clang-analyzer-core.CallAndMessage)
  }
};

/// A task that was started: owns its frame until it ends.
template <class T>
class RunningTask {
 public:
  RunningTask() = default;
  explicit RunningTask(std::coroutine_handle<Promise<T>> frame) noexcept : frame_(frame) {}
  RunningTask(const RunningTask&) = delete;
  RunningTask& operator=(const RunningTask&) = delete;
  ~RunningTask() { destroy(); }

  /// Runs the task until it ends or first waits; the consumer is told when it ends, perhaps at once.
  void start(Consumer<T>& consumer) {
    frame_.promise().consumer = &consumer;
    frame_.resume();
  }
  /// For the consumer, when it is told: the frame has destroyed itself.
  void ended() noexcept { frame_ = nullptr; }
  [[nodiscard]] bool running() const noexcept { return static_cast<bool>(frame_); }
  void destroy() noexcept {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

 private:
  std::coroutine_handle<Promise<T>> frame_;
};

/// Starts a child at once, inside `await_ready`, and asks whether it has ended already. Symmetric
/// transfer would be the textbook way; g++ 12 overflows the stack with it in unoptimised and
/// sanitizer builds.
template <class T>
class TaskAwaiter final : public Consumer<T> {
 public:
  explicit TaskAwaiter(std::coroutine_handle<Promise<T>> frame) noexcept : child_(frame) {}
  TaskAwaiter(const TaskAwaiter&) = delete;
  TaskAwaiter& operator=(const TaskAwaiter&) = delete;

  bool await_ready() {
    child_.start(*this);
    return !child_.running();
  }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  Result<T> await_resume() {
    if (this->exception) std::rethrow_exception(this->exception);
    return std::move(*this->result);
  }

  void complete() override {
    child_.ended();
    if (waiting_) waiting_.resume();
  }

 private:
  RunningTask<T> child_;
  std::coroutine_handle<> waiting_;
};

/// Like `TaskAwaiter`, and ends the awaiting task if the child ended with an error.
template <class T>
class OkAwaiter final : public Consumer<T> {
 public:
  explicit OkAwaiter(std::coroutine_handle<Promise<T>> frame) noexcept : child_(frame) {}
  OkAwaiter(const OkAwaiter&) = delete;
  OkAwaiter& operator=(const OkAwaiter&) = delete;

  bool await_ready() {
    child_.start(*this);
    return !child_.running() && !failed();
  }
  template <class Parent>
  void await_suspend(std::coroutine_handle<Parent> waiting) {
    if (!child_.running()) {  // ended at once, with an error
      fail_at_once(waiting);
      return;
    }
    waiting_ = waiting;
    fail_ = [](std::coroutine_handle<> parent, Error error) {
      Parent::fail(std::coroutine_handle<Parent>::from_address(parent.address()), std::move(error));
    };
  }
  T await_resume() {
    if (this->exception) std::rethrow_exception(this->exception);
    if constexpr (!std::is_void_v<T>) return std::move(**this->result);
  }

  void complete() override {
    child_.ended();
    if (!waiting_) return;
    if (failed()) {
      Error error = this->result->error();
      fail_(waiting_, std::move(error));  // destroys this awaiter
    } else {
      waiting_.resume();
    }
  }

 private:
  [[nodiscard]] bool failed() const noexcept { return !this->exception && !this->result->has_value(); }
  /// Not inlined: clang puts the locals of an inlined `await_suspend` into the coroutine's frame
  /// (LLVM issue 56301), and this one outlives the frame.
  template <class Parent>
  [[gnu::noinline]] void fail_at_once(std::coroutine_handle<Parent> waiting) {
    Error error = this->result->error();
    Parent::fail(waiting, std::move(error));
  }

  RunningTask<T> child_;
  std::coroutine_handle<> waiting_;
  void (*fail_)(std::coroutine_handle<>, Error) = nullptr;
};

/// What `ok(task)` returns.
template <class T>
struct [[nodiscard]] Ok {
  Task<T> task;
  OkAwaiter<T> operator co_await() && noexcept;
};

}  // namespace detail

namespace detail {
/// Takes the frame out of a task that was not started.
template <class T>
std::coroutine_handle<Promise<T>> release_frame(Task<T> task) noexcept;
}  // namespace detail

/// A lazy coroutine that ends with a `Result<T>`.
///
/// A task does nothing until it is awaited by another task or handed to a client
/// (`AsyncRawClient::spawn`, `AsyncRawClient::run`). From then on it runs on that client's loop and
/// nowhere else, so the code of all tasks of one client needs no locks among itself.
///
/// @code
/// tikv::Task<std::size_t> copy(tikv::AsyncRawClient& client, std::string from, std::string to) {
///   auto value = co_await ok(client.get(from));     // unwrap, or leave with the error
///   if (!value) co_return 0;
///   co_await ok(client.put(to, *value));
///   co_return value->size();
/// }
/// @endcode
///
/// `co_await task` gives the `Result<T>`; `co_await ok(task)` gives the `T`, and where there is none
/// ends the enclosing task with the same error, running the destructors of its locals. A coroutine
/// of type `Task<void>` ends with `co_return {};` (one that ends without is an error, `user_exception`).
///
/// @par Thread safety
/// A task that has not started may be moved to another thread and destroyed on any thread.
/// @par Cost
/// One allocation for the frame. Awaiting a task that ends without waiting does not leave the caller.
/// @par Errors
/// An exception that leaves the coroutine is rethrown where it is awaited. Of the outermost task it is a
/// result of kind `user_exception` (`run` rethrows it), but `std::bad_alloc` is always one of kind
/// `resource_exhausted`.
/// @par Lifetime
/// Arguments passed by reference or `string_view` must outlive the task. The verbs of this
/// library's clients copy theirs before they return. Captures of a lambda coroutine die with the
/// lambda: pass them as arguments instead.
/// @par Compilers
/// g++ 12 miscompiles some `co_await` expressions that contain braces or lambdas; build arguments
/// that own memory on the line before.
template <class T>
class [[nodiscard]] Task {
 public:
  using value_type = T;
  using promise_type = detail::Promise<T>;

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (frame_) frame_.destroy();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  /// Destroys the coroutine if it was never started.
  ~Task() {
    if (frame_) frame_.destroy();
  }

  /// Starts the task and waits for its `Result<T>`.
  detail::TaskAwaiter<T> operator co_await() && noexcept {
    return detail::TaskAwaiter<T>(std::exchange(frame_, nullptr));
  }

 private:
  friend promise_type;
  friend detail::Ok<T>;
  friend std::coroutine_handle<promise_type> detail::release_frame<T>(Task task) noexcept;
  explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

/// `co_await ok(task)`: the value of the task, or the end of the enclosing task with its error.
template <class T>
detail::Ok<T> ok(Task<T> task) noexcept {
  return detail::Ok<T>{std::move(task)};
}

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

template <class T>
std::coroutine_handle<Promise<T>> release_frame(Task<T> task) noexcept {
  return std::exchange(task.frame_, nullptr);
}

template <class T>
OkAwaiter<T> Ok<T>::operator co_await() && noexcept {
  return OkAwaiter<T>(std::exchange(task.frame_, nullptr));
}

/// A task at the top, awaited by no coroutine: started and owned by a client until it ends.
class RootBase {
 public:
  RootBase() = default;
  RootBase(const RootBase&) = delete;
  RootBase& operator=(const RootBase&) = delete;
  virtual ~RootBase() = default;

  /// Starts the task, on the loop. Calls `on_ended` when it has ended, perhaps before this returns;
  /// the root may be destroyed inside it.
  virtual void start(std::function<void()> on_ended) = 0;
  /// Answers with this error in place of the task's result: it was not started, or is destroyed
  /// half-way. `on_ended` is not called.
  virtual void abandon(Error error) = 0;
};

/// A root that hands the result of its task to a function, once.
template <class T>
class Root final : public RootBase, private Consumer<T> {
 public:
  /// Called on the loop, or where `abandon` was called. Must not throw. An exception that left the
  /// task comes along with a result of kind `user_exception`.
  using Done = std::function<void(Result<T>, std::exception_ptr)>;

  Root(Task<T> task, Done done) : task_(release_frame(std::move(task))), done_(std::move(done)) {}

  void start(std::function<void()> on_ended) override {
    on_ended_ = std::move(on_ended);
    task_.start(*this);
  }
  void abandon(Error error) override {
    task_.destroy();
    if (auto done = std::exchange(done_, nullptr)) done(std::move(error), nullptr);
  }

 private:
  void complete() override {
    task_.ended();
    if (auto done = std::exchange(done_, nullptr)) {
      if (this->exception) {
        const Error told = describe(this->exception);
        done(told, told.kind() == ErrorKind::resource_exhausted ? nullptr : this->exception);
      } else {
        done(std::move(*this->result), nullptr);
      }
    }
    const std::function<void()> on_ended = std::move(on_ended_);
    on_ended();  // may destroy this
  }
  static Error describe(const std::exception_ptr& exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::bad_alloc&) {
      return out_of_memory(false);
    } catch (const std::exception& thrown) {
      return {ErrorKind::user_exception, std::string("the task ended with an exception: ") + thrown.what()};
    } catch (...) {
      return {ErrorKind::user_exception, "the task ended with an exception that is no std::exception"};
    }
  }

  RunningTask<T> task_;
  Done done_;
  std::function<void()> on_ended_;
};

}  // namespace detail

}  // namespace v0
}  // namespace tikv
