#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/loop.h"
#include "core/waits.h"
#include "pd/members.h"
#include "rpc/transport.h"
#include "tikv/result.h"

namespace tikv::pd {

/// `co_await survey`: asks all members that may be there who leads, at all their addresses side by side,
/// until one knows and it is clear where to ask the leader: a silent address delays nobody. An error if
/// none does.
class MemberSurvey final : public core::SuspendedWait {
 public:
  MemberSurvey(core::Operation& operation, rpc::UnaryCaller& caller, Members& members, core::Duration attempt_timeout);
  ~MemberSurvey() override;

  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiting) noexcept { suspend(waiting); }
  Result<void> await_resume();

 private:
  class Question;

  /// How long the leader's own addresses may keep silent once somebody answers at another one.
  static constexpr core::Duration grace = std::chrono::milliseconds(250);

  void ask(const std::string& address);
  void answered(Question& question, const rpc::UnaryAnswer& answer);
  void failed(const Error& error);
  /// Asks the leader at all its addresses, if it is not clear which is good.
  void try_leader_addresses();
  [[nodiscard]] bool leader_may_answer() const;

  rpc::UnaryCaller& caller_;
  Members& members_;
  core::Duration attempt_timeout_;
  core::Timer grace_over_;
  std::vector<std::unique_ptr<Question>> questions_;
  std::size_t open_ = 0;
  bool learned_ = false;
  bool any_failed_ = false;
  Error failure_;
};

}  // namespace tikv::pd
