#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace tikv {
inline namespace v0 {
namespace detail {

class CancelState;
class CancelListener;

using CancelListeners = std::list<std::weak_ptr<CancelListener>>;

/// One operation's interest in a scope, or in several. `told` runs on the cancelling thread, under a lock, and
/// only posts to the operation's loop; after `end()` it does not run, so the loop may go, and nothing of it is
/// left in the scopes. All but `tell` is for the one thread that owns it.
class CancelListener {
 public:
  explicit CancelListener(std::function<void()> told);
  void tell();
  void end();

 private:
  friend class CancelState;
  struct Place {
    std::shared_ptr<CancelState> scope;
    CancelListeners::iterator place;
  };

  std::mutex mutex_;
  std::function<void()> told_;
  std::vector<Place> places_;
};

/// What a `CancelScope` shares with its operations: with its listeners the only objects of the core
/// that several threads touch by design, hence the locks.
class CancelState : public std::enable_shared_from_this<CancelState> {
 public:
  void cancel();
  [[nodiscard]] bool cancelled() const;
  /// False if the scope is cancelled already.
  [[nodiscard]] bool listen(const std::shared_ptr<CancelListener>& listener);
  /// How many listen.
  [[nodiscard]] std::size_t listeners() const;

 private:
  friend class CancelListener;
  void leave(CancelListeners::iterator place);

  mutable std::mutex mutex_;
  bool cancelled_ = false;
  CancelListeners listeners_;
};

}  // namespace detail
}  // namespace v0
}  // namespace tikv
