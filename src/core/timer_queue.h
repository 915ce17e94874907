#pragma once

#include <cstdint>
#include <vector>

#include "core/loop.h"

namespace tikv::core {

/// The armed timers of one loop: a binary heap that knows each timer's place in it.
class TimerQueue {
 public:
  void insert(Timer& timer, Time when);
  void remove(Timer& timer);
  /// When the next timer expires; `never` if there is none.
  [[nodiscard]] Time next() const noexcept { return heap_.empty() ? never : heap_.front()->when_; }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  /// Fires the first timer that expires at or before `now`. False if there is none.
  bool fire_one(Time now);

 private:
  static bool earlier(const Timer& left, const Timer& right) noexcept;
  void place(Timer& timer, std::size_t position) noexcept;
  void sift_up(std::size_t position) noexcept;
  void sift_down(std::size_t position) noexcept;

  std::vector<Timer*> heap_;
  std::uint64_t next_order_ = 0;
};

}  // namespace tikv::core
