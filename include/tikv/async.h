#pragma once

/// @file
/// The coroutine API.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tikv/gather.h"
#include "tikv/key_range.h"
#include "tikv/options.h"
#include "tikv/raw_types.h"
#include "tikv/result.h"
#include "tikv/scanner.h"
#include "tikv/task.h"

namespace tikv {
inline namespace v0 {

namespace detail {

class ClientCore;
struct ClientAccess;
struct AsioAccess;

/// Starts the root on the client's loop; `abandon`s it if the client cannot run it. Any thread. If
/// there is a scope, every operation that the root begins listens to it, besides its own.
void submit(const std::shared_ptr<ClientCore>& core, std::unique_ptr<RootBase> root,
            std::shared_ptr<CancelState> scope = nullptr);
/// The same, and returns when `done()` is true (which the root makes it, on the loop). An error if
/// it cannot wait: on the loop's own thread, in a forked child.
[[nodiscard]] Result<void> submit_and_wait(const std::shared_ptr<ClientCore>& core, std::unique_ptr<RootBase> root,
                                           const std::function<bool()>& done);
/// For a task that leaves the client's loop and must come back to it: takes what shall run there, on
/// any thread. Empty when called elsewhere than on that loop.
[[nodiscard]] std::function<void(std::function<void()>)> way_back(const std::shared_ptr<ClientCore>& core);
/// Made when there was still memory.
[[nodiscard]] const Error& closed_error() noexcept;

/// Runs a task on the loop of a client and waits for it. Rethrows what leaves the task, but for `std::bad_alloc`.
template <class T>
Result<T> run_blocking(const std::shared_ptr<ClientCore>& core, Task<T> task) {
  struct State {
    std::optional<Result<T>> result;
    std::exception_ptr exception;
  };
  std::shared_ptr<State> state;  // shared: a loop that stops may drop the root later
  try {
    state = std::make_shared<State>();
    auto root = std::make_unique<Root<T>>(std::move(task), [state](Result<T> result, std::exception_ptr exception) {
      state->exception = std::move(exception);
      state->result.emplace(std::move(result));
    });
    Result<void> waited = submit_and_wait(core, std::move(root), [&] { return state->result.has_value(); });
    // Who waits may be told that the loop has stopped although the task has ended: its own result knows
    // more, for example that a write is in doubt.
    if (!state->result) return waited ? closed_error() : waited.error();
  } catch (const std::bad_alloc&) {  // before anything was handed over
    return out_of_memory(false);
  }
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
/// `protocol_error`, `answer_too_large`, `unsupported` (the message names what client and cluster are set
/// to). Of a write, see also `Error::undetermined()`.
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
  /// Sets many; of equal keys the last one counts. Not atomic: after an error any part of them may be
  /// written, and `Error::key_failures()` names the keys that are not known to be.
  [[nodiscard]] Task<void> batch_put(std::vector<KeyValue> pairs, WriteOptions options = {}) const;
  /// Sets many, each with a time to live of its own (`WriteOptions::ttl` must be 0). Otherwise as
  /// `batch_put`. Different times to live in one call need TiKV 5.3: older ones take one for all, and
  /// are refused with `unsupported`.
  [[nodiscard]] Task<void> batch_put_with_ttl(std::vector<KeyValueTtl> pairs, WriteOptions options = {}) const;
  /// Removes a key; succeeds also if there was none.
  [[nodiscard]] Task<void> delete_key(std::string_view key, WriteOptions options = {}) const;
  /// Removes many. Not atomic: see `batch_put`.
  [[nodiscard]] Task<void> batch_delete(std::vector<std::string> keys, WriteOptions options = {}) const;
  /// Removes every key of a range, region by region, without reading them. Not atomic: readers see it
  /// happen, and after an error any part of the range may be empty. A copy that is sent again after a
  /// lost answer removes what was written meanwhile, too (`Resend`).
  /// @par Errors
  /// `invalid_argument` in atomic mode: stores do this without the latch that compare-and-swap takes, so
  /// the two could interleave. Scan and `batch_delete` instead.
  /// @par Cost
  /// One call for each region, side by side; the stores need about as long for many keys as for few.
  [[nodiscard]] Task<void> delete_range(KeyRange range, WriteOptions options = {}) const;
  /// `delete_range` of every key that begins with `prefix`.
  /// @par Errors
  /// Also `invalid_argument` for an empty prefix: who means every key says
  /// `delete_range(KeyRange::all())`.
  [[nodiscard]] Task<void> delete_prefix(std::string_view prefix, WriteOptions options = {}) const;

  /// The first `ScanOptions::limit` pairs of a range, in the order of the keys. Not a snapshot:
  /// writes that happen meanwhile may or may not be seen. For ranges that are too large to hold in
  /// memory, see `scanner`.
  /// @par Cost
  /// One call for each page of up to 1,024 pairs (fewer at first, and if values are large: about 512
  /// KiB a page) of each region, one after the other.
  [[nodiscard]] Task<std::vector<KeyValue>> scan(KeyRange range, ScanOptions options = {}) const;
  /// The last `ScanOptions::limit` pairs of a range, from its end down: `range.end()` is excluded and
  /// `range.start()` included as ever, and a range without an end begins at the last key there is.
  /// Otherwise as `scan`.
  [[nodiscard]] Task<std::vector<KeyValue>> reverse_scan(KeyRange range, ScanOptions options = {}) const;
  /// Scans several ranges side by side: the first `ScanOptions::limit` pairs of *each*, one list for each
  /// range, in the order of the ranges. They may overlap.
  /// @par Errors
  /// That of the first range that could not be read; there are no partial results.
  [[nodiscard]] Task<std::vector<std::vector<KeyValue>>> batch_scan(std::vector<KeyRange> ranges,
                                                                    ScanOptions options = {}) const;
  /// Reads a range page by page, and fetches the next page while one is worked on. See `AsyncScanner`.
  [[nodiscard]] AsyncScanner scanner(KeyRange range, ScannerOptions options = {}) const;

  /// Sets the key to `value` if it holds `expected`; nothing as `expected` means "if it is absent". An
  /// empty value is a value. Atomic if every client that writes the key is in atomic mode.
  /// @par Errors
  /// `invalid_argument` outside of atomic mode (`ClientOptions::atomic`). `unsupported` by stores older
  /// than TiKV 5.1. A lost answer: an `undetermined()` error that tells what the key held afterwards
  /// (`Error::value_seen()`), or, with `CasOptions::unique_value` and if it held `value`, success.
  /// @par Retries
  /// Only what was certainly not done.
  /// @par Cost
  /// One round trip, one more if its answer is lost.
  /// @par Example
  /// @snippet examples/05_compare_and_swap.cc cas
  [[nodiscard]] Task<CasResult> compare_and_swap(std::string_view key, std::optional<std::string_view> expected,
                                                 std::string_view value, CasOptions options = {}) const;
  /// Sets a key that is absent: `compare_and_swap` with nothing expected. `CasResult::previous` is what
  /// was there instead.
  [[nodiscard]] Task<CasResult> put_if_absent(std::string_view key, std::string_view value,
                                              CasOptions options = {}) const;
  /// Removes a key that holds `expected`. `CasOptions::ttl` and `unique_value` must not be set.
  /// @par Errors
  /// As `compare_and_swap`, and `unsupported` wherever versions do not prove that every store knows how:
  /// one that does not writes an *empty value* instead and reports success. No release up to TiKV 8.5
  /// and the 9.0 betas knows; their development moves it to a call of its own.
  [[nodiscard]] Task<CasResult> compare_and_delete(std::string_view key, std::string_view expected,
                                                   CasOptions options = {}) const;
  /// How long the value of a key will live; nothing if there is none.
  /// @par Errors
  /// `unsupported`, with nothing sent, if this client does not know that the cluster keeps times to live:
  /// `ClientOptions::api_version` is `v1` and no write with a TTL was accepted by this client yet. A
  /// store without them would crash on the question.
  [[nodiscard]] Task<std::optional<KeyTtl>> get_key_ttl(std::string_view key, ReadOptions options = {}) const;

  /// A checksum over the pairs of a range in the default column family, merged over regions. Not a
  /// snapshot.
  /// @par Errors
  /// `unsupported` by stores older than TiKV 5.2. `invalid_argument` with another column family.
  /// @par Cost
  /// The stores read every pair of the range.
  [[nodiscard]] Task<RangeChecksum> checksum(KeyRange range, ReadOptions options = {}) const;
  /// Calls a plugin of the stores, once for each region that holds a part of the ranges.
  /// @param name of the plugin.
  /// @param version_requirement what versions of it will do, as Cargo spells it: `"^1.2"`, `"*"`.
  /// @param ranges what it is to work on; parts of them that lie in one region are asked for together.
  /// @param data what to send along with them.
  /// @return one answer for each request, in the order of the keys.
  /// @par Errors
  /// `unsupported` by stores older than TiKV 5.1, `server_error` with the words of the store if it has no
  /// such plugin or the plugin failed. After an error the plugin may have run on any part of the ranges;
  /// `undetermined()` if an answer was lost.
  [[nodiscard]] Task<std::vector<CoprocessorAnswer>> coprocessor(std::string_view name,
                                                                 std::string_view version_requirement,
                                                                 std::vector<KeyRange> ranges, CoprocessorData data,
                                                                 CoprocessorOptions options = {}) const;

  /// Looks the regions of a range up anew, so that the next calls need not: before a bulk load, or
  /// after regions were moved. Nothing has to call this: what changes is noticed by its errors.
  /// @par Cost
  /// One question to PD for each 128 regions; a range of everything may be large.
  [[nodiscard]] Task<void> refresh(KeyRange range, ReadOptions options = {}) const;

  /// Runs a task on this client's loop; its result goes to `done`, on the loop. Any thread.
  /// `done` is anything that can be called with a `Result<T>`, or nothing (`nullptr`).
  template <class T>
  void spawn(Task<T> task, std::type_identity_t<std::function<void(Result<T>)>> done) const {
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
  friend detail::AsioAccess;
  explicit AsyncRawClient(std::shared_ptr<detail::ClientCore> core) : core_(std::move(core)) {}

  std::shared_ptr<detail::ClientCore> core_;
};

}  // namespace v0
}  // namespace tikv
