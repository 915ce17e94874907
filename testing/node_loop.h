#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "testing/random.h"
#include "testing/sim_loop.h"

namespace tikv::testing {

/// One node's face of a simulated loop: the time of all, random numbers and a wall clock of its own.
class NodeLoop final : public core::Loop {
 public:
  NodeLoop(std::shared_ptr<SimLoop> base, std::uint64_t seed, std::string_view node)
      : base_(std::move(base)), random_(seed, node) {}

  [[nodiscard]] core::Time now() const override { return base_->now(); }
  [[nodiscard]] core::WallTime wall_now() const override { return base_->wall_now() + wall_skew_; }
  [[nodiscard]] std::uint64_t random() override { return random_.next(); }
  [[nodiscard]] bool is_current() const override { return base_->is_current(); }
  void post(std::function<void()> work) override { base_->post(std::move(work)); }
  bool run_until(const std::function<bool()>& done) override { return base_->run_until(done); }

  /// How far this node's wall clock is ahead.
  void set_wall_skew(core::Duration skew) { wall_skew_ = skew; }

 protected:
  [[nodiscard]] core::TimerQueue& timers() override { return base_->timers(); }

 private:
  std::shared_ptr<SimLoop> base_;
  Random random_;
  core::Duration wall_skew_{};
};

}  // namespace tikv::testing
