#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace tikv::region {

/// How well a store serves, as far as this client knows.
/// Silent: it owes answers and says nothing, not even to a ping.
enum class Standing : std::uint8_t { well, slow, silent, unreachable };

/// How one store has fared of late: from the answers that it gave, the connections that it refused and
/// what it reports of itself. All of it comes with the data; nothing is ever sent to find it out.
class StoreHealth {
 public:
  /// It answered a short request after `took`.
  void answered(core::Time now, core::Duration took) noexcept;
  /// It was given up after `waited` without an answer to a short request.
  void kept_silent(core::Time now, core::Duration waited) noexcept { answered_like(now, waited); }
  /// No connection to it could be made.
  void refused(core::Time now) noexcept { unreachable_until_ = saturating_add(now, unreachable_for); }
  /// Its own view: 1 is healthy, 100 as slow as can be. Of two reports the one of the higher number counts.
  void reported(core::Time now, std::uint64_t sequence, std::int64_t slow_score) noexcept;

  [[nodiscard]] Standing standing(core::Time now) const noexcept;
  /// Whether it may be logged now that it stands like this: for the worse once in a while, for the better
  /// if its trouble was told.
  [[nodiscard]] bool may_be_told(core::Time now, Standing standing) noexcept;
  /// Until when anything but `well` can last without further news.
  [[nodiscard]] core::Time doubtful_until() const noexcept;
  /// How long a short read waits before it asks another peer who leads the region: long enough for a
  /// store that is merely slow. Grows with the times that the read has asked already.
  [[nodiscard]] core::Duration patience(core::Time now, std::uint32_t times) const noexcept;
  /// `"the store is slow: it reports 90 of 100, its answers took 640 ms"`; empty if it is well.
  [[nodiscard]] std::string describe(core::Time now) const;

 private:
  static constexpr core::Duration unreachable_for = std::chrono::seconds(5);
  static constexpr core::Duration answers_count_for = std::chrono::seconds(30);
  static constexpr core::Duration slow_answer = std::chrono::milliseconds(500);
  static constexpr core::Duration least_patience = std::chrono::seconds(2);
  static constexpr std::int64_t slow_report = 80;  // of 100, as TiKV's own client has it

  void answered_like(core::Time now, core::Duration took) noexcept;
  /// A report fades: a store that serves nobody does not report that it is well again.
  [[nodiscard]] std::int64_t report(core::Time now) const noexcept;
  [[nodiscard]] core::Duration usual_answer(core::Time now) const noexcept;

  core::Time unreachable_until_{};
  core::Time answered_at_{};
  core::Duration usual_answer_{};  // smoothed
  core::Time reported_at_{};
  core::Time told_at_ = core::Time::min();
  bool told_of_trouble_ = false;
  std::int64_t report_ = 1;
  std::uint64_t sequence_ = 0;
};

/// Requests for a few keys, which a store that is well answers within milliseconds: the only ones whose
/// time says something about the store.
[[nodiscard]] bool is_short(std::string_view method) noexcept;

}  // namespace tikv::region
