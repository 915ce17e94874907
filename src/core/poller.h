#pragma once

#include "core/time.h"

namespace tikv::core {

/// Where the thread loop sleeps: the operating system's readiness events. The one in `rpc/` is
/// built on Asio; the loop itself knows nothing of sockets.
class Poller {
 public:
  Poller() = default;
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  virtual ~Poller() = default;

  /// Runs the handlers of whatever is ready; waits up to `most` for something to be (not at all if
  /// zero). Returns early on `wake()`.
  virtual void poll(Duration most) = 0;
  /// Makes the present or the next `poll` return. From any thread.
  virtual void wake() = 0;
};

}  // namespace tikv::core
