#pragma once

/// @file
/// Raw key-value access to a TiKV cluster, blocking.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tikv/async.h"

namespace tikv {
inline namespace v0 {

/// Raw key-value access to a TiKV cluster: the blocking face of `AsyncRawClient`, with the same
/// verbs, arguments, options and errors. See there for what each verb does.
///
/// @par Thread safety
/// All members may be called from any number of threads, except on the client's own loop (inside
/// its tasks and callbacks): there a blocking call could only wait for itself and answers
/// `blocking_call_on_loop`.
/// @par Cost
/// That of `AsyncRawClient`, and at most one wake-up of the calling thread for each call.
/// @par Errors
/// As `AsyncRawClient`, and `blocking_call_on_loop`.
/// @par Retries
/// As `AsyncRawClient`.
/// @par Example
/// @snippet examples/01_raw.cc raw
class RawClient {
 public:
  /// Connects, see `AsyncRawClient::connect`.
  [[nodiscard]] static Result<RawClient> connect(std::string_view url);
  [[nodiscard]] static Result<RawClient> connect(const ClientOptions& options);

  /// The value of a key; nothing if there is none.
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key, ReadOptions options = {}) const;
  /// The pairs that exist among these keys, in the order of the keys asked for.
  [[nodiscard]] Result<std::vector<KeyValue>> batch_get(std::vector<std::string> keys, ReadOptions options = {}) const;
  /// Sets the value of a key.
  [[nodiscard]] Result<void> put(std::string_view key, std::string_view value, WriteOptions options = {}) const;
  /// Sets many; not atomic.
  [[nodiscard]] Result<void> batch_put(std::vector<KeyValue> pairs, WriteOptions options = {}) const;
  /// Sets many, each with a time to live of its own; not atomic.
  [[nodiscard]] Result<void> batch_put_with_ttl(std::vector<KeyValueTtl> pairs, WriteOptions options = {}) const;
  /// Removes a key.
  [[nodiscard]] Result<void> delete_key(std::string_view key, WriteOptions options = {}) const;
  /// Removes many; not atomic.
  [[nodiscard]] Result<void> batch_delete(std::vector<std::string> keys, WriteOptions options = {}) const;
  /// Removes every key of a range; not atomic. Not in atomic mode.
  [[nodiscard]] Result<void> delete_range(KeyRange range, WriteOptions options = {}) const;
  /// Removes every key that begins with `prefix`, which must not be empty. Not in atomic mode.
  [[nodiscard]] Result<void> delete_prefix(std::string_view prefix, WriteOptions options = {}) const;
  /// The first `ScanOptions::limit` pairs of a range.
  [[nodiscard]] Result<std::vector<KeyValue>> scan(KeyRange range, ScanOptions options = {}) const;
  /// The last `ScanOptions::limit` pairs of a range, from its end down.
  [[nodiscard]] Result<std::vector<KeyValue>> reverse_scan(KeyRange range, ScanOptions options = {}) const;
  /// The first `ScanOptions::limit` pairs of each of several ranges.
  [[nodiscard]] Result<std::vector<std::vector<KeyValue>>> batch_scan(std::vector<KeyRange> ranges,
                                                                      ScanOptions options = {}) const;
  /// Reads a range page by page. See `Scanner`.
  [[nodiscard]] Scanner scanner(KeyRange range, ScannerOptions options = {}) const;
  /// Sets the key to `value` if it holds `expected`; nothing as `expected`: if it is absent. Needs
  /// `ClientOptions::atomic`.
  [[nodiscard]] Result<CasResult> compare_and_swap(std::string_view key, std::optional<std::string_view> expected,
                                                   std::string_view value, CasOptions options = {}) const;
  /// Sets a key that is absent. Needs `ClientOptions::atomic`.
  [[nodiscard]] Result<CasResult> put_if_absent(std::string_view key, std::string_view value,
                                                CasOptions options = {}) const;
  /// Removes a key that holds `expected`, where versions prove that every store can.
  [[nodiscard]] Result<CasResult> compare_and_delete(std::string_view key, std::string_view expected,
                                                     CasOptions options = {}) const;
  /// How long the value of a key will live; nothing if there is none.
  [[nodiscard]] Result<std::optional<KeyTtl>> get_key_ttl(std::string_view key, ReadOptions options = {}) const;
  /// A checksum over the pairs of a range.
  [[nodiscard]] Result<RangeChecksum> checksum(KeyRange range, ReadOptions options = {}) const;
  /// Calls a plugin of the stores, region by region. `data` is called on the client's loop.
  [[nodiscard]] Result<std::vector<CoprocessorAnswer>> coprocessor(std::string_view name,
                                                                   std::string_view version_requirement,
                                                                   std::vector<KeyRange> ranges, CoprocessorData data,
                                                                   CoprocessorOptions options = {}) const;
  /// See `AsyncRawClient::refresh`.
  [[nodiscard]] Result<void> refresh(KeyRange range, ReadOptions options = {}) const;

  /// The same client for coroutines.
  [[nodiscard]] const AsyncRawClient& async() const noexcept { return client_; }
  /// Ends, see `AsyncRawClient::close`.
  void close(std::chrono::milliseconds patience = std::chrono::seconds(1)) const { client_.close(patience); }
  /// The id of the cluster, as PD gave it.
  [[nodiscard]] std::uint64_t cluster_id() const { return client_.cluster_id(); }

 private:
  friend detail::ClientAccess;
  explicit RawClient(AsyncRawClient client) : client_(std::move(client)) {}

  AsyncRawClient client_;
};

}  // namespace v0
}  // namespace tikv
