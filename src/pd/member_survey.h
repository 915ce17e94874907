#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/waits.h"
#include "pd/members.h"
#include "rpc/transport.h"
#include "tikv/result.h"

namespace tikv::pd {

/// `co_await survey`: asks all members that may be there who leads, side by side, until one knows: a
/// silent member delays nobody. An error if none does.
class MemberSurvey final : public core::SuspendedWait {
 public:
  MemberSurvey(core::Operation& operation, rpc::UnaryCaller& caller, Members& members, core::Duration attempt_timeout);
  ~MemberSurvey() override;

  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiting) noexcept { suspend(waiting); }
  Result<void> await_resume();

 private:
  class Question;

  void answered(Question& question, const rpc::UnaryAnswer& answer);
  void failed(const Error& error);

  rpc::UnaryCaller& caller_;
  Members& members_;
  core::Duration attempt_timeout_;
  std::vector<std::unique_ptr<Question>> questions_;
  std::size_t open_ = 0;
  bool learned_ = false;
  Error failure_;
};

}  // namespace tikv::pd
