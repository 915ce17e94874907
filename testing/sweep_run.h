#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/fault_sweep.h"
#include "testing/raw_runner.h"
#include "testing/sweep_moments.h"

namespace tikv::testing {

/// What the caller does at the moment at which a message is sent.
enum class SweepCaller : std::uint8_t { waits, cancels, drops_the_task, runs_out_of_time };

/// One fault at one message: of the message itself, of the cluster, of both at once, or of the caller.
struct SweepShot {
  std::uint64_t message = 0;  ///< counted from the begin of the operation
  Fate fate{};
  const SweepMoment* moment = nullptr;
  SweepCaller caller = SweepCaller::waits;
  core::Duration timeout{};  ///< of `runs_out_of_time`
};

using SweepShots = std::vector<SweepShot>;

[[nodiscard]] std::string describe(const SweepShots& shots);

/// One message of the operation.
struct SweepMessage {
  bool to_client = false;
  bool to_store = false;
  core::Duration after{};  ///< the begin of the operation
};

/// Every fault of one kind that can be at a message.
[[nodiscard]] SweepShots fates_at(std::uint64_t number, const SweepMessage& message);
[[nodiscard]] SweepShots moments_at(std::uint64_t number, const SweepMessage& message);
[[nodiscard]] SweepShots region_errors_at(std::uint64_t number, const SweepMessage& message);
[[nodiscard]] SweepShots callers_at(std::uint64_t number, const SweepMessage& message);

/// Fires at its messages and is kind to all others.
class SweepPlan final : public FaultPlan {
 public:
  SweepPlan(Simulation& simulation, RawRunner& runner, SweepShots shots)
      : simulation_(simulation), runner_(runner), shots_(std::move(shots)) {}

  void arm() { armed_ = true; }
  void disarm() { armed_ = false; }
  Fate fate(const MessageSeen& message) override;

  std::vector<SweepMessage> sent;

 private:
  Simulation& simulation_;
  RawRunner& runner_;
  SweepShots shots_;
  bool armed_ = false;
};

/// One run: a cluster with data, a client, the operation with faults in it, and the judgement.
class SweepRun {
 public:
  SweepRun(const SweepCase& one, SweepShots shots);
  ~SweepRun() { simulation_.network().set_plan(nullptr); }
  SweepRun(const SweepRun&) = delete;
  SweepRun& operator=(const SweepRun&) = delete;

  /// What is wrong.
  std::vector<std::string> execute();

  [[nodiscard]] const std::vector<SweepMessage>& messages() const { return plan_.sent; }
  [[nodiscard]] RawOperation::Outcome outcome() const { return outcome_; }
  [[nodiscard]] const WireObserver& wire() const { return runner_->wire(); }
  [[nodiscard]] std::string timeline() { return simulation_.timeline().text(); }

 private:
  void finish_all() {
    simulation_.loop().run_until([&] { return runner_->running() == 0; });
  }
  void fill(SimClient& client);
  void start_operation(SimClient& client);
  void check_removals(std::vector<std::string>& findings);
  void check_leftovers(std::vector<std::string>& findings);

  const SweepCase& case_;
  Simulation simulation_;
  std::unique_ptr<RawRunner> runner_;
  bool must_succeed_;
  core::Duration timeout_;
  SweepPlan plan_;
  RawOperation::Outcome outcome_ = RawOperation::Outcome::running;
};

/// Runs one and adds what came of it; false if there were failures enough.
bool run_one(SweepRun& run, const SweepCase& one, const SweepShots& shots, SweepResult& result);

}  // namespace tikv::testing
