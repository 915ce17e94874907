#pragma once

/// @file
/// The bridge to Asio: completion tokens for every call of a client, and ways between its loop and
/// executors. The only header that needs Asio; the library itself does not.
///
/// Standalone Asio 1.22 or newer by default. Define `TIKV_USE_BOOST_ASIO` in the whole program for
/// Boost.Asio (Boost 1.79 or newer).

#ifdef TIKV_USE_BOOST_ASIO
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/system_executor.hpp>
#else
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution/executor.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <asio/system_executor.hpp>
#endif

#include <coroutine>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "tikv/async.h"
#include "tikv/cancel.h"
#include "tikv/result.h"
#include "tikv/task.h"

namespace tikv {
inline namespace v0 {

namespace detail {

#ifdef TIKV_USE_BOOST_ASIO
namespace asio = ::boost::asio;
#else
namespace asio = ::asio;
#endif

struct AsioAccess {
  static const std::shared_ptr<ClientCore>& core(const AsyncRawClient& client) noexcept { return client.core_; }
};

/// A call whose result an execution context waits for. Destroying it destroys the handler uncalled.
class AsioCallBase {
 public:
  AsioCallBase() = default;
  AsioCallBase(const AsioCallBase&) = delete;
  AsioCallBase& operator=(const AsioCallBase&) = delete;
  virtual ~AsioCallBase() = default;
};

/// The calls that one execution context waits for. Outlives the context, because clients still hold it:
/// what comes later than the end of the context is dropped.
class AsioCalls {
 public:
  using List = std::list<std::unique_ptr<AsioCallBase>>;

  /// The call's place; nothing if the context is at its end.
  std::optional<List::iterator> add(std::unique_ptr<AsioCallBase> call) {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::nullopt;
    return calls_.insert(calls_.end(), std::move(call));
  }
  /// Takes the call out, lets `deliver` post its result and destroys what is left of it. Under the
  /// lock, so that the context cannot end meanwhile; a post only queues.
  template <class Deliver>
  void finish(List::iterator place, Deliver&& deliver) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    deliver(**place);
    calls_.erase(place);
  }
  /// Destroys the handlers, which may do anything, without the lock.
  void close() {
    List left;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      left.swap(calls_);
    }
  }

 private:
  std::mutex mutex_;
  bool closed_ = false;
  List calls_;
};

/// Tells `AsioCalls` when its context ends.
template <class Context>
class AsioCallsService final : public Context::service {
 public:
  using key_type = AsioCallsService;
  inline static typename Context::id id;

  explicit AsioCallsService(Context& context) : Context::service(context) {}
  [[nodiscard]] const std::shared_ptr<AsioCalls>& calls() const noexcept { return calls_; }

 private:
  void shutdown() noexcept override { calls_->close(); }

  std::shared_ptr<AsioCalls> calls_ = std::make_shared<AsioCalls>();
};

/// The calls that the context of an executor waits for. Executors that do not tell their context, as that of
/// `use_future`, need none that ends.
template <class Executor>
const std::shared_ptr<AsioCalls>& asio_calls(const Executor& executor) {
  using Service = AsioCallsService<asio::execution_context>;
  if constexpr (asio::can_query<const Executor&, const asio::execution::context_t&>::value) {
    asio::execution_context& context = asio::query(executor, asio::execution::context);
    return asio::use_service<Service>(context).calls();
  } else if constexpr (!asio::execution::is_executor<Executor>::value) {  // of the Networking TS
    asio::execution_context& context = executor.context();
    return asio::use_service<Service>(context).calls();
  } else {
    return asio_calls(asio::system_executor());
  }
}

/// Calls the handler, on its executor.
template <class T, class Handler>
class AsioCompletion {
 public:
  using allocator_type = asio::associated_allocator_t<Handler>;

  AsioCompletion(Handler handler, Result<T> result) : handler_(std::move(handler)), result_(std::move(result)) {}
  [[nodiscard]] allocator_type get_allocator() const noexcept { return asio::get_associated_allocator(handler_); }
  void operator()() {
    // Slots belong to the handler's executor: this is the first moment at which we may touch it.
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    std::move(handler_)(std::move(result_));
  }

 private:
  Handler handler_;
  Result<T> result_;
};

template <class T, class Handler>
class AsioCall final : public AsioCallBase {
 public:
  using Executor = asio::associated_executor_t<Handler>;

  explicit AsioCall(Handler handler) : handler_(std::move(handler)), work_(asio::get_associated_executor(handler_)) {}
  void deliver(Result<T> result) {
    asio::post(work_.get_executor(), AsioCompletion<T, Handler>(std::move(handler_), std::move(result)));
  }

 private:
  Handler handler_;
  asio::executor_work_guard<Executor> work_;
};

/// Starts a task for a handler.
struct AsioInitiation {
  std::shared_ptr<ClientCore> core;

  template <class Handler, class T>
  void operator()(Handler&& handler, Task<T> task) const {
    using Call = AsioCall<T, std::decay_t<Handler>>;
    std::shared_ptr<CancelState> scope = listen(asio::get_associated_cancellation_slot(handler));
    const std::shared_ptr<AsioCalls> calls = asio_calls(asio::get_associated_executor(handler));
    const auto place = calls->add(std::make_unique<Call>(std::forward<Handler>(handler)));
    if (!place) return;
    std::unique_ptr<RootBase> root;
    try {
      root = std::make_unique<Root<T>>(
          std::move(task), [calls, place = *place](Result<T> result, const std::exception_ptr&) {
            calls->finish(place, [&](AsioCallBase& call) { static_cast<Call&>(call).deliver(std::move(result)); });
          });
    } catch (...) {  // no memory: what the caller hears of is not work of its context any more
      calls->finish(*place, [](AsioCallBase&) {});
      throw;
    }
    submit(core, std::move(root), std::move(scope));
  }

 private:
  template <class Slot>
  static std::shared_ptr<CancelState> listen(Slot slot) {
    if (!slot.is_connected()) return nullptr;
    const auto scope = std::make_shared<CancelScope>();
    slot.assign([scope](asio::cancellation_type type) {
      // `total` would promise that nothing was changed, which nobody can of a write under way.
      constexpr auto ours = asio::cancellation_type::terminal | asio::cancellation_type::partial;
      if ((type & ours) != asio::cancellation_type::none) scope->cancel();
    });
    return scope->state();
  }
};

/// The executor that is meant by an executor or an execution context.
template <class ExecutorOrContext>
auto asio_executor(ExecutorOrContext& given) {
  if constexpr (std::is_convertible_v<ExecutorOrContext&, asio::execution_context&>) {
    return given.get_executor();
  } else {
    return given;
  }
}

template <class Promise>
inline constexpr bool is_task_promise = false;
template <class T>
inline constexpr bool is_task_promise<Promise<T>> = true;

/// What `resume_on` returns.
template <class Executor>
class ResumeOn {
 public:
  explicit ResumeOn(Executor executor) : executor_(std::move(executor)) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  /// Not inlined, and with nothing of the frame in use when it posts: by the time it returns, the
  /// coroutine may have run to its end elsewhere.
  template <class AnyPromise>
  [[gnu::noinline]] void await_suspend(std::coroutine_handle<AnyPromise> waiting) {
    static_assert(
        !is_task_promise<AnyPromise>,
        "a tikv::Task runs on its client's loop alone; co_await tikv::run_on(client, executor, function) runs "
        "a function elsewhere and comes back");
    const Executor executor = std::move(executor_);
    asio::post(executor, [waiting]() mutable { waiting.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  Executor executor_;
};

/// A function that a task waits for while it runs elsewhere.
template <class T>
struct Errand {
  std::function<void(std::function<void()>)> way_back;
  std::coroutine_handle<> waiting;  // touched on the loop only; null if the task was ended meanwhile
  std::optional<Result<T>> result;
  std::exception_ptr exception;
};

/// The function on its way. Whatever becomes of it, the task hears.
template <class T, class Function>
class ErrandRun {
 public:
  ErrandRun(std::shared_ptr<Errand<T>> errand, Function function)
      : errand_(std::move(errand)), function_(std::move(function)) {}
  ErrandRun(ErrandRun&&) noexcept = default;
  ErrandRun& operator=(ErrandRun&&) = delete;
  ~ErrandRun() {
    if (errand_) end(Error(ErrorKind::cancelled, "the executor has dropped the function without running it"));
  }
  void operator()() {
    try {
      if constexpr (std::is_same_v<std::invoke_result_t<Function&>, void>) {
        function_();
        errand_->result.emplace();
      } else {
        errand_->result.emplace(function_());
      }
    } catch (...) {
      errand_->exception = std::current_exception();
    }
    if (errand_->exception) end(Error(ErrorKind::user_exception, "the function has thrown"));
    if (errand_) go_back();
  }

 private:
  void end(Result<T> result) {
    errand_->result.emplace(std::move(result));
    go_back();
  }
  /// The function has run: a task that does not hear of it would wait without end.
  void go_back() noexcept {
    try {
      const auto errand = std::exchange(errand_, nullptr);
      const auto way_back = std::exchange(errand->way_back, nullptr);  // what waits on the loop must not own the loop
      way_back([errand] {
        if (errand->waiting) std::exchange(errand->waiting, nullptr).resume();
      });
    } catch (const std::bad_alloc&) {
      end_out_of_memory();
    }
  }

  std::shared_ptr<Errand<T>> errand_;
  Function function_;
};

template <class T, class Executor, class Function>
class ErrandAwaiter {
 public:
  ErrandAwaiter(const std::shared_ptr<ClientCore>& core, Executor executor, Function function)
      : executor_(std::move(executor)), function_(std::move(function)) {
    errand_->way_back = way_back(core);
  }
  ErrandAwaiter(const ErrandAwaiter&) = delete;
  ErrandAwaiter& operator=(const ErrandAwaiter&) = delete;
  ~ErrandAwaiter() { errand_->waiting = nullptr; }

  [[nodiscard]] bool await_ready() const noexcept { return !errand_->way_back; }
  void await_suspend(std::coroutine_handle<> waiting) {
    errand_->waiting = waiting;
    asio::post(executor_, ErrandRun<T, Function>(errand_, std::move(function_)));
  }
  Result<T> await_resume() {
    if (!errand_->result) return Error(ErrorKind::wrong_loop, "run_on was awaited outside of its client's loop");
    if (errand_->exception) std::rethrow_exception(errand_->exception);
    return std::move(*errand_->result);
  }

 private:
  std::shared_ptr<Errand<T>> errand_ = std::make_shared<Errand<T>>();
  Executor executor_;
  Function function_;
};

template <class T>
struct ErrandValue {
  using type = T;
};
template <class T>
struct ErrandValue<Result<T>> {
  using type = T;
};

template <class T, class Executor, class Function>
Task<T> errand_task(std::shared_ptr<ClientCore> core, Executor executor, Function function) {
  ErrandAwaiter<T, Executor, Function> errand(core, std::move(executor), std::move(function));
  co_return co_await errand;
}

}  // namespace detail

/// Runs a task of a client for an Asio program: completes with its `Result<T>`, by any completion
/// token (`use_awaitable`, `use_future`, a callback, ...).
///
/// @code
/// asio::awaitable<void> greet(const tikv::AsyncRawClient& client) {
///   auto value = co_await tikv::async_run(client, client.get("greeting"), asio::use_awaitable);
///   if (value) std::cout << value->value_or("(nothing there)") << '\n';
/// }
/// tikv::async_run(client, client.put("k", "v"), asio::bind_executor(io, [](tikv::Result<void> done) { … }));
/// @endcode
///
/// The signature is `void(Result<T>)`. The handler runs on its associated executor, never inside
/// this call and never on the client's loop; one without an executor of its own (a bare callback)
/// runs on a thread of Asio's `system_executor`: bind one with `bind_executor`. Until then the call is
/// outstanding work of that executor, so that `io_context::run` does not return before it.
///
/// @param client starts the task. May be closed or destroyed while the call is under way (the result
///   is then `client_closed`), but not before it begins: with lazy tokens, when it is awaited.
/// @param task any task: one verb, or a coroutine of yours, which runs on the client's loop.
/// @param token how to complete.
/// @par Cancellation
/// A `terminal` or `partial` signal of the handler's cancellation slot ends the call as a
/// `CancelScope` does: every verb that the task waits for or begins later ends with `cancelled`; a write that may
/// have been applied is `undetermined()`. The task itself goes on with these results. The handler is called all
/// the same, with what the task ends with.
/// @par Errors
/// Those of the task. An exception that leaves it is a result of kind `user_exception`.
/// @par Thread safety
/// Any thread.
/// @par Lifetime
/// When the execution context of the handler's executor ends first, the handler is destroyed uncalled, as Asio
/// does with all of its operations; the task runs to its end and its result is dropped.
/// @par Cost
/// Three allocations besides the task, and one post to the executor.
/// @par Example
/// @snippet examples/07_asio.cc asio
template <class T, class Token>
auto async_run(const AsyncRawClient& client, Task<T> task, Token&& token) {
  detail::AsioInitiation initiation{detail::AsioAccess::core(client)};
  return detail::asio::async_initiate<Token, void(Result<T>)>(std::move(initiation), token, std::move(task));
}

/// `co_await resume_on(executor)`: a coroutine of your own type goes on on that executor, for example
/// to leave the loop of a client on which the callback of `spawn` has resumed it.
///
/// Not for a `Task`: one of these runs on its client's loop alone, because those who wait for it, run beside it
/// (`gather`) or end it do so without locks there. The compiler refuses it; use `run_on`. Nor for Asio's
/// `awaitable`, which never leaves its executor: use `async_run`.
///
/// @param where an Asio executor or an execution context such as `io_context`.
/// @par Lifetime
/// If the execution context ends before it gets there, the coroutine stays suspended for ever.
/// @par Errors
/// None.
/// @par Thread safety
/// Any thread.
/// @par Cost
/// One post.
template <class ExecutorOrContext>
[[nodiscard]] auto resume_on(ExecutorOrContext&& where) {
  auto executor = detail::asio_executor(where);
  return detail::ResumeOn<decltype(executor)>(std::move(executor));
}

/// Runs a function on an executor for a task, which waits for it and goes on on its loop: for what
/// takes long or blocks, so that the other calls of the client need not wait for it.
///
/// @code
/// tikv::Task<void> pack(const tikv::AsyncRawClient& client, asio::thread_pool& pool) {
///   auto value = co_await ok(client.get("large"));
///   auto work = [value = std::move(*value)] { return compress(value); };
///   auto packed = co_await ok(tikv::run_on(client, pool, std::move(work)));
///   co_await ok(client.put("packed", packed));
///   co_return {};
/// }
/// @endcode
///
/// @param client whose loop the task runs on. Must live until the task is awaited.
/// @param where an Asio executor or an execution context such as `thread_pool`.
/// @param function returns a value, nothing, or a `Result`. It should own what it uses: when the client is
///   closed the task ends, while the function may still run.
/// @par Errors
/// Those that the function returns. `cancelled` if the execution context ended before the function ran,
/// `wrong_loop`. An exception that the function throws is rethrown in the task. Cancellation does not end it.
/// @par Thread safety
/// May be called on any thread, awaited on the client's loop.
/// @par Cost
/// Two allocations, one post to the executor and one back. Not for `testing::Cluster`, whose time is virtual.
template <class ExecutorOrContext, class Function>
[[nodiscard]] auto run_on(const AsyncRawClient& client, ExecutorOrContext&& where, Function function) {
  using T = typename detail::ErrandValue<std::invoke_result_t<Function&>>::type;
  return detail::errand_task<T>(detail::AsioAccess::core(client), detail::asio_executor(where), std::move(function));
}

}  // namespace v0
}  // namespace tikv
