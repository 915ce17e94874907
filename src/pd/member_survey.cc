#include "pd/member_survey.h"

#include <algorithm>
#include <utility>

#include "pd/pd_errors.h"

namespace tikv::pd {

namespace {
constexpr std::string_view get_members = "/pdpb.PD/GetMembers";
}

class MemberSurvey::Question final : public rpc::UnaryHandler {
 public:
  Question(MemberSurvey& owner, std::string asked) : survey_(owner), address_(std::move(asked)) {}
  virtual ~Question() = default;

  void ask(core::Time deadline) {
    began_ = survey_.operation().loop().now();
    rpc::CallStart start;
    start.address = address_;
    start.method = get_members;
    start.deadline = deadline;
    call_ = survey_.caller_.unary(std::move(start), wire::pdpb::GetMembersRequest().SerializeAsString(), *this);
  }
  void on_answer(rpc::UnaryAnswer answer) override { survey_.answered(*this, answer); }
  /// The others are not to wait for it.
  void on_silence() override {
    rpc::UnaryAnswer none;
    none.delivery = call_->delivery();
    none.status = {rpc::StatusCode::unavailable, "no sign of life", rpc::Failure::silent};
    call_.reset();
    survey_.answered(*this, none);
  }

  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  [[nodiscard]] core::Time began() const noexcept { return began_; }

 private:
  MemberSurvey& survey_;
  std::string address_;
  core::Time began_{};
  std::unique_ptr<rpc::Call> call_;
};

MemberSurvey::MemberSurvey(core::Operation& operation, rpc::UnaryCaller& caller, Members& members,
                           core::Duration attempt_timeout)
    : SuspendedWait(operation),
      caller_(caller),
      members_(members),
      attempt_timeout_(attempt_timeout),
      failure_(ErrorKind::unavailable, "no address of PD is known") {}

MemberSurvey::~MemberSurvey() = default;

bool MemberSurvey::await_ready() {
  if (operation().interrupted()) return true;
  for (const std::string& address : members_.candidates()) {
    questions_.push_back(std::make_unique<Question>(*this, address));
  }
  open_ = questions_.size();
  const core::Time limit = saturating_add(operation().loop().now(), attempt_timeout_);
  for (const auto& question : questions_) question->ask(std::min(operation().deadline(), limit));
  return open_ == 0;
}

Result<void> MemberSurvey::await_resume() {
  questions_.clear();
  if (learned_) return {};
  if (operation().interrupted()) return operation().interruption_error("looking for the leader of PD");
  return failure_;
}

void MemberSurvey::answered(Question& question, const rpc::UnaryAnswer& answer) {
  --open_;
  if (!answer.status.ok()) {
    record_failure(operation(), question.address(), get_members, answer, question.began());
    failed(unreachable(question.address(), answer.status));
  } else if (wire::pdpb::GetMembersResponse members; !parse(members, answer.message)) {
    failed(unreadable(question.address(), get_members));
  } else if (Result<void> result = members_.learn(question.address(), members); !result) {
    failed(result.error());
  } else {
    learned_ = true;
  }
  // One that is of another cluster ends it all: nothing may be written there by mistake.
  if (learned_ || open_ == 0 || failure_.kind() == ErrorKind::cluster_id_mismatch) resume();
}

/// Of several failures the one that another try may mend is kept: the others may be bystanders.
void MemberSurvey::failed(const Error& error) {
  const bool first = open_ + 1 == questions_.size();
  if (first || error.kind() == ErrorKind::cluster_id_mismatch ||
      (worth_another_try(error) && failure_.kind() != ErrorKind::cluster_id_mismatch)) {
    failure_ = error;
  }
}

}  // namespace tikv::pd
