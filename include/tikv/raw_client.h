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
  /// Removes a key.
  [[nodiscard]] Result<void> delete_key(std::string_view key, WriteOptions options = {}) const;
  /// The first `ScanOptions::limit` pairs of a range.
  [[nodiscard]] Result<std::vector<KeyValue>> scan(KeyRange range, ScanOptions options = {}) const;
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
