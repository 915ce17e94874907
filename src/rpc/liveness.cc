#include "rpc/liveness.h"

#include <algorithm>

namespace tikv::rpc {

using core::saturating_add;

void Liveness::ready(core::Time now, core::Duration connecting_took) noexcept {
  heard_at_ = now;
  company_after_ = std::clamp(connecting_took, rules_.company_after, 2 * rules_.company_after);
  // A second connection gets as long as the first one took.
  silent_after_ = std::max(rules_.silent_after, company_after_ + std::min(connecting_took, rules_.silent_after));
}

bool Liveness::heard(core::Time now) noexcept {
  heard_at_ = now;
  owed_since_ = core::never;
  called_ = false;
  if (pinged_at_ == core::never) return false;
  pinged_at_ = core::never;
  proving_ = company_ = false;
  return true;
}

core::Time Liveness::ping_due(std::uint64_t answers_heard) const noexcept {
  core::Time due = core::never;
  if (proving_) {
    due = heard_at_;
  } else if (owed_since_ != core::never) {
    due = saturating_add(owed_since_, rules_.ping_after);
  }
  const bool answered_between = last_ping_ == core::never || answers_heard != answers_at_ping_;
  const bool may_come_early = proving_ || answered_between || (called_ && !early_ping_used_);
  return due == core::never || may_come_early ? due : std::max(due, saturating_add(last_ping_, rules_.ping_distance));
}

core::Time Liveness::due(std::uint64_t answers_heard) const noexcept {
  if (pinged_at_ == core::never) return ping_due(answers_heard);
  const core::Time lost = saturating_add(pinged_at_, patience());
  if (!company_) return std::min(lost, saturating_add(pinged_at_, company_after_));
  return std::min(lost, tell_at_);
}

Liveness::Step Liveness::next_step(core::Time now, std::uint64_t answers_heard) noexcept {
  if (now < due(answers_heard)) return Step::none;
  if (pinged_at_ == core::never) {
    if (answers_heard != answers_at_ping_) {
      early_ping_used_ = false;
    } else if (last_ping_ != core::never && now - last_ping_ < rules_.ping_distance) {
      early_ping_used_ = true;
    }
    pinged_at_ = last_ping_ = now;
    answers_at_ping_ = answers_heard;
    return Step::ping;
  }
  if (now - pinged_at_ >= patience()) return Step::lost;
  if (!company_) {
    company_ = true;
    tell_at_ = saturating_add(pinged_at_, silent_after_);
    return Step::company;
  }
  tell_at_ = saturating_add(now, rules_.told_every);
  return Step::silent;
}

}  // namespace tikv::rpc
