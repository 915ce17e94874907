#include "sandbox/unique_writers.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace tikv::test {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::size_t keys_of_a_worker = 12;
constexpr std::size_t most_wrong_told = 20;

/// Keys all over the regions, each with its owner in it.
std::string key_of(std::size_t worker, std::size_t number) {
  static constexpr std::string_view first = "05AGMSYbhntz";
  return std::string(1, first[number % first.size()]) + "/worker" + std::to_string(worker);
}

}  // namespace

UniqueWriters::UniqueWriters(const RawClient& client, std::size_t workers)
    : client_(client.async()), workers_(workers) {
  const std::lock_guard lock(mutex_);
  running_ = workers;
  for (std::size_t i = 0; i < workers; ++i) {
    workers_[i].number = i;
    workers_[i].last_success = Clock::now();
    client_.spawn<void>(work(workers_[i]), [this](const Result<void>&) {
      const std::lock_guard ended(mutex_);
      --running_;
      changed_.notify_all();
    });
  }
}

UniqueWriters::~UniqueWriters() { stop(); }

Task<void> UniqueWriters::work(Worker& worker) {
  std::string key;
  std::string value;
  while (begin_round(worker, key, value)) {
    const Result<void> put = co_await client_.put(key, value);
    const bool succeeded = put_ended(worker, key, value, put);
    const Result<std::optional<std::string>> read = co_await client_.get(key);
    got(worker, key, read, succeeded);
  }
  co_return {};
}

bool UniqueWriters::begin_round(Worker& worker, std::string& key, std::string& value) {
  const std::lock_guard lock(mutex_);
  worker.began_after_mark = true;
  key = key_of(worker.number, worker.written % keys_of_a_worker);
  value = std::to_string(worker.number) + ":" + std::to_string(worker.written++);
  return !stopping_;
}

bool UniqueWriters::put_ended(Worker& worker, const std::string& key, const std::string& value,
                              const Result<void>& put) {
  const std::lock_guard lock(mutex_);
  KeyHistory& history = worker.keys[key];
  if (put) {
    history.acknowledged = value;
    return true;
  }
  note_error("put", put.error());
  if (put.error().undetermined()) {
    ++undetermined_;
    history.undetermined.insert(value);
  }
  return false;
}

void UniqueWriters::got(Worker& worker, const std::string& key, const Result<std::optional<std::string>>& got,
                        bool put_succeeded) {
  const std::lock_guard lock(mutex_);
  if (!got) return note_error("get", got.error());
  judge(key, worker.keys[key], *got);
  if (!put_succeeded) return;
  const Clock::time_point now = Clock::now();
  longest_gap_ = std::max(longest_gap_, now - worker.last_success);
  worker.last_success = now;
  ++worker.rounds;
  if (!worker.began_after_mark || waiting_for_ == 0) return;
  worker.began_after_mark = false;
  if (--waiting_for_ == 0) changed_.notify_all();
}

void UniqueWriters::judge(const std::string& key, const KeyHistory& history, const std::optional<std::string>& value) {
  const std::string found = value.value_or("");
  if (found == history.acknowledged || history.undetermined.contains(found)) return;
  if (wrong_.size() == most_wrong_told) return;
  wrong_.push_back(key + " holds '" + found + "', acknowledged was '" + history.acknowledged + "'");
}

void UniqueWriters::note_error(std::string_view verb, const Error& error) {
  std::ostringstream text;
  text << verb << ": " << error;
  if (first_error_.empty()) first_error_ = text.str();
  ++errors_[std::string(verb) + " " + std::string(to_string(error.kind()))];
}

milliseconds UniqueWriters::wait_for_all(milliseconds patience) {
  const Clock::time_point start = Clock::now();
  std::unique_lock lock(mutex_);
  // A round that is under way began before: it is the next one that counts.
  waiting_for_ = workers_.size();
  for (Worker& worker : workers_) worker.began_after_mark = false;
  changed_.wait_for(lock, patience, [&] { return waiting_for_ == 0; });
  const bool all = std::exchange(waiting_for_, 0) == 0;
  return all ? duration_cast<milliseconds>(Clock::now() - start) : patience;
}

void UniqueWriters::work_for(milliseconds span) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, span, [&] { return running_ == 0; });
}

bool UniqueWriters::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  return changed_.wait_for(lock, std::chrono::seconds(40), [&] { return running_ == 0; });
}

void UniqueWriters::check_all(const RawClient& client) {
  const std::lock_guard lock(mutex_);
  for (const Worker& worker : workers_) {
    for (const auto& [key, history] : worker.keys) {
      const auto value = client.get(key);
      if (value) {
        judge(key, history, *value);
      } else {
        wrong_.push_back(key + " cannot be read at the end: " + value.error().message());
      }
    }
  }
}

std::vector<std::string> UniqueWriters::wrong() const {
  const std::lock_guard lock(mutex_);
  return wrong_;
}

milliseconds UniqueWriters::longest_gap() const {
  const std::lock_guard lock(mutex_);
  return duration_cast<milliseconds>(longest_gap_);
}

std::string UniqueWriters::summary() const {
  const std::lock_guard lock(mutex_);
  std::size_t rounds = 0;
  for (const Worker& worker : workers_) rounds += worker.rounds;
  std::ostringstream text;
  text << rounds << " writes read back, " << undetermined_ << " undetermined";
  for (const auto& [kind, count] : errors_) text << ", " << count << " x " << kind;
  text << "; longest gap of one worker " << duration_cast<milliseconds>(longest_gap_).count() << " ms";
  if (!first_error_.empty()) text << "\n    first error: " << first_error_;
  return text.str();
}

}  // namespace tikv::test
