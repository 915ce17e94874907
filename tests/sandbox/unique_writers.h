#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tikv/async.h"
#include "tikv/raw_client.h"

namespace tikv::test {

/// What is known of one key that one worker alone writes, every value once.
struct KeyHistory {
  std::string acknowledged;            ///< the last value whose write succeeded; empty: none
  std::set<std::string> undetermined;  ///< values that may be there, now or later
};

/// Workers that write values which nobody ever wrote before, and read them back, while something
/// happens to the cluster. They judge what they read, and note how long each of them got no answer.
class UniqueWriters {
 public:
  using Clock = std::chrono::steady_clock;

  /// `client` must outlive them.
  UniqueWriters(const RawClient& client, std::size_t workers);
  /// Ends the workers.
  ~UniqueWriters();
  UniqueWriters(const UniqueWriters&) = delete;
  UniqueWriters& operator=(const UniqueWriters&) = delete;

  /// Waits until every worker has written and read something that it began after now. How long that took;
  /// `patience` at most.
  std::chrono::milliseconds wait_for_all(std::chrono::milliseconds patience);
  /// Lets them work for a while with things as they are.
  void work_for(std::chrono::milliseconds span);
  /// Ends the workers; false if one does not end.
  bool stop();
  /// Reads every key once more with a client of its own, after `stop`.
  void check_all(const RawClient& client);

  /// Lost and invented values, each as a text. None is good.
  [[nodiscard]] std::vector<std::string> wrong() const;
  [[nodiscard]] std::chrono::milliseconds longest_gap() const;
  /// One line for people.
  [[nodiscard]] std::string summary() const;

 private:
  struct Worker {
    std::size_t number = 0;
    std::size_t written = 0;
    std::size_t rounds = 0;  ///< a write and a read that both succeeded
    bool began_after_mark = false;
    Clock::time_point last_success;
    std::map<std::string, KeyHistory> keys;
  };

  Task<void> work(Worker& worker);
  bool begin_round(Worker& worker, std::string& key, std::string& value);
  bool put_ended(Worker& worker, const std::string& key, const std::string& value, const Result<void>& put);
  void got(Worker& worker, const std::string& key, const Result<std::optional<std::string>>& got, bool put_succeeded);
  void judge(const std::string& key, const KeyHistory& history, const std::optional<std::string>& value);
  void note_error(std::string_view verb, const Error& error);

  const AsyncRawClient& client_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Worker> workers_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::size_t waiting_for_ = 0;  ///< workers that have not succeeded since the mark
  std::size_t undetermined_ = 0;
  std::map<std::string, std::size_t> errors_;
  std::string first_error_;
  std::vector<std::string> wrong_;
  Clock::duration longest_gap_{};
};

}  // namespace tikv::test
