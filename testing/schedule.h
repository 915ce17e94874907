#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "core/loop.h"

namespace tikv::testing {

/// Work for later times on one loop. Work for the same time runs in the order in which it came.
class Schedule {
 public:
  /// Names one piece of work; a default one names none.
  using Ticket = std::pair<core::Time, std::uint64_t>;

  explicit Schedule(core::Loop& loop);

  /// Never runs inside this call, also not for a time that has passed.
  Ticket at(core::Time when, std::function<void()> work);
  Ticket after(core::Duration wait, std::function<void()> work);
  /// Does nothing for work that has run.
  void cancel(const Ticket& ticket);
  [[nodiscard]] std::size_t size() const { return work_.size(); }
  void clear();

 private:
  void run();
  void arm();

  core::Loop& loop_;
  std::map<Ticket, std::function<void()>> work_;
  std::uint64_t next_ = 1;
  core::Timer timer_;
};

}  // namespace tikv::testing
