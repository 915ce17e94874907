#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "acknowledgements.h"
#include "bad_lines.h"
#include "record_format.h"
#include "record_reader.h"
#include "tikv/raw_client.h"

namespace tikv::cli {

struct ImportSettings {
  RecordFormat format;
  ApiVersion api = ApiVersion::v1;  ///< of the client: keys may be as long as it takes
  WriteOptions write;               ///< its ttl is for records that name none
  std::size_t batch_pairs = 256;    ///< the most pairs in a batch
  std::size_t parallel = 8;         ///< the most batches on their way
  std::uint64_t max_bad = 0;        ///< one more bad record ends the import
  bool skip_header = false;         ///< the first record of the input is none
};

/// Reads records and writes them in batches, several side by side. Memory is bounded by the batches on
/// their way. Of records with the same key the last one wins, as if they were written one by one.
class Importer {
 public:
  /// Called now and then on the thread of `run`.
  struct Listener {
    std::function<Result<void>(const ImportPosition& acknowledged)> on_checkpoint;
    std::function<void(const ImportPosition& acknowledged)> on_progress;
  };

  Importer(const RawClient& client, ImportSettings settings, ImportPosition begin, Listener listener);

  /// Imports all that the reader gives. After an error everything before `acknowledged()` is there, and
  /// the checkpoint says so; of what comes behind it any part may be.
  [[nodiscard]] Result<void> run(RecordReader& reader, BadLines& bad_lines);
  [[nodiscard]] ImportPosition acknowledged() const;

 private:
  struct Batch {
    std::vector<KeyValueTtl> pairs;
    std::size_t bytes = 0;
  };

  [[nodiscard]] Result<void> read_all(RecordReader& reader, BadLines& bad_lines);
  [[nodiscard]] Result<void> take(const RecordReader::Raw& raw, const RecordReader& reader, BadLines& bad_lines);
  [[nodiscard]] Result<KeyValueTtl> pair_of(const RecordReader::Raw& raw) const;
  [[nodiscard]] Result<void> send();
  [[nodiscard]] bool room_for(const std::vector<std::size_t>& keys) const;
  void on_answer(std::uint64_t batch, const Result<void>& result);
  /// Waits until `ready`, and looks after progress and checkpoints meanwhile.
  template <class Ready>
  [[nodiscard]] Result<void> wait_until(Ready ready);
  [[nodiscard]] Result<void> tell(std::unique_lock<std::mutex>& lock, bool at_once);

  const RawClient& client_;
  ImportSettings settings_;
  Listener listener_;
  ImportPosition read_;  ///< behind the last record that was read
  Batch batch_;
  bool met_bad_line_ = false;  ///< one too many
  std::chrono::steady_clock::time_point told_;

  mutable std::mutex mutex_;  ///< for what follows; answers come on the client's loop
  std::condition_variable changed_;
  Acknowledgements acknowledgements_;
  std::map<std::uint64_t, std::vector<std::size_t>> on_their_way_;  ///< hashes of the keys of each batch
  std::unordered_multiset<std::size_t> keys_;                       ///< all of them
  std::optional<Error> failure_;                                    ///< the first one
};

}  // namespace tikv::cli
