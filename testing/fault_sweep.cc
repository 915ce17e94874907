#include "testing/fault_sweep.h"

#include <array>
#include <set>
#include <utility>

#include "testing/random.h"
#include "testing/sweep_run.h"

namespace tikv::testing {

namespace {

void append(SweepShots& shots, SweepShots more) { shots.insert(shots.end(), more.begin(), more.end()); }

SweepShots shots_at(const SweepCase& one, std::uint64_t number, const SweepMessage& message) {
  SweepShots shots = fates_at(number, message);
  append(shots, moments_at(number, message));
  if (one.region_errors) append(shots, region_errors_at(number, message));
  append(shots, callers_at(number, message));
  return shots;
}

/// An answer is lost, and before it can be asked for again the cluster is another one.
SweepShots losses_with_changes_at(std::uint64_t number, const SweepMessage& message) {
  static const std::set<std::string> changes{"the regions split", "the regions merge", "the leaders move",
                                             "no region has a leader for a while",
                                             "PD lags while regions split and leaders move"};
  SweepShots shots;
  for (const SweepShot& loss : fates_at(number, message)) {
    if (loss.fate.seen != Fate::Seen::reset) continue;
    for (const SweepMoment& moment : sweep_moments()) {
      if (changes.contains(moment.name)) shots.push_back({number, loss.fate, &moment, SweepCaller::waits, {}});
    }
  }
  return shots;
}

/// The faults at a message by their kinds, each of which is as likely as any other.
using Kinds = std::vector<SweepShots>;

Kinds first_kinds_at(const SweepCase& one, std::uint64_t number, const SweepMessage& message) {
  Kinds kinds{fates_at(number, message), moments_at(number, message)};
  if (one.region_errors) kinds.push_back(region_errors_at(number, message));
  // Half of them: what is lost together with the region is the hardest to tell the truth about.
  if (message.to_store) kinds.insert(kinds.end(), 3, losses_with_changes_at(number, message));
  std::erase_if(kinds, [](const SweepShots& shots) { return shots.empty(); });
  return kinds;
}

/// Refusals that end the call, and prove that the request that meets them has done nothing.
SweepShots final_errors_at(std::uint64_t number, const SweepMessage& message) {
  SweepShots shots = region_errors_at(number, message);
  std::erase_if(shots, [](const SweepShot& shot) { return shot.moment->can_be_survived; });
  return shots;
}

Kinds second_kinds_at(const SweepCase& one, std::uint64_t number, const SweepMessage& message) {
  Kinds kinds{fates_at(number, message), moments_at(number, message), callers_at(number, message)};
  if (one.region_errors) kinds.push_back(region_errors_at(number, message));
  if (message.to_store) kinds.push_back(losses_with_changes_at(number, message));
  // What ends the call finds whatever it may have forgotten.
  kinds.insert(kinds.end(), 4, final_errors_at(number, message));
  std::erase_if(kinds, [](const SweepShots& shots) { return shots.empty(); });
  return kinds;
}

template <class T>
const T& any_of(const std::vector<T>& all, Random& random) {
  return all[random.below(all.size())];
}

/// So many of them; all if `most` is 0 or more than there are.
SweepShots draw(const std::vector<Kinds>& at_messages, std::size_t most, Random& random) {
  SweepShots all;
  for (const Kinds& kinds : at_messages) {
    for (const SweepShots& shots : kinds) append(all, shots);
  }
  if (most == 0 || all.size() <= most) return all;
  SweepShots drawn;
  while (drawn.size() < most) drawn.push_back(any_of(any_of(any_of(at_messages, random), random), random));
  return drawn;
}

}  // namespace

SweepResult sweep(const SweepCase& one) {
  SweepResult result;
  SweepRun clean(one, {});
  for (const std::string& finding : clean.execute()) result.failures.push_back("without a fault: " + finding);
  result.messages = clean.messages().size();
  for (std::uint64_t i = 0; i < clean.messages().size(); ++i) {
    for (const SweepShot& shot : shots_at(one, i, clean.messages()[i])) {
      const SweepShots shots{shot};
      SweepRun run(one, shots);
      if (!run_one(run, one, shots, result)) return result;
    }
  }
  return result;
}

SweepResult sweep_pairs(const SweepCase& one, const PairChoice& choice) {
  SweepResult result;
  SweepRun clean(one, {});
  for (const std::string& finding : clean.execute()) result.failures.push_back("without a fault: " + finding);
  result.messages = clean.messages().size();
  Random random(choice.seed, one.name);
  std::vector<Kinds> firsts;
  for (std::uint64_t i = 0; i < clean.messages().size(); ++i) {
    firsts.push_back(first_kinds_at(one, i, clean.messages()[i]));
  }
  for (const SweepShot& first : draw(firsts, choice.firsts, random)) {
    SweepShots shots{first};
    SweepRun alone(one, shots);
    if (!run_one(alone, one, shots, result)) return result;
    std::vector<Kinds> seconds;
    for (std::uint64_t i = first.message + 1; i < alone.messages().size(); ++i) {
      seconds.push_back(second_kinds_at(one, i, alone.messages()[i]));
    }
    if (seconds.empty()) continue;
    for (const SweepShot& second : draw(seconds, choice.seconds, random)) {
      shots = {first, second};
      SweepRun both(one, shots);
      if (!run_one(both, one, shots, result)) return result;
    }
  }
  return result;
}

}  // namespace tikv::testing
