#pragma once

#include <functional>
#include <list>
#include <memory>

#include "core/loop.h"

namespace tikv::testing {

/// Things to be done later, each once. What is still to come when this is destroyed never happens.
class OneShots {
 public:
  explicit OneShots(core::Loop& loop) : loop_(loop) {}

  /// At once, inside this call, if there is nothing to wait for.
  void after(core::Duration wait, std::function<void()> work);

 private:
  core::Loop& loop_;
  std::list<std::unique_ptr<core::Timer>> timers_;
};

}  // namespace tikv::testing
