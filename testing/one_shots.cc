#include "testing/one_shots.h"

#include <utility>

namespace tikv::testing {

void OneShots::after(core::Duration wait, std::function<void()> work) {
  if (wait <= core::Duration::zero()) return work();
  const auto place = timers_.emplace(timers_.end());
  *place = std::make_unique<core::Timer>(loop_, [this, place, work = std::move(work)] {
    const std::unique_ptr<core::Timer> expired = std::move(*place);
    timers_.erase(place);
    work();
  });
  (*place)->set(core::saturating_add(loop_.now(), wait));
}

}  // namespace tikv::testing
