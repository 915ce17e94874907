#include "testing/schedule.h"

#include <algorithm>

namespace tikv::testing {

Schedule::Schedule(core::Loop& loop) : loop_(loop), timer_(loop, [this] { run(); }) {}

Schedule::Ticket Schedule::at(core::Time when, std::function<void()> work) {
  const Ticket ticket(std::max(when, loop_.now()), next_++);
  work_.emplace(ticket, std::move(work));
  if (work_.begin()->first == ticket) arm();
  return ticket;
}

Schedule::Ticket Schedule::after(core::Duration wait, std::function<void()> work) {
  return at(core::saturating_add(loop_.now(), wait), std::move(work));
}

void Schedule::cancel(const Ticket& ticket) {
  if (work_.erase(ticket) != 0) arm();
}

// Destroyed work may schedule more: it finds the map in order.
void Schedule::clear() {
  while (!work_.empty()) {
    const auto first = work_.extract(work_.begin());
  }
  timer_.cancel();
}

void Schedule::run() {
  const auto first = work_.extract(work_.begin());
  arm();
  first.mapped()();
}

void Schedule::arm() { timer_.set(work_.empty() ? core::never : work_.begin()->first.first); }

}  // namespace tikv::testing
