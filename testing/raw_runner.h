#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "testing/raw_history.h"
#include "testing/simulation.h"
#include "testing/wire_observer.h"
#include "tikv/cancel.h"
#include "tikv/task.h"

namespace tikv::testing {

/// Has clients of a simulation do raw operations, writes down what they answered, and judges it.
/// Must be destroyed before the simulation.
class RawRunner {
 public:
  explicit RawRunner(Simulation& simulation);
  ~RawRunner();
  RawRunner(const RawRunner&) = delete;
  RawRunner& operator=(const RawRunner&) = delete;

  /// Starts it in the next turn of the loop.
  void start(SimClient& client, RawOperation operation);
  [[nodiscard]] std::size_t running() const { return running_.size(); }
  /// Of the operation that was started last but `back`. They do nothing when it has ended.
  void cancel(std::size_t back = 0);
  void drop(std::size_t back = 0);

  [[nodiscard]] const std::vector<RawOperation>& history() const { return history_; }
  [[nodiscard]] RawTruth& truth() { return truth_; }
  [[nodiscard]] const WireObserver& wire() const { return wire_; }
  /// A value that nobody has written yet.
  [[nodiscard]] std::string fresh_value() { return "v" + std::to_string(next_value_++); }

  /// Judges all operations. Nothing may be under way any more. One line for each finding.
  [[nodiscard]] std::vector<std::string> check() const;

 private:
  struct Running {
    std::size_t place = 0;
    CancelScope scope;
    std::unique_ptr<detail::RootBase> root;
  };
  using Place = std::list<std::unique_ptr<Running>>::iterator;

  template <class T>
  void launch(Place running, Task<T> task);
  void launch_kind(const AsyncRawClient& raw, Place running);
  void launch_swap(const AsyncRawClient& raw, Place running);
  void launch_ranged(const AsyncRawClient& raw, Place running);
  void note_end(RawOperation& operation, RawOperation::Outcome outcome);
  [[nodiscard]] Place running_at(std::size_t back);

  Simulation& simulation_;
  WireObserver wire_;
  RawTruth truth_;
  std::vector<RawOperation> history_;
  std::list<std::unique_ptr<Running>> running_;
  std::uint64_t next_value_ = 1;
};

}  // namespace tikv::testing
