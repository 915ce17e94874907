#include "pd/member_survey.h"

#include <algorithm>
#include <utility>

#include "pd/pd_calls.h"
#include "pd/pd_errors.h"

namespace tikv::pd {

class MemberSurvey::Question final : public rpc::UnaryHandler {
 public:
  Question(MemberSurvey& owner, std::string asked) : survey_(owner), address_(std::move(asked)) {}
  virtual ~Question() = default;

  void ask(core::Time deadline) {
    began_ = survey_.operation().loop().now();
    rpc::CallStart start;
    start.address = address_;
    start.method = calls::GetMembers::method;
    start.deadline = deadline;
    call_ = survey_.caller_.unary(std::move(start), wire::encode(calls::GetMembers::Request()), *this);
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
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  void done() noexcept { ended_ = true; }

 private:
  MemberSurvey& survey_;
  std::string address_;
  core::Time began_{};
  bool ended_ = false;
  std::unique_ptr<rpc::Call> call_;
};

MemberSurvey::MemberSurvey(core::Operation& operation, rpc::UnaryCaller& caller, Members& members,
                           core::Duration attempt_timeout)
    : SuspendedWait(operation),
      caller_(caller),
      members_(members),
      attempt_timeout_(attempt_timeout),
      grace_over_(operation.loop(), [this] { resume(); }),
      failure_(ErrorKind::unavailable, "no address of PD is known") {}

MemberSurvey::~MemberSurvey() = default;

bool MemberSurvey::await_ready() {
  if (operation().interrupted()) return true;
  for (const std::string& address : members_.candidates()) ask(address);
  return open_ == 0;
}

void MemberSurvey::ask(const std::string& address) {
  const auto asks = [&](const auto& question) { return question->address() == address; };
  if (std::any_of(questions_.begin(), questions_.end(), asks)) return;
  questions_.push_back(std::make_unique<Question>(*this, address));
  ++open_;
  const core::Time limit = saturating_add(operation().loop().now(), attempt_timeout_);
  questions_.back()->ask(std::min(operation().deadline(), limit));
}

Result<void> MemberSurvey::await_resume() {
  grace_over_.cancel();
  questions_.clear();
  if (learned_) {
    members_.choose_leader();
    return {};
  }
  if (operation().interrupted()) return operation().interruption_error("looking for the leader of PD");
  return failure_;
}

void MemberSurvey::answered(Question& question, const rpc::UnaryAnswer& answer) {
  --open_;
  question.done();
  if (!answer.status.ok()) {
    record_failure(operation(), question.address(), calls::GetMembers::method, answer, question.began());
    if (answer.delivery == Delivery::not_sent) {
      members_.addresses().explain_failure(operation(), question.address(), answer.status.message);
    }
    members_.note_failed(question.address());
    failed(unreachable(question.address(), answer.status));
  } else if (calls::GetMembers::Answer members; !decode(answer.message, members)) {
    failed(unreadable(question.address(), calls::GetMembers::method));
  } else if (Result<void> result = members_.learn(question.address(), members); !result) {
    failed(result.error());
  } else {
    learned_ = true;
    members_.note_answered(question.address());
    try_leader_addresses();
  }
  // One that is of another cluster ends it all: nothing may be written there by mistake.
  const bool found = learned_ && (members_.leader_is_clear() || !leader_may_answer());
  if (found || open_ == 0 || failure_.kind() == ErrorKind::cluster_id_mismatch) resume();
}

void MemberSurvey::try_leader_addresses() {
  if (members_.leader_is_clear()) return;
  const std::vector<std::string> addresses = members_.leader_addresses();
  for (const std::string& address : addresses) ask(address);
  if (!grace_over_.armed()) grace_over_.set(saturating_add(operation().loop().now(), grace));
}

bool MemberSurvey::leader_may_answer() const {
  const std::vector<std::string>& addresses = members_.leader_addresses();
  return std::any_of(questions_.begin(), questions_.end(), [&](const auto& question) {
    return !question->ended() && std::find(addresses.begin(), addresses.end(), question->address()) != addresses.end();
  });
}

/// Of several failures the one that another try may mend is kept: the others may be bystanders.
void MemberSurvey::failed(const Error& error) {
  const bool first = !std::exchange(any_failed_, true);
  if (first || error.kind() == ErrorKind::cluster_id_mismatch ||
      (worth_another_try(error) && failure_.kind() != ErrorKind::cluster_id_mismatch)) {
    failure_ = error;
  }
}

}  // namespace tikv::pd
