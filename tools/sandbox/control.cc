#include "control.h"

#include <iostream>
#include <utility>

#include "chaos.h"
#include "commands.h"
#include "sandbox.h"
#include "sandbox/control_messages.h"

namespace tikv::sandbox {

namespace {

// After the answer to a command that breaks the very connection on which it came.
constexpr std::chrono::milliseconds time_for_the_answer{100};

std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + testing::printable(word);
  return line;
}

}  // namespace

Control::Control(Sandbox& sandbox, const std::optional<ChaosOptions>& chaos) : sandbox_(sandbox) {
  if (!chaos) return;
  chaos_ = std::make_unique<Chaos>(*chaos);
  interval_ = chaos->interval;
}

Control::~Control() { stop(); }

void Control::start() {
  thread_ = std::thread([this] { serve(); });
}

void Control::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  std::deque<std::function<void()>> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(queue_);
}

void Control::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  queue_.push_back(std::move(work));
  wake_.notify_one();
}

void Control::handle(std::string request, testing::Reply reply) {
  post([this, request = std::move(request), reply = std::move(reply)] {
    control::Command command;
    if (!wire::decode(request, command)) return reply(testing::malformed("control"));
    const std::vector<std::string> words(command.words.begin(), command.words.end());
    Commands commands(sandbox_);
    control::Outcome outcome;
    commands.run(words, outcome);
    testing::Answer answer;  // g++ 12 warns at -O3 of a temporary that it destroys rightly
    answer.message = wire::encode(outcome);
    reply(std::move(answer));
    if (!commands.after_answer()) return;
    std::this_thread::sleep_for(time_for_the_answer);
    if (const std::string problem = commands.after_answer()(); !problem.empty()) {
      std::cout << line_of(words) << ": " << problem << std::endl;
    }
  });
}

void Control::serve() {
  auto next = std::chrono::steady_clock::now() + interval_;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const auto ready = [&] { return stopped_ || !queue_.empty(); };
    if (!chaos_) {
      wake_.wait(lock, ready);
    } else if (!wake_.wait_until(lock, next, ready)) {
      next = std::chrono::steady_clock::now() + interval_;
      lock.unlock();
      wreak_havoc();
      lock.lock();
      continue;
    }
    if (stopped_) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

void Control::wreak_havoc() {
  const std::vector<std::string> words = chaos_->next();
  Commands commands(sandbox_);
  control::Outcome outcome;
  commands.run(words, outcome);
  std::string problem = outcome.problem;
  if (problem.empty() && commands.after_answer()) problem = commands.after_answer()();
  std::cout << "chaos " << chaos_->count() << ": " << line_of(words) << (problem.empty() ? "" : ": " + problem)
            << std::endl;
}

}  // namespace tikv::sandbox
