#pragma once

#include <atomic>
#include <thread>

#include "tikv/cancel.h"

namespace tikv::cli {

/// Takes over SIGINT, and for a program of one command SIGTERM too. One at a time in a process.
class Interrupts {
 public:
  enum class Of : std::uint8_t { program, shell };
  explicit Interrupts(Of of);
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

  /// Readable once a signal came, until `take`.
  [[nodiscard]] int descriptor() const noexcept { return signals_; }
  /// Did a signal come since the last time?
  bool take() const;

  /// While it lives, a signal cancels the scope. In a program a second one ends the process at once.
  class Watch {
   public:
    Watch(const Interrupts& interrupts, CancelScope& scope);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    void run(const Interrupts& interrupts, CancelScope& scope) const;

    int stop_;
    std::thread thread_;
  };

 private:
  Of of_;
  int signals_;
};

}  // namespace tikv::cli
