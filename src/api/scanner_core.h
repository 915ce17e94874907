#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/client_core.h"
#include "raw/scan_state.h"
#include "tikv/scanner.h"

namespace tikv {
inline namespace v0 {
namespace detail {

/// What a scanner and the page that is under way share. Used on the client's loop, except for the pairs
/// that were taken off a page already: these are the caller's, whose calls come one at a time.
class ScannerCore : public std::enable_shared_from_this<ScannerCore> {
 public:
  ScannerCore(std::shared_ptr<ClientCore> client, const KeyRange& range, const ScannerOptions& options);
  ~ScannerCore();
  ScannerCore(const ScannerCore&) = delete;
  ScannerCore& operator=(const ScannerCore&) = delete;

  /// The next page, from the stores.
  Task<std::vector<KeyValue>> load();
  /// Nobody wants what is under way. Any thread.
  void abandon();

  /// A pair of the present page, if there is one left.
  [[nodiscard]] std::optional<KeyValue> take_pair();
  /// What is left of the present page.
  [[nodiscard]] std::vector<KeyValue> take_page();
  void set_page(std::vector<KeyValue> page);

  /// For the blocking scanner: how its last call ended.
  std::optional<Error> failure;
  mutable bool failure_was_told = true;

  [[nodiscard]] const std::shared_ptr<ClientCore>& client() const noexcept { return client_; }

 private:
  /// Waits for the page that is under way.
  class Arrival;
  using Page = Result<std::vector<KeyValue>>;

  [[nodiscard]] Result<void> usable() const;
  [[nodiscard]] bool at_end() const noexcept { return state_.finished || left_ == 0; }
  void fetch();
  void fetch_ahead() noexcept;
  void arrive(Page page);
  static Task<std::vector<KeyValue>> fetch_page(std::shared_ptr<ScannerCore> self);

  std::shared_ptr<ClientCore> client_;
  std::uint64_t fork_generation_;
  CallSettings settings_;
  raw::ScanState state_;
  std::size_t left_;  ///< pairs that may still be asked for
  Result<void> checked_;
  CancelScope abandoned_;
  std::shared_ptr<CancelListener> callers_cancel_;

  bool fetching_ = false;
  std::optional<Page> arrived_;
  std::coroutine_handle<> waiting_;
  std::shared_ptr<CancelState> waiting_scope_;  ///< what ends the task that waits

  std::vector<KeyValue> page_;
  std::size_t position_ = 0;
};

struct ScannerAccess {
  static AsyncScanner make(const std::shared_ptr<ClientCore>& client, const KeyRange& range,
                           const ScannerOptions& options) {
    return AsyncScanner(std::make_shared<ScannerCore>(client, range, options));
  }
  static Scanner blocking(AsyncScanner scanner) { return Scanner(std::move(scanner)); }
};

}  // namespace detail
}  // namespace v0
}  // namespace tikv
