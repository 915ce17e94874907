#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace tikv {
inline namespace v0 {
namespace detail {

/// One operation's interest in a scope. `told` runs on the cancelling thread, under a lock, and only
/// posts to the operation's loop; after `end()` it does not run, so the loop may go.
class CancelListener {
 public:
  explicit CancelListener(std::function<void()> told);
  void tell();
  void end();

 private:
  std::mutex mutex_;
  std::function<void()> told_;
};

/// What a `CancelScope` shares with its operations: with its listeners the only objects of the core
/// that several threads touch by design, hence the locks.
class CancelState {
 public:
  void cancel();
  [[nodiscard]] bool cancelled() const;
  /// False if the scope is cancelled already.
  [[nodiscard]] bool listen(const std::shared_ptr<CancelListener>& listener);

 private:
  mutable std::mutex mutex_;
  bool cancelled_ = false;
  std::list<std::weak_ptr<CancelListener>> listeners_;
};

}  // namespace detail
}  // namespace v0
}  // namespace tikv
