#pragma once

#include <memory>
#include <string>

#include "options.h"
#include "testing/cluster_model.h"

namespace tikv::sandbox {

/// What of a cluster outlives its process, in RocksDB in a folder of its own: the raw data, the regions
/// and who leads them, the cluster's id, its keyspaces, and a bound of all timestamps given so far.
///
/// On the loop of the cluster it hears of changes and collects them; `collect` passes on what one turn
/// of the loop has changed. `write` is for one other thread.
class Durable {
 public:
  /// Changes that belong together: all of them are kept, or none.
  class Changes;

  /// Opens the folder that `options` name, and sets them to what is in it. Null, with the reason, if
  /// that is not possible, or contradicts what was asked for.
  [[nodiscard]] static std::unique_ptr<Durable> open(Options& options, std::string& problem);
  ~Durable();
  Durable(const Durable&) = delete;
  Durable& operator=(const Durable&) = delete;

  /// Whether the folder was new.
  [[nodiscard]] bool is_new() const;
  /// Fills the cluster, which is to be made with those options, and hears of its changes from now on.
  /// An empty text, or what is wrong with the data.
  [[nodiscard]] std::string restore(testing::ClusterModel& cluster);

  /// On the loop, at the end of a turn: what has changed since; null if nothing has.
  [[nodiscard]] std::shared_ptr<Changes> collect();
  /// Writes them; with `sync` they, and all before, are on the disk when this returns. An empty text,
  /// or why they are not.
  [[nodiscard]] std::string write(Changes& changes, bool sync);

 private:
  struct Parts;
  explicit Durable(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tikv::sandbox
