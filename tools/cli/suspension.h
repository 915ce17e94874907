#pragma once

namespace tikv::cli {

/// Takes over Ctrl-Z (SIGTSTP) and going on (SIGCONT) while a line is edited: the terminal is to be left as it
/// was found, and taken again afterwards from whoever had it. One at a time in a process.
class Suspension {
 public:
  struct Seen {
    bool stop = false;       ///< this process was asked to stop
    bool continued = false;  ///< it was stopped and goes on
  };

  Suspension();
  Suspension(const Suspension&) = delete;
  Suspension& operator=(const Suspension&) = delete;
  /// A Ctrl-Z that came just now still stops the process.
  ~Suspension();

  /// Readable once one of them came, until `take`.
  [[nodiscard]] int descriptor() const noexcept { return signals_; }
  [[nodiscard]] Seen take() const;
  /// Stops, as Ctrl-Z would have; returns when the process goes on.
  void stop() const;

 private:
  int signals_;
};

}  // namespace tikv::cli
