#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "options.h"
#include "testing/model.h"

namespace tikv::sandbox {

class Sandbox;
class Chaos;

/// The thread that changes a running sandbox: commands of clients and random faults, one after the
/// other.
class Control {
 public:
  Control(Sandbox& sandbox, const std::optional<ChaosOptions>& chaos);
  ~Control();

  void start();
  void stop();
  /// Runs `work` on the thread; dropped when that has ended. From any thread.
  void post(std::function<void()> work);
  /// A message of the control service.
  void handle(std::string request, testing::Reply reply);

 private:
  void serve();
  void wreak_havoc();

  Sandbox& sandbox_;
  std::unique_ptr<Chaos> chaos_;
  std::chrono::milliseconds interval_{};
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopped_ = false;
};

}  // namespace tikv::sandbox
