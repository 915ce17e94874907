#pragma once

/// @file
/// Scanners: ranges of any size, page by page.

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tikv/error.h"
#include "tikv/key_range.h"
#include "tikv/options.h"
#include "tikv/result.h"
#include "tikv/task.h"

namespace tikv {
inline namespace v0 {

namespace detail {
class ClientCore;
class ScannerCore;
struct ScannerAccess;
}  // namespace detail

/// Reads a range page by page, for coroutines; made by `AsyncRawClient::scanner`. While a page is worked
/// on, the next one is fetched already.
///
/// Not a snapshot: each page shows what its regions held when it was read. A scanner never returns a key
/// twice, nor leaves one out that was there all the time.
///
/// @par Thread safety
/// Its tasks run on the client's loop, and one at a time: await one before the next is started. It may be
/// moved and destroyed on any thread while none is under way. It may outlive its client, and then answers
/// `client_closed`.
/// @par Cost
/// One page in memory and one on its way. One call to a store for each page, or each region if it ends first.
/// @par Errors
/// Those of `AsyncRawClient::scan`. A page that failed is asked for again by the next call, from where the
/// scanner stands: nothing is lost.
/// @par Retries
/// Those of a scan, inside the limit of each page.
/// @par Example
/// @snippet examples/06_scanner.cc async
class AsyncScanner {
 public:
  AsyncScanner(AsyncScanner&&) noexcept;
  AsyncScanner& operator=(AsyncScanner&&) noexcept;
  /// Drops the page that is under way.
  ~AsyncScanner();

  /// The next page, with at least one pair; an empty one is the end. What `next` has not taken of its page
  /// comes first.
  [[nodiscard]] Task<std::vector<KeyValue>> next_page();
  /// The next pair; nothing at the end.
  [[nodiscard]] Task<std::optional<KeyValue>> next();

 private:
  friend class Scanner;
  friend detail::ScannerAccess;
  explicit AsyncScanner(std::shared_ptr<detail::ScannerCore> core);

  std::shared_ptr<detail::ScannerCore> core_;
};

/// Reads a range pair by pair, blocking; made by `RawClient::scanner`. See `AsyncScanner` for what it sees.
///
/// @code
/// auto scanner = client.scanner(tikv::KeyRange::prefix("user/"));
/// while (auto pair = scanner.next()) use(pair->key, pair->value);
/// if (auto end = scanner.result(); !end) return end.error();  // did it end, or break?
/// @endcode
///
/// @par Thread safety
/// One thread at a time, not the client's loop.
/// @par Cost
/// A call waits only where a page is not there yet.
/// @par Errors
/// After an error `next` gives nothing and `result()` gives the error; the next `next` tries again from
/// there. An error that is never asked for is logged as a warning when the scanner is destroyed.
/// @par Retries
/// As `AsyncScanner`.
/// @par Example
/// @snippet examples/06_scanner.cc blocking
class Scanner {
 public:
  Scanner(Scanner&&) noexcept;
  Scanner& operator=(Scanner&&) noexcept;
  ~Scanner();

  /// The next pair; nothing at the end and after an error: `result()` tells which.
  [[nodiscard]] std::optional<KeyValue> next();
  /// All that is left of a page, or the next page; an empty one is the end.
  [[nodiscard]] Result<std::vector<KeyValue>> next_page();
  /// What the last `next` came to: an error, or success also at the end of the range.
  [[nodiscard]] Result<void> result() const;

 private:
  friend detail::ScannerAccess;
  explicit Scanner(AsyncScanner scanner);

  AsyncScanner scanner_;
};

}  // namespace v0
}  // namespace tikv
