#pragma once

/// @file
/// `CancelScope`: ends operations from outside.

#include <memory>

namespace tikv {
inline namespace v0 {

namespace detail {
class CancelState;
}

/// Ends every operation that was started with it and still runs, from any thread.
///
/// Hand a pointer to it to the options of a call (`{.cancel = &scope}`). A cancelled operation ends
/// soon with `ErrorKind::cancelled`; a write that was already sent may still be applied, and then
/// the error is `undetermined()`. Operations started after `cancel()` end at once.
///
/// @par Thread safety
/// `cancel()` and `cancelled()` may be called from any thread.
/// @par Lifetime
/// The scope may be destroyed before its operations end; that does not cancel them.
/// @par Cost
/// One allocation for the scope, one for each operation that uses it.
class CancelScope {
 public:
  CancelScope();
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

  /// Cancels all present and future operations of this scope. Calling it again does nothing.
  void cancel();
  /// True once `cancel()` was called.
  [[nodiscard]] bool cancelled() const noexcept;

  /// For the library.
  [[nodiscard]] const std::shared_ptr<detail::CancelState>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<detail::CancelState> state_;
};

}  // namespace v0
}  // namespace tikv
