#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "durable.h"
#include "model_loop.h"

namespace tikv::sandbox {

/// Holds the answers of the cluster back until what they tell of is on the disk. What many turns of the
/// loop have changed while the disk was busy is written together.
class GroupCommit final : public TurnEnd {
 public:
  explicit GroupCommit(Durable& durable) : durable_(durable) {}
  ~GroupCommit() { stop(); }
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  void start();
  /// Writes what is left, and sends the answers that wait for it.
  void stop();

  // On the loop. Answers that tell of nothing new wait, too, behind those that were there before.
  bool keep(std::vector<std::function<void()>>& answers) override;

 private:
  void serve();

  Durable& durable_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Durable::Changes>> changes_;
  std::vector<std::function<void()>> answers_;
  bool busy_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tikv::sandbox
