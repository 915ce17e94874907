#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "checkpoint.h"

namespace tikv::cli {

/// Batches are sent side by side and acknowledged in any order; this knows up to where all of them were.
class Acknowledgements {
 public:
  explicit Acknowledgements(ImportPosition begin) : through_(begin) {}

  /// A batch was sent. `after` is the position behind it.
  std::uint64_t sent(ImportPosition after) {
    waiting_.emplace(++last_, State{after, false});
    return last_;
  }
  void acknowledged(std::uint64_t batch) {
    waiting_.at(batch).done = true;
    while (!waiting_.empty() && waiting_.begin()->second.done) {
      through_ = waiting_.begin()->second.after;
      waiting_.erase(waiting_.begin());
    }
  }
  /// Everything before this was acknowledged.
  [[nodiscard]] const ImportPosition& through() const noexcept { return through_; }
  /// Is everything that was sent?
  [[nodiscard]] bool complete() const noexcept { return waiting_.empty(); }

 private:
  struct State {
    ImportPosition after;
    bool done;
  };
  ImportPosition through_;
  std::map<std::uint64_t, State> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace tikv::cli
