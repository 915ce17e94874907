#include "group_commit.h"

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <utility>

namespace tikv::sandbox {

namespace {

// Nothing may be acknowledged any more, and a half of it is written: as TiKV does, the process ends.
[[noreturn]] void end_process(const std::string& problem) {
  std::cerr << "tikv-sandbox: cannot write its data: " << problem << std::endl;
  std::_Exit(1);
}

}  // namespace

void GroupCommit::start() {
  thread_ = std::thread([this] { serve(); });
}

void GroupCommit::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

bool GroupCommit::keep(std::vector<std::function<void()>>& answers) {
  std::shared_ptr<Durable::Changes> changed = durable_.collect();
  const std::lock_guard lock(mutex_);
  if (!changed && !busy_ && changes_.empty() && answers_.empty()) return false;
  if (!changed && answers.empty()) return false;
  if (changed) changes_.push_back(std::move(changed));
  answers_.insert(answers_.end(), std::make_move_iterator(answers.begin()), std::make_move_iterator(answers.end()));
  wake_.notify_one();
  return true;
}

void GroupCommit::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopped_ || !changes_.empty() || !answers_.empty(); });
    if (changes_.empty() && answers_.empty()) return;
    const auto changes = std::exchange(changes_, {});
    const auto answers = std::exchange(answers_, {});
    busy_ = true;
    lock.unlock();
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (std::string why = durable_.write(*changes[i], i + 1 == changes.size()); !why.empty()) end_process(why);
    }
    for (const auto& answer : answers) answer();
    lock.lock();
    busy_ = false;
  }
}

}  // namespace tikv::sandbox
