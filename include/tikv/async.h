#pragma once

/// @file
/// The coroutine API.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tikv/gather.h"
#include "tikv/key_range.h"
#include "tikv/options.h"
#include "tikv/result.h"
#include "tikv/task.h"

namespace tikv {
inline namespace v0 {

namespace detail {

class ClientCore;
struct ClientAccess;

/// Starts the root on the client's loop; `abandon`s it if the client cannot run it. Any thread.
void submit(const std::shared_ptr<ClientCore>& core, std::unique_ptr<RootBase> root);
/// The same, and returns when `done()` is true (which the root makes it, on the loop). An error if
/// it cannot wait: on the loop's own thread, in a forked child.
[[nodiscard]] Result<void> submit_and_wait(const std::shared_ptr<ClientCore>& core, std::unique_ptr<RootBase> root,
                                           const std::function<bool()>& done);

/// Runs a task on the loop of a client and waits for it. Rethrows what leaves the task.
template <class T>
Result<T> run_blocking(const std::shared_ptr<ClientCore>& core, Task<T> task) {
  struct State {
    std::optional<Result<T>> result;
    std::exception_ptr exception;
  };
  const auto state = std::make_shared<State>();  // shared: a loop that stops may drop the root later
  auto root = std::make_unique<Root<T>>(std::move(task), [state](Result<T> result, std::exception_ptr exception) {
    state->exception = std::move(exception);
    state->result.emplace(std::move(result));
  });
  Result<void> waited = submit_and_wait(core, std::move(root), [&] { return state->result.has_value(); });
  if (!waited) return waited.error();
  if (state->exception) std::rethrow_exception(state->exception);
  return std::move(*state->result);
}

}  // namespace detail

/// Raw key-value access to a TiKV cluster, for coroutines: every verb returns a lazy `Task`.
///
/// Raw mode has no transactions: each key is written by itself, the last write wins. Do not mix raw
/// and transactional data in one cluster unless its API version is 2.
///
/// @par Thread safety
/// Verbs may be called on any thread; their tasks run on this client's loop, one thread at a time.
/// `spawn`, `run` and `close` may be called from any thread.
/// @par Cost
/// One loop thread, one connection to each store in use (two with bulk bodies). A single-key verb is
/// one round trip when the region is cached.
/// @par Errors
/// Every verb: `invalid_argument` (empty key, too large a key or value), `deadline_exceeded`, `cancelled`,
/// `client_closed`, `forked`, `wrong_loop`, `unavailable`, `region_unavailable`, `server_error`,
/// `protocol_error`, `answer_too_large`. Of a write, see also `Error::undetermined()`.
/// @par Retries
/// Region moves, elections, busy and dead stores are waited out inside the deadline.
/// @par Example
/// @snippet examples/02_async.cc async
class AsyncRawClient {
 public:
  /// Connects to the cluster that PD members at these addresses belong to: `host:port[,…]` or a
  /// `tikv://` URL, see `ClientOptions::parse`. Blocks until PD answered, at most
  /// `ClientOptions::connect_timeout`.
  [[nodiscard]] static Result<AsyncRawClient> connect(std::string_view url);
  /// The same with options in full.
  [[nodiscard]] static Result<AsyncRawClient> connect(const ClientOptions& options);

  AsyncRawClient(AsyncRawClient&&) noexcept = default;
  AsyncRawClient& operator=(AsyncRawClient&& other) noexcept;
  /// `close` with one second. On the client's own loop it does not wait.
  ~AsyncRawClient();

  /// The value of a key; nothing if there is none. An empty value is a value.
  [[nodiscard]] Task<std::optional<std::string>> get(std::string_view key, ReadOptions options = {}) const;
  /// The pairs that exist among these keys, in the order of the keys asked for; keys without a value
  /// are left out. One call per region, side by side.
  [[nodiscard]] Task<std::vector<KeyValue>> batch_get(std::vector<std::string> keys, ReadOptions options = {}) const;
  /// Sets the value of a key, whether it exists or not.
  [[nodiscard]] Task<void> put(std::string_view key, std::string_view value, WriteOptions options = {}) const;
  /// Sets many. Not atomic: after an error any part of them may be written.
  [[nodiscard]] Task<void> batch_put(std::vector<KeyValue> pairs, WriteOptions options = {}) const;
  /// Removes a key; succeeds also if there was none.
  [[nodiscard]] Task<void> delete_key(std::string_view key, WriteOptions options = {}) const;
  /// The first `ScanOptions::limit` pairs of a range, in the order of the keys. Not a snapshot:
  /// writes that happen meanwhile may or may not be seen.
  [[nodiscard]] Task<std::vector<KeyValue>> scan(KeyRange range, ScanOptions options = {}) const;

  /// Looks the regions of a range up anew, so that the next calls need not: before a bulk load, or
  /// after regions were moved. Nothing has to call this: what changes is noticed by its errors.
  /// @par Cost
  /// One question to PD for each 128 regions; a range of everything may be large.
  [[nodiscard]] Task<void> refresh(KeyRange range, ReadOptions options = {}) const;

  /// Runs a task on this client's loop; its result goes to `done`, on the loop. Any thread.
  template <class T>
  void spawn(Task<T> task, std::function<void(Result<T>)> done) const {
    detail::submit(core_, std::make_unique<detail::Root<T>>(
                              std::move(task), [done = std::move(done)](Result<T> result, std::exception_ptr) {
                                if (done) done(std::move(result));
                              }));
  }
  /// Runs a task on this client's loop and waits for its result. Not on the loop itself:
  /// `blocking_call_on_loop`. Rethrows an exception that left the task.
  template <class T>
  Result<T> run(Task<T> task) const {
    return detail::run_blocking(core_, std::move(task));
  }

  /// Ends: new calls answer `client_closed`, running ones get up to `patience` to end by themselves
  /// and are then ended with `client_closed`; connections are closed, the loop thread is joined.
  /// Later calls do nothing. Any thread but the loop's (there it does not wait).
  void close(std::chrono::milliseconds patience = std::chrono::seconds(1)) const;
  /// The id of the cluster, as PD gave it.
  [[nodiscard]] std::uint64_t cluster_id() const;

 private:
  friend class RawClient;
  friend detail::ClientAccess;
  explicit AsyncRawClient(std::shared_ptr<detail::ClientCore> core) : core_(std::move(core)) {}

  std::shared_ptr<detail::ClientCore> core_;
};

}  // namespace v0
}  // namespace tikv
