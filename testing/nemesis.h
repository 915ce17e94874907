#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "testing/fault_plan.h"
#include "testing/random.h"
#include "testing/simulation.h"

namespace tikv::testing {

struct NemesisOptions {
  /// Between two of its deeds.
  core::Duration least_pause = std::chrono::milliseconds(2);
  core::Duration most_pause = std::chrono::milliseconds(300);
  /// Messages that meet a fault, of a thousand.
  std::uint64_t message_faults = 20;
};

/// Does to a cluster, its network and its clients what a bad day would, all from the seed of the
/// simulation. What it breaks it mends after a while; `stop` mends the rest.
class Nemesis final : public FaultPlan {
 public:
  Nemesis(Simulation& simulation, const NemesisOptions& options);
  ~Nemesis() override;

  void start();
  void stop();
  Fate fate(const MessageSeen& message) override;

  /// How often it did what.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& deeds() const { return deeds_; }

 private:
  using Deed = std::string (Nemesis::*)();

  void act();
  void mend_later(const std::string& what, std::function<void()> mend);

  // Each answers an empty text if it could be done.
  std::string split();
  std::string merge();
  std::string move_leader();
  std::string lose_leader();
  std::string restart_store();
  std::string move_store();
  std::string swap_stores();
  std::string silence_node();
  std::string slow_node();
  std::string break_connections();
  std::string move_pd_leader();
  std::string restart_pd();
  std::string hold_pd_view();
  std::string inject_region_error();
  std::string busy_store();
  std::string skew_clock();

  [[nodiscard]] std::uint64_t any_store();
  [[nodiscard]] std::uint64_t any_pd();
  [[nodiscard]] const RegionState& any_region();
  [[nodiscard]] std::string any_key();

  Simulation& simulation_;
  NemesisOptions options_;
  Random random_;
  Random message_random_;
  bool active_ = false;
  bool store_down_ = false;
  bool pd_down_ = false;
  std::uint64_t next_address_ = 1;
  std::map<std::string, std::uint64_t> deeds_;
  Schedule schedule_;
  std::map<std::uint64_t, std::function<void()>> mends_;
  std::uint64_t next_mend_ = 1;
};

/// One region error of each variant of the protocol, in the order of their numbers.
[[nodiscard]] std::vector<wire::errorpb::Error> every_region_error();

}  // namespace tikv::testing
